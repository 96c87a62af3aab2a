"""`aahq-build status`: how many rows each stage has seen, kept and refused, in counts that add up."""

from dataclasses import dataclass

from aahq_builder.config import BuildConfig
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Face, MapPoint, Review
from aahq_builder.workdir import WorkDir
from blendgan.console import Console


@dataclass(frozen=True, kw_only=True)
class StatusConfig(BuildConfig):
    """Flags of `status`."""


def run(config: StatusConfig, console: Console) -> None:
    """Print the counts as a table, or as one JSON object."""
    with Journal(WorkDir(config.work).existing().database, read_only=True) as journal:
        counts = count(journal)
    lines = [f"{group}: {sum(parts.values())}\n" + _listing(parts) for group, parts in counts.items()]
    console.result("\n".join(lines), **counts)


def count(journal: Journal) -> dict[str, dict[str, int]]:
    """Groups of counts; the parts of a group add up to the size of what the group is named after."""
    return {
        "artworks": _group(journal, Artwork.table, "status"),
        "errors": _group(journal, Artwork.table, "error", "status IN ('failed', 'denied', 'removed')"),
        "fetched": {
            "with_face": journal.count(Artwork, "status = 'fetched' AND faces_found > 0"),
            "no_face": journal.count(Artwork, "status = 'fetched' AND faces_found = 0 AND error IS NULL"),
            "unreadable": journal.count(Artwork, "status = 'fetched' AND faces_found = 0 AND error IS NOT NULL"),
            "not_aligned_yet": journal.count(Artwork, "status = 'fetched' AND faces_found IS NULL"),
        },
        "faces": {
            "kept": journal.count(Face, "rejected = ''"),
            **_group(journal, Face.table, "rejected", "rejected != ''"),
        },
        "reviews": _group(journal, Review.table, "decision", "decision != 'original'"),
        "map": {"points": journal.count(MapPoint)},
    }


def _group(journal: Journal, table: str, column: str, where: str = "TRUE") -> dict[str, int]:
    sql = f"SELECT coalesce({column}, 'unknown'), count(*) FROM {table} WHERE {where} GROUP BY 1 ORDER BY 2 DESC, 1"
    return dict(tuple(row) for row in journal.execute(sql))


def _listing(parts: dict[str, int]) -> str:
    return "".join(f"  {name:<24}{number:>8}\n" for name, number in parts.items())
