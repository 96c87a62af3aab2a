"""Groups of faces that were named one by one, in a file or by a lasso on the map: the grid shows just these."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

MOST_GROUPS = 32


@dataclass(frozen=True)
class Group:
    """Faces under a key that fits an address."""

    key: str
    words: str
    """What the page calls it: how many faces, from where."""
    face_ids: Sequence[str]


@dataclass
class Groups:
    """The groups that a server knows; of more than `MOST_GROUPS` the ones that were asked for longest ago go."""

    known: "OrderedDict[str, Group]" = field(default_factory=OrderedDict)

    def add(self, face_ids: Sequence[str], origin: str) -> Group:
        """Remember these faces; the same faces have the same key."""
        key = hashlib.sha256("\n".join((origin, *face_ids)).encode()).hexdigest()[:16]
        faces = "face" if len(face_ids) == 1 else "faces"
        self.known[key] = Group(key, f"{len(face_ids)} {faces} {origin}", tuple(face_ids))
        self.known.move_to_end(key)
        while len(self.known) > MOST_GROUPS:
            self.known.popitem(last=False)
        return self.known[key]

    def get(self, key: str) -> Group | None:
        """The group, which counts as asked for; None if it is not known (any more)."""
        if key in self.known:
            self.known.move_to_end(key)
        return self.known.get(key)

    def all(self) -> list[Group]:
        """All of them, the newest last."""
        return list(self.known.values())
