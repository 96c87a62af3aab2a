"""Blotting out of notes and listings what must not be left there once artworks are removed."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from aahq_builder.journal import Journal
from aahq_builder.records import Artwork
from aahq_builder.rights.makers import makers

REDACTED = "[removed]"
BETWEEN_WORDS = r"(?:%[0-9a-f]{2}|[\s_.,+/&:;'’()–—-])+"
"""Also in addresses, where a name is written jane-doe or Jane%20Doe; no quotes, so that JSON stays JSON."""
NO_LETTER_BEFORE, NO_LETTER_AFTER = r"(?<![^\W_])", r"(?![^\W_])"


@dataclass(frozen=True)
class Redaction:
    """Names and addresses that nothing in the build may say any longer."""

    names: frozenset[str] = frozenset()
    """Of makers, as `makers` spells them."""
    addresses: frozenset[str] = frozenset()

    def __call__(self, text: str) -> str:
        """The text with every name and address replaced."""
        for address in sorted(self.addresses, key=len, reverse=True):
            text = text.replace(address, REDACTED)
        return _any_of(self.names).sub(REDACTED, text) if self.names else text


def redaction_of(journal: Journal, artwork_ids: Sequence[str]) -> Redaction:
    """The addresses of artworks under removal, and the makers of whom nothing else is here.

    Their rows must not be emptied yet. A maker with other works stays named: only these works are removed.
    """
    columns = ("artwork_id", "source", "artist", "page_url", "image_url", "candidates")
    going = [row for name in artwork_ids for row in journal.select(Artwork, "artwork_id = ?", [name], columns=columns)]
    names = {name for row in going for name in makers(row.artist or "")}
    sizes = [entry.get("url") for row in going for entry in row.candidates or () if isinstance(entry, dict)]
    addresses = {address for row in going for address in (row.page_url, row.image_url)} | set(map(str, sizes))
    return Redaction(frozenset(names - _present(journal, names)), frozenset(filter(None, addresses)))


def _present(journal: Journal, names: Set[str]) -> set[str]:
    """Those of these makers of whom other works are here."""
    found: set[str] = set()
    if names:
        sql = "SELECT DISTINCT artist FROM artworks WHERE artist IS NOT NULL AND status != 'removed'"
        for (credit,) in journal.execute(sql):
            found |= makers(credit) & names
    return found


def _any_of(names: Set[str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=len, reverse=True)
    spelled = (BETWEEN_WORDS.join(map(re.escape, name.split())) for name in longest_first)
    return re.compile(f"{NO_LETTER_BEFORE}(?:{'|'.join(spelled)}){NO_LETTER_AFTER}", re.IGNORECASE)
