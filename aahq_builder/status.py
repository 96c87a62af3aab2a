"""`aahq-build status`: how many rows each stage has seen, kept and refused, in counts that add up."""

from aahq_builder.config import StatusConfig
from aahq_builder.manifest import Manifest
from aahq_builder.records import Artwork, Face, MapPoint, Review
from aahq_builder.workdir import WorkDir
from blendgan.console import Console


def run(config: StatusConfig, console: Console) -> None:
    """Print the counts as a table, or as one JSON object."""
    with Manifest(WorkDir(config.work).existing().database) as manifest:
        counts = count(manifest)
    lines = [f"{group}: {sum(parts.values())}\n" + _listing(parts) for group, parts in counts.items()]
    console.result("\n".join(lines), **counts)


def count(manifest: Manifest) -> dict[str, dict[str, int]]:
    """Groups of counts; the parts of a group add up to the size of what the group is named after."""
    return {
        "artworks": _group(manifest, Artwork.table, "status"),
        "errors": _group(manifest, Artwork.table, "error", "status IN ('failed', 'denied', 'removed')"),
        "fetched": {
            "with_face": manifest.count(Artwork, "status = 'fetched' AND faces_found > 0"),
            "no_face": manifest.count(Artwork, "status = 'fetched' AND faces_found = 0 AND error IS NULL"),
            "unreadable": manifest.count(Artwork, "status = 'fetched' AND faces_found = 0 AND error IS NOT NULL"),
            "not_aligned_yet": manifest.count(Artwork, "status = 'fetched' AND faces_found IS NULL"),
        },
        "faces": {
            "kept": manifest.count(Face, "rejected = ''"),
            **_group(manifest, Face.table, "rejected", "rejected != ''"),
        },
        "reviews": _group(manifest, Review.table, "decision", "decision != 'original'"),
        "map": {"points": manifest.count(MapPoint)},
    }


def _group(manifest: Manifest, table: str, column: str, where: str = "TRUE") -> dict[str, int]:
    sql = f"SELECT coalesce({column}, 'unknown'), count(*) FROM {table} WHERE {where} GROUP BY 1 ORDER BY 2 DESC, 1"
    return dict(tuple(row) for row in manifest.execute(sql))


def _listing(parts: dict[str, int]) -> str:
    return "".join(f"  {name:<24}{number:>8}\n" for name, number in parts.items())
