"""Remove artworks from everything that a build holds: rows, files, map and release. What remains are keyed hashes.

Every step can be done again, so that a killed removal is finished by running the same command: tombstones first,
then the files that rows name, then the rows; what lies in other places goes by the ids of the emptied rows.
"""

import dataclasses
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from aahq_builder.build import Build, now
from aahq_builder.errors import ErrorKind
from aahq_builder.journal import Journal
from aahq_builder.publish.config import PublishConfig
from aahq_builder.records import TABLES, Artwork, Face, Run
from aahq_builder.rights.tombstones import Tombstones, names_of, normalised_artist
from aahq_builder.workdir import WorkDir, atomic_path

FACE_COLUMNS = ("face_id", "first", "second")
"""Columns of any table that hold a face's id."""
PICTURES_OF_THE_MAP = ("map.html", "map.png")
REMOVED = "[removed]"
SHORTEST_NAME = 4
"""Names shorter than this are not searched for in the notes on earlier runs: they occur in every other word."""


def remove_artworks(
    build: Build, artworks: Sequence[Artwork], kind: ErrorKind, reason: str, artists: frozenset[str] = frozenset()
) -> Counter[str]:
    """Empty these rows and delete what belongs to them; all works of `artists` (normalised) are refused for ever."""
    done: Counter[str] = Counter()
    tombstones = Tombstones.load(build.workdir.root, build.journal)
    with build.journal.transaction():
        for artwork in artworks:
            identity = names_of(artwork)["source_id"]
            names = {"source_id": identity, "sha256": artwork.sha256, "pixel_sha256": artwork.pixel_sha256}
            rows = [tombstones.make(name, value, reason) for name, value in names.items() if value]
            build.journal.insert(rows, "IGNORE")
        build.journal.insert([tombstones.make("artist", artist, reason) for artist in sorted(artists)], "IGNORE")
    done["files"] += _unlink_files(build, artworks)
    with build.journal.transaction():
        for artwork in artworks:
            done += _empty_row(build.journal, artwork, kind, reason)
        _forget_in_runs(build.journal, artworks)
    return done


def sweep(build: Build) -> Counter[str]:
    """Delete what still lies about of emptied rows: faces, thumbnails, features, map, release; wipe the database."""
    removed = {str(row[0]) for row in build.journal.execute("SELECT artwork_id FROM artworks WHERE status = 'removed'")}
    done: Counter[str] = Counter()
    if removed:
        done["files"] += _unlink_by_name(build.workdir.root, removed)
        done["map_rows"] += _clean_map(build.workdir, removed)
        done["releases"] += _publish_again(build)
        _wipe_database(build.journal)
    return done


def belongs_to(face_id: str, artwork_ids: set[str]) -> bool:
    """Whether a face id, which is the artwork's id and a number, is of one of these artworks."""
    return face_id.rpartition("-")[0] in artwork_ids


def _unlink_files(build: Build, artworks: Sequence[Artwork]) -> int:
    """Delete the files, except those that a row which stays has too."""
    going = {artwork.artwork_id for artwork in artworks}
    paths = []
    for path in {artwork.path for artwork in artworks if artwork.path}:
        holders = build.journal.execute("SELECT artwork_id FROM artworks WHERE path = ?", (path,))
        paths += [path] if all(row[0] in going for row in holders) else []
    for artwork_id in going:
        faces = build.journal.select(Face, "artwork_id = ? AND path IS NOT NULL", (artwork_id,))
        paths += [face.path or "" for face in faces]
    files = [build.workdir.root / path for path in paths]
    count = sum(file.exists() for file in files)
    for file in files:
        file.unlink(missing_ok=True)
    return count


def _empty_row(journal: Journal, artwork: Artwork, kind: ErrorKind, reason: str) -> Counter[str]:
    """Null every column but the id, the state, the reason and the time; delete the rows that hang on it."""
    done: Counter[str] = Counter({"artworks": 1})
    faces = [face.face_id for face in journal.select(Face, "artwork_id = ?", (artwork.artwork_id,))]
    for record in TABLES:
        columns = {field.name for field in dataclasses.fields(record)}  # type: ignore[arg-type]  # all are dataclasses
        where = " OR ".join(f"{name} = ?1" for name in FACE_COLUMNS if name in columns)
        for face_id in faces if where else ():
            done[record.table] += journal.execute(f"DELETE FROM {record.table} WHERE {where}", (face_id,)).rowcount
    for face_id in faces:
        journal.execute("UPDATE faces SET duplicate_of = NULL WHERE duplicate_of = ?", (face_id,))
    empty = {field.name: None for field in dataclasses.fields(Artwork) if field.name != "artwork_id"}
    state = {"status": "removed", "error": str(kind), "error_detail": reason, "removed_at": now()}
    journal.update(Artwork, artwork.artwork_id, **{**empty, **state})
    return done


