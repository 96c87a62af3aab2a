"""Training and validation rows without leaks: whole groups of works, by artist and by picture, go to one side.

Works belong together that name the same maker, hold faces which `filter` takes for copies, or show the same picture
under two names; and so on along the chain (connected components). Where a group goes is drawn from hashes and needs
no memory of earlier releases: every maker's name, and the id of every work without one, has a number from 0 to 1
that follows from the seed alone, and a group is for validation if the numbers of all its members are below the share.

- More works by known makers, and new makers, move nobody.
- A group that grows by another maker, and two groups that turn out to belong together, can only move from validation
  to training: a face that was ever trained on is not validated with later.
- Only when what has tied two groups together is removed, each goes its own way again; the release counts who moved.

Groups of several makers are therefore more often for training, and the share of rows is nearly, not exactly, met.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from aahq_builder.journal import Journal
from aahq_builder.rights.makers import NOT_BY, makers

TRAIN, VALIDATION = "train", "validation"
NOBODY = re.compile(
    r"\b(?:unknown|anonymous|unidentified|unattributed|various|anoniem|anonym\w*|ukendt|unbekannt\w*|inconnue?|okänd)\b"
    r"|^(?:artist|author|maker|painter)$"
)
"""Names that name no one; they would tie half of a museum together."""
COPIES = """SELECT copy.artwork_id, kept.artwork_id
    FROM faces copy JOIN faces kept ON kept.face_id = copy.duplicate_of"""


@dataclass(frozen=True)
class Grouping:
    """Which works belong together, and which groups are for validation."""

    groups: Mapping[str, int]
    """The number of each work's group."""
    validation: frozenset[int]

    def split_of(self, artwork_id: str) -> str:
        """`train` or `validation`."""
        return VALIDATION if self.groups[artwork_id] in self.validation else TRAIN


def grouping(journal: Journal, artwork_ids: Collection[str], share: float, seed: int) -> Grouping:
    """The groups of these works; all that are tied to them by copies are looked at too, but drawn are only these."""
    copies = list(journal.execute(COPIES))
    wanted = {*artwork_ids, *(artwork_id for pair in copies for artwork_id in pair)}
    ties: dict[str, set[str]] = {}
    drawn: dict[str, str] = {}
    sql = "SELECT artwork_id, artist, sha256, pixel_sha256 FROM artworks ORDER BY artwork_id"
    for artwork_id, artist, *hashes in journal.execute(sql):
        if artwork_id in wanted:
            names = names_of(artist)
            ties[artwork_id] = {*names, *filter(None, hashes)}
            drawn[artwork_id] = min(names, key=lambda name: (len(name), name)) if names else artwork_id
    for copy, kept in copies:
        tie = f"copies of {kept}"
        ties[copy].add(tie)
        ties[kept].add(tie)
    groups = connected(ties)
    chosen = set(artwork_ids)
    return Grouping(groups, drawn_for_validation(groups, {k: v for k, v in drawn.items() if k in chosen}, share, seed))


def names_of(credit: str | None) -> set[str]:
    """The makers that a credit names, however it spells them; also of whom a work is only said to be a follower's."""
    if not credit:
        return set()
    spelled = makers(credit) | makers(NOT_BY.sub("", credit.strip()))
    # sorted words: 'Gogh, Vincent van' is 'Vincent van Gogh'
    return {" ".join(sorted(name.split())) for name in spelled if not NOBODY.search(name)}


def connected(ties: Mapping[str, Collection[str]]) -> dict[str, int]:
    """Numbers of the connected components of works that share a tie."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    numbers: dict[str, int] = {}
    pairs = [(row, numbers.setdefault(tie, len(numbers))) for row, own in enumerate(ties.values()) for tie in own]
    rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    size = len(ties) + len(numbers)
    graph = coo_array((np.ones(len(rows), bool), (rows, columns + len(ties))), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    return dict(zip(ties, labels[: len(ties)].tolist(), strict=True))


def drawn_for_validation(
    groups: Mapping[str, int], drawn: Mapping[str, str], share: float, seed: int
) -> frozenset[int]:
    """The groups all of whose works are drawn; `drawn` gives the name that is drawn for each work."""
    is_drawn = {name: draw(name, seed) < share for name in set(drawn.values())}
    train = {groups[artwork_id] for artwork_id, name in drawn.items() if not is_drawn[name]}
    return frozenset({groups[artwork_id] for artwork_id in drawn} - train)


def draw(name: str, seed: int) -> float:
    """A number from 0 to 1 that depends on the name and the seed and on nothing else."""
    digest = hashlib.sha256(f"{seed}\0{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
