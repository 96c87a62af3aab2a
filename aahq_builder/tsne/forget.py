"""What tsne has left of an artwork: style features, places on the map, and the map's pictures."""

import dataclasses
import re
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from aahq_builder.build import Build
from aahq_builder.errors import UserError
from aahq_builder.files import FolderFiles
from aahq_builder.forgetting import belongs_to, faces_of, remove_named_after, unlink
from aahq_builder.records import MapPoint
from aahq_builder.tsne.layout import load_layout
from aahq_builder.tsne.store import forget_features
from aahq_builder.workdir import atomic_path, clear_temporary

DRAWN_ANEW = ("map.html", "map.png", "clusters.parquet", "alike.parquet", "far.txt")
"""What the next run makes again from the faces that stay."""
ARTWORK_ID = re.compile(rb"[a-z]+-[0-9a-f]{16}")


def forget(build: Build, artwork_ids: Sequence[str]) -> Counter[str]:
    """Take these artworks off the map; what shows or lists them beside the table goes, until the next run."""
    folder, going = build.workdir.map, frozenset(artwork_ids)
    clear_temporary(folder)
    measures = sorted(folder.glob("features-*/"))
    # versions before the shards kept one file per face
    done = Counter(files=sum(remove_named_after(FolderFiles(folder), path.name, going) for path in measures))
    done["feature_rows"] = sum(forget_features(path, going) for path in measures)
    face_ids = faces_of(build.journal, artwork_ids)
    with build.journal.transaction():
        done["map_points"] = build.journal.delete(MapPoint, "face_id", face_ids)
    named = _ids_in_table(folder / "map.parquet") | _ids_in_text(folder / "map.html") | _ids_in_text(folder / "far.txt")
    if going & (named | _ids_in_findings(folder)):
        done["files"] += unlink(folder, DRAWN_ANEW)
        done["map_rows"] = _clean_table(folder / "map.parquet", going)
    _clean_layout(folder / "layout.npz", going)
    return done


def _ids_in_table(path: Path) -> set[str]:
    return set(_columns(path, "artwork_id")["artwork_id"])


def _columns(path: Path, *names: str) -> dict[str, list[Any]]:
    """Columns of a Parquet file, empty if it is not there; a damaged one is deleted: nobody can tell whom it names."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        columns: dict[str, list[Any]] = pq.read_table(path, columns=list(names)).to_pydict()
    except FileNotFoundError:
        return {name: [] for name in names}
    except (pa.ArrowException, OSError):
        path.unlink()
        return {name: [] for name in names}
    return columns


def _ids_in_text(path: Path) -> set[str]:
    """A killed run leaves files of another map than the table's."""
    return {name.decode() for name in ARTWORK_ID.findall(path.read_bytes())} if path.exists() else set()


def _ids_in_findings(folder: Path) -> set[str]:
    """The artworks of the faces that the tables of clusters and of pairs name."""
    pairs = _columns(folder / "alike.parquet", "first", "second")
    members = _columns(folder / "clusters.parquet", "faces")["faces"]
    face_ids = chain(pairs["first"], pairs["second"], *members)
    return {face_id.rpartition("-")[0] for face_id in face_ids}


def _clean_table(path: Path, going: Collection[str]) -> int:
    """Write the table without these artworks; gives how many rows went."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.exists():
        return 0
    table = pq.read_table(path)
    rows = table.to_pylist()
    stay = [index for index, row in enumerate(rows) if row["artwork_id"] not in going]
    new_place = {index: place for place, index in enumerate(stay)}
    for index in stay:
        near = rows[index]["neighbors"]  # by row number, so that what moves up must be renumbered
        pairs = [p for p in zip(near["ids"], near["distances"], strict=True) if p[0] in new_place]
        rows[index]["neighbors"] = {"ids": [new_place[i] for i, _ in pairs], "distances": [far for _, far in pairs]}
    with atomic_path(path) as temporary:
        pq.write_table(pa.Table.from_pylist([rows[index] for index in stay], schema=table.schema), temporary)
    return len(rows) - len(stay)


def _clean_layout(path: Path, going: Collection[str]) -> None:
    """The faces that stay keep their places, for the next `tsne`."""
    try:
        layout = load_layout(path)
    except UserError:
        path.unlink()  # nobody can tell whose places a damaged file holds
        return
    if layout and any(belongs_to(face_id, going) for face_id in layout.face_ids):
        stay = [index for index, face_id in enumerate(layout.face_ids) if not belongs_to(face_id, going)]
        ids = [layout.face_ids[index] for index in stay]
        kept = dataclasses.replace(layout, face_ids=ids, points=layout.points[stay], positions=layout.positions[stay])
        kept.save(path)