def _forget_in_runs(journal: Journal, artworks: Sequence[Artwork]) -> None:
    """Command lines and settings of earlier runs may name an artist or a page."""
    names = {name for artwork in artworks for name in (artwork.artist, artwork.page_url, artwork.image_url) if name}
    artists = {normalised_artist(artwork.artist) for artwork in artworks if artwork.artist}
    for run in list(journal.select(Run)):
        command, config = run.command, json.dumps(run.config, ensure_ascii=False)
        for name in sorted(names, key=len, reverse=True):
            if len(name) >= SHORTEST_NAME:
                command, config = command.replace(name, REMOVED), config.replace(name, REMOVED)
        settings = json.loads(config)
        pattern = str(settings.get("pattern") or "")
        if normalised_artist(pattern.removeprefix("artist:")) in artists:
            command, settings = command.replace(pattern, REMOVED), {**settings, "pattern": REMOVED}
        journal.update(Run, run.run_id, command=command, config=settings)


def _unlink_by_name(root: Path, removed: set[str]) -> int:
    """Delete every file of the work folder that is named after a face of a removed artwork."""
    count = 0
    for folder, _, names in os.walk(root):
        for name in names:
            if belongs_to(name.partition(".")[0], removed):
                (Path(folder) / name).unlink(missing_ok=True)
                count += 1
    return count


def _clean_map(workdir: WorkDir, removed: set[str]) -> int:
    """Take removed faces off the map's table and layout; its picture and page, which show them, go."""
    dropped = _clean_map_table(workdir.map / "map.parquet", removed)
    _clean_layout(workdir.map / "layout.npz", removed)
    if dropped:
        for name in PICTURES_OF_THE_MAP:
            (workdir.map / name).unlink(missing_ok=True)
    return dropped


def _clean_map_table(path: Path, removed: set[str]) -> int:
    if not path.exists():
        return 0
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    rows = table.to_pylist()
    stay = [index for index, row in enumerate(rows) if row["artwork_id"] not in removed]
    if len(stay) == len(rows):
        return 0
    new_place = {index: place for place, index in enumerate(stay)}
    for index in stay:
        near = rows[index]["neighbors"]  # by row number, so that what moves up must be renumbered
        pairs = [p for p in zip(near["ids"], near["distances"], strict=True) if p[0] in new_place]
        rows[index]["neighbors"] = {"ids": [new_place[i] for i, _ in pairs], "distances": [far for _, far in pairs]}
    with atomic_path(path) as temporary:
        pq.write_table(pa.Table.from_pylist([rows[index] for index in stay], schema=table.schema), temporary)
    return len(rows) - len(stay)


def _clean_layout(path: Path, removed: set[str]) -> None:
    """The faces that stay keep their places, for the next `tsne`."""
    from aahq_builder.tsne.layout import load_layout

    layout = load_layout(path)
    if layout and any(belongs_to(face_id, removed) for face_id in layout.face_ids):
        stay = [index for index, face_id in enumerate(layout.face_ids) if not belongs_to(face_id, removed)]
        ids = [layout.face_ids[index] for index in stay]
        cleaned = dataclasses.replace(
            layout, face_ids=ids, points=layout.points[stay], positions=layout.positions[stay]
        )
        cleaned.save(path)


def _publish_again(build: Build) -> int:
    """Write the work folder's release anew from the rows that are left, with the settings it was made with."""
    from aahq_builder.publish import stage as publish
    from aahq_builder.publish.rows import select

    inventory = build.workdir.release / publish.INVENTORY
    if not inventory.exists():
        return 0
    (newest,) = build.journal.execute("SELECT max(removed_at) FROM artworks").fetchone()
    (made,) = build.journal.execute("SELECT max(started) FROM runs WHERE command LIKE '% publish%'").fetchone()
    if newest and made and made > newest:
        return 0
    config = _release_settings(build, inventory)
    selection = select(build.journal, config, build.workdir.root)
    if selection.with_pixels or (selection.rows and config.content == "urls"):
        with publish.replacing(build.workdir.release) as folder:
            publish.write_release(build, selection, config, folder)
    else:
        shutil.rmtree(build.workdir.release)  # nothing is left that may be published
    return 1


def _release_settings(build: Build, inventory: Path) -> PublishConfig:
    """The settings of the last `publish` into the work folder."""
    names = {field.name for field in dataclasses.fields(PublishConfig)} - {"work", "to", "repo_id", "public", "gated"}
    made = json.loads(inventory.read_text("utf-8"))
    settings: dict[str, object] = {name: made[name] for name in ("format", "content") if name in made}
    for run in build.journal.select(Run, "command LIKE '% publish%' ORDER BY started"):
        config = run.config if isinstance(run.config, dict) else {}
        if not config.get("to"):
            settings |= {name: value for name, value in config.items() if name in names}
    settings |= {"work": build.workdir.root, "dry_run": False, "json": False}
    return PublishConfig(**settings)  # type: ignore[arg-type]


def _wipe_database(journal: Journal) -> None:
    """Leave no deleted bytes behind, neither in the database nor in its log."""
    journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    journal.execute("VACUUM")
    journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def with_same_bytes(journal: Journal, artworks: Iterable[Artwork]) -> list[Artwork]:
    """These artworks and all others that show the very same picture, whoever listed it."""
    found = {artwork.artwork_id: artwork for artwork in artworks}
    for artwork in list(found.values()):
        for name in ("sha256", "pixel_sha256"):
            if value := getattr(artwork, name):
                found |= {row.artwork_id: row for row in journal.select(Artwork, f"{name} = ?", (value,))}
    return [found[artwork_id] for artwork_id in sorted(found)]
