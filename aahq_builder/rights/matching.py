"""Which artworks a person means: by artist, page, picture address, id, face or hash."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Face, Fingerprint
from aahq_builder.rights.addresses import is_same_page, normalised_address
from aahq_builder.rights.makers import makers, normalised_artist, spellings
from aahq_builder.rights.wildcards import matches

Kind = Literal["artist", "page", "hash", "artwork", "face"]
SHA256 = re.compile(r"[0-9a-f]{64}")
ARTWORK_ID = re.compile(r"[a-z]+-[0-9a-f]{16}")
FACE_ID = re.compile(r"([a-z]+-[0-9a-f]{16})-\d+")
PRESENT = "status != 'removed'"
NEAR_MATCHES = 5
LEAST_LIKENESS = 0.75
ADDRESSES = ("artwork_id", "source", "page_url", "image_url", "candidates")


@dataclass(frozen=True)
class Pattern:
    """What to look for."""

    kind: Kind
    text: str
    is_explicit: bool
    """The kind was named: it may be refused in future even if nothing matches today."""


def read_pattern(words: str) -> Pattern:
    """`artist:`, `page:` and `hash:` name the kind; without them the form of the words tells it."""
    prefix, _, rest = words.partition(":")
    if prefix in ("artist", "page", "hash") and rest.strip():
        text = rest.strip()
        return Pattern(prefix, text.lower() if prefix == "hash" else text, True)  # type: ignore[arg-type]
    if SHA256.fullmatch(words.lower()):
        return Pattern("hash", words.lower(), True)
    if words.lower().startswith(("http://", "https://")):
        return Pattern("page", words, True)
    if FACE_ID.fullmatch(words):
        return Pattern("face", words, False)
    if ARTWORK_ID.fullmatch(words):
        return Pattern("artwork", words, False)
    return Pattern("artist", words, False)


def find(journal: Journal, pattern: Pattern) -> list[Artwork]:
    """The artworks that a pattern means, in order of their ids; emptied rows are never found."""
    finders = {"artist": _by_artist, "page": _by_page, "hash": _by_hash, "artwork": _by_id, "face": _by_face}
    ids = sorted(set(finders[pattern.kind](journal, pattern.text)))
    rows = (journal.select(Artwork, f"artwork_id = ? AND {PRESENT}", [artwork_id]) for artwork_id in ids)
    return [row for found in rows for row in found]


def near(journal: Journal, pattern: Pattern) -> list[str]:
    """What is written here and comes close to a pattern that fits nothing, closest first."""
    if pattern.kind == "artist":
        wanted = normalised_artist(pattern.text)
        words = set(wanted.split())
        likeness = {credit: _closeness(wanted, words, credit) for credit in _credits(journal)}
        close = sorted((-value, credit) for credit, value in likeness.items() if value >= LEAST_LIKENESS)
        return [credit for _, credit in close[:NEAR_MATCHES]]
    if pattern.kind == "page":
        host = f"%{urlsplit(pattern.text).hostname or ''}%"
        rows = journal.execute(f"SELECT DISTINCT page_url FROM artworks WHERE page_url LIKE ? AND {PRESENT}", [host])
        return difflib.get_close_matches(pattern.text, [row[0] for row in rows], NEAR_MATCHES, LEAST_LIKENESS)
    return []


def named_makers(credit: str, text: str) -> set[str]:
    """Those makers in a line of credit that a pattern of an artist means."""
    if "*" in text:
        wanted = "*".join(normalised_artist(part) for part in text.split("*"))
        return {name for name in makers(credit) if matches(f"{wanted}$", name)}
    return set(makers(credit) & spellings(text))


def _by_artist(journal: Journal, text: str) -> Iterator[str]:
    for credit in [credit for credit in _credits(journal) if named_makers(credit, text)]:
        yield from _ids(journal, "artist = ?", [credit])


def _credits(journal: Journal) -> Iterator[str]:
    for row in journal.execute(f"SELECT DISTINCT artist FROM artworks WHERE artist IS NOT NULL AND {PRESENT}"):
        yield str(row[0])


def _closeness(wanted: str, words: set[str], credit: str) -> float:
    """1 if all words of one name stand in the other, else how alike the letters are; cheap tests come first."""
    best = 0.0
    for name in makers(credit):
        others = set(name.split())
        if words <= others or others <= words:
            return 1.0
        matcher = difflib.SequenceMatcher(None, wanted, name, autojunk=False)
        if min(matcher.real_quick_ratio(), matcher.quick_ratio()) >= LEAST_LIKENESS:
            best = max(best, matcher.ratio())
    return best


def _by_page(journal: Journal, text: str) -> Iterator[str]:
    """By the page's or a picture's address, however it is spelled; `*` stands for anything."""
    yield from _ids(journal, "? IN (page_url, image_url, source_id)", [text])
    wanted = normalised_address(text)
    # other spellings of a host are rare enough to look at every address that may be of it
    host = urlsplit(text.partition("*")[0]).hostname or ""
    likely = f"%{host.removeprefix('www.')}%" if host.isascii() else "%"
    where = f"{PRESENT} AND (page_url LIKE ?1 OR image_url LIKE ?1 OR candidates LIKE ?1)"
    for row in journal.select(Artwork, where, [likely], columns=ADDRESSES):
        if any(_fits(address, text, wanted) for address in _addresses(row)):
            yield row.artwork_id


def _fits(address: str, text: str, wanted: str) -> bool:
    """Whether an address is the one in `text`, which `wanted` is in its normal form."""
    if "*" not in text:
        return is_same_page(address, text)
    return matches(f"{text}$", address) or matches(f"{wanted}$", normalised_address(address))


def _addresses(artwork: Artwork) -> Sequence[str]:
    sizes = (str(entry.get("url")) for entry in artwork.candidates or () if isinstance(entry, dict))
    return [address for address in (artwork.page_url, artwork.image_url, *sizes) if address]


def _by_hash(journal: Journal, text: str) -> Iterator[str]:
    yield from _ids(journal, "sha256 = ?1 OR pixel_sha256 = ?1", [text])
    for face in journal.select(Fingerprint, "pixel_sha256 = ?", [text]):
        yield from _by_face(journal, face.face_id)


def _by_id(journal: Journal, text: str) -> Iterator[str]:
    yield text


def _by_face(journal: Journal, text: str) -> Iterator[str]:
    yield from (face.artwork_id for face in journal.select(Face, "face_id = ?", [text]))


def _ids(journal: Journal, where: str, parameters: Sequence[str]) -> list[str]:
    return [row[0] for row in journal.execute(f"SELECT artwork_id FROM artworks WHERE {where}", parameters)]
