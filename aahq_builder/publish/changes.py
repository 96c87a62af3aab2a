"""What has changed from one release to the next, in numbers and in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Changes:
    """How a release differs from the one before it."""

    version: str | None
    since: str | None
    """The version before; null where it had none."""
    rows: int
    """Rows of the release."""
    added: int = 0
    removed: int = 0
    changed: int = 0
    """Rows that are in both and differ."""
    changed_parts: Mapping[str, int] = field(default_factory=dict)
    """In how many of these rows each part differs, as `rows.csv` calls them."""
    moved: Mapping[str, int] = field(default_factory=dict)
    """Rows that changed their split, by `train to validation`."""
    removed_for: Mapping[str, int] = field(default_factory=dict)
    """Removed rows by reason."""

    @property
    def is_any(self) -> bool:
        """Whether something differs."""
        return bool(self.added or self.removed or self.changed)

    @property
    def words(self) -> str:
        """One sentence, as the card and the command say it."""
        counted = (
            f"{self.added:,} added",
            f"{self.removed:,} removed{_listed(self.removed_for)}",
            f"{self.changed:,} changed{_listed(self.changed_parts)}",
            *(f"{count:,} moved from {way}" for way, count in self.moved.items()),
        )
        return f"{self.rows:,} rows: " + (", ".join(counted) if self.is_any else "no row differs")


def compare(old: "pd.DataFrame", new: "pd.DataFrame") -> dict[str, object]:
    """The numbers of `Changes` from two tables of `read_row_digests`."""
    common = new.index.intersection(old.index)
    before, after = old.loc[common], new.loc[common]
    differs = before.ne(after)
    parts = {name: int(count) for name, count in differs.sum().items() if count}
    moved = before["split"].str.cat(after["split"], " to ")[differs["split"]].value_counts().sort_index()
    return {
        "rows": len(new),
        "added": len(new) - len(common),
        "removed": len(old) - len(common),
        "changed": int(differs.any(axis=1).sum()),
        "changed_parts": dict(sorted(parts.items())),
        "moved": {str(way): int(count) for way, count in moved.items()},
    }


def _listed(counts: Mapping[str, int]) -> str:
    inner = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items())
    return f" ({inner})" if inner else ""
