"""The three forms of a map: a table for programs, a picture for papers, a page for people."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from aahq_builder.decisions import KEEP, REJECT, human_verdicts
from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Face, Score
from aahq_builder.thumbnails import from_jpeg, shrink
from aahq_builder.tsne import mosaic
from aahq_builder.tsne.page.render import render
from aahq_builder.tsne.shown import NO_CLUSTER, UNKNOWN_ARTIST, Cluster, MapFace, MapQuality
from aahq_builder.workdir import atomic_path, write_atomic

NEIGHBOURS = 10
CREDITS = ("artwork_id", "source", "title", "artist", "license", "page_url")
"""Columns of an artwork that the map shows."""
TITLE = "Style map"


def describe(
    journal: Journal,
    faces: Sequence[Face],
    artworks: Mapping[str, Artwork],
    positions: np.ndarray,
    thumbnails: Sequence[bytes],
) -> list[MapFace]:
    """One `MapFace` per face: position, thumbnail, provenance of its artwork, scores, and what people decided."""
    scores, verdicts = _scores(journal), human_verdicts(journal)
    shown = []
    for face, (x, y), picture in zip(faces, positions, thumbnails, strict=True):
        work = artworks[face.artwork_id]
        shown.append(
            MapFace(
                face_id=face.face_id,
                artwork_id=face.artwork_id,
                x=float(x),
                y=float(y),
                title=work.title or "untitled",
                artist=work.artist or UNKNOWN_ARTIST,
                license=work.license or "no licence recorded",
                source=work.source,
                page_url=work.page_url or "",
                thumbnail=picture,
                decision=_decision(verdicts.get(face.face_id)),
                scores=scores.get(face.face_id, {}),
            )
        )
    return shown


def _scores(journal: Journal) -> dict[str, dict[str, float]]:
    """Measures of the kept faces, by face and name."""
    found: dict[str, dict[str, float]] = {}
    of_kept = "face_id IN (SELECT face_id FROM faces WHERE rejected = '') AND value IS NOT NULL"
    for score in journal.select(Score, of_kept):
        found.setdefault(score.face_id, {})[sys.intern(score.name)] = score.value
    return found


def _decision(rejected: str | None) -> str:
    if rejected is None:
        return ""
    return REJECT if rejected else KEEP


def write_table(
    path: Path,
    faces: Sequence[MapFace],
    near: tuple[np.ndarray, np.ndarray],
    remarks: Sequence[str],
    *,
    quality: MapQuality | None = None,
    numbers_given: int = 0,
) -> None:
    """`map.parquet`: positions, clusters, provenance, thumbnails, nearest faces in style (indices and distances).

    embedding-atlas reads its columns. The file's metadata hold the remarks, the quality, and how many numbers clusters
    have been given so far.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = ("face_id", "artwork_id", "x", "y", "title", "artist", "license", "source", "page_url", "cluster")
    columns: dict[str, object] = {name: [getattr(face, name) for face in faces] for name in names}
    columns["distance"] = pa.array([face.distance for face in faces], pa.float64())
    columns["thumb"] = [{"bytes": face.thumbnail, "path": f"{face.face_id}.jpg"} for face in faces]
    columns["neighbors"] = [
        {"ids": ids.tolist(), "distances": [float(value) for value in row]}
        for ids, row in zip(near[0][:, :NEIGHBOURS], near[1][:, :NEIGHBOURS], strict=True)
    ]
    facts = {"remarks": list(remarks), "quality": asdict(quality) if quality else None, "numbers_given": numbers_given}
    metadata = {name: json.dumps(fact) for name, fact in facts.items()}
    with atomic_path(path) as temporary:
        pq.write_table(pa.table(columns).replace_schema_metadata(metadata), temporary)


def read_numbers(path: Path) -> tuple[dict[str, int], int]:
    """The numbers of faces in clusters by the table at `path`, and how many numbers were given; none if it has none.

    `UserError` if the file is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
        if "cluster" not in schema.names:
            return {}, 0
        columns = pq.read_table(path, columns=["face_id", "cluster"]).to_pydict()
        given = int(json.loads(schema.metadata[b"numbers_given"]))
    except FileNotFoundError:
        return {}, 0
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise UserError(f"{path} is damaged; delete it, and clusters are numbered from 1 again") from error
    pairs = zip(columns["face_id"], columns["cluster"], strict=True)
    return {face_id: number for face_id, number in pairs if number != NO_CLUSTER}, given


def read_remarks(path: Path) -> list[str]:
    """What is to be said of the map whose table lies at `path`; nothing if it is not there."""
    import pyarrow.parquet as pq

    metadata = pq.read_schema(path).metadata if path.exists() else None
    return json.loads(metadata[b"remarks"]) if metadata and b"remarks" in metadata else []


def write_picture(path: Path, faces: Sequence[MapFace], remarks: Sequence[str], seed: int) -> None:
    """`map.png`: thumbnails on a grid; of more than `mosaic.MAX_FACES` a random sample."""
    shown = list(faces)
    if len(faces) > mosaic.MAX_FACES:
        rng = np.random.default_rng(seed)
        shown = [faces[int(i)] for i in np.sort(rng.choice(len(faces), mosaic.MAX_FACES, replace=False))]
        remarks = [*remarks, f"{mosaic.MAX_FACES} of {len(faces)} faces are shown."]
    side = mosaic.grid_side(len(shown))
    cells = mosaic.snap_to_grid(np.array([[face.x, face.y] for face in shown]), side)
    px = mosaic.thumbnail_side(side)
    canvas = mosaic.draw([shrink(from_jpeg(face.thumbnail), px) for face in shown], cells, side)
    _write_png(path, canvas, " ".join(remarks))


def write_page(path: Path, faces: Sequence[MapFace], remarks: Sequence[str], clusters: Sequence[Cluster] = ()) -> None:
    """`map.html`: one file, no network."""
    write_atomic(path, render(faces, f"{TITLE} of {len(faces)} faces", remarks, clusters).encode())


def _write_png(path: Path, canvas: np.ndarray, remark: str) -> None:
    """The remark is written into the file too, since the picture is passed on without the page."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    facts = PngInfo()
    facts.add_text("Description", remark)
    with atomic_path(path) as temporary:
        Image.fromarray(canvas).save(temporary, pnginfo=facts)
