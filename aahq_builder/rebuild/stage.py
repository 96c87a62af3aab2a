"""`aahq-build rebuild`: from a published list to aligned faces: fetch, verify, cut out with the list's own landmarks.

Ends with `rebuild-report.json`: for every entry that could not be rebuilt, its name, its address and why.
"""

import io
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import ceil

import numpy as np
from PIL import Image

from aahq_builder.align.fast_warp import warp_fast
from aahq_builder.align.geometry import pad_fraction, quad_side
from aahq_builder.align.warp import warp_reference
from aahq_builder.build import Build, config_hash, open_build
from aahq_builder.config import Policy, default_workers
from aahq_builder.crawl.loop import open_crawl
from aahq_builder.engine import run_local
from aahq_builder.errors import ErrorKind, ItemError, UserError
from aahq_builder.images import decode, encode_png
from aahq_builder.rebuild.config import RebuildConfig
from aahq_builder.rebuild.published_list import ListedFace, PublishedList, UnusableEntryError, face_ids
from aahq_builder.rebuild.source import Rebuild
from aahq_builder.records import Artwork, Face
from aahq_builder.rights.permissions import read_permissions
from aahq_builder.rights.rules import Rules
from aahq_builder.sources.found import artwork_id
from aahq_builder.workdir import WorkDir, write_atomic
from blendgan.console import Console

REPORT = "rebuild-report.json"
MAX_REACH = 4
"""Crops reach at most so many times the picture's longer side."""
REBUILD_VERSION = "2"
FOLDER = "rebuilt"
"""Faces lie here under the names that the list gives them."""


@dataclass(frozen=True)
class Task:
    """One picture and the faces to cut out of it, by their ids."""

    artwork_id: str
    original: str
    """Relative to the work folder."""
    longer_px: int
    """Longer side of the picture; 0 if it is not known."""
    faces: Mapping[str, ListedFace]

    def least_px(self, size: int) -> int | None:
        """Longer side that leaves a pixel for each one of the smallest crop's; None for all pixels."""
        smallest = min(quad_side(face.quad) for face in self.faces.values())
        return ceil(self.longer_px * size / smallest) if self.longer_px and smallest > 0 else None


def run(config: RebuildConfig, console: Console) -> None:
    """Rebuild a list; a rerun goes on where the last one stopped."""
    published = PublishedList(config.list)
    rules = Rules(_policy(config, published), read_permissions(config.permissions), config.i_have_a_legal_basis)
    if config.dry_run:
        faces = sum(1 for _ in published.faces())
        console.result(f"would rebuild {faces} faces of {config.list} under policy {rules.policy}", faces=faces)
        return
    with open_build(config, console, create=True) as build:
        unfinished = open_crawl(config, build, rules, [Rebuild(published)]).run()
        build.counts.clear()  # from here on faces are counted, not pictures
        _align(build, config, published)
        report = _report(build, published)
        (build.workdir.root / REPORT).write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
        total = sum(build.counts.values())
        build.finish("rebuilt", total, "face")
    if unfinished:
        raise UserError("; ".join(unfinished) + "; run the same command again later")


def _policy(config: RebuildConfig, published: PublishedList) -> Policy:
    """The AAHQ list states no licences: only a legal basis or written permissions let its pictures be asked for."""
    if published.is_aahq and not (config.i_have_a_legal_basis or config.permissions):
        raise UserError(
            "the AAHQ list states no licences; give --i-have-a-legal-basis or --permissions (docs/rights.md)"
        )
    if published.is_aahq and config.policy == "open":
        return "research" if config.i_have_a_legal_basis else "permitted"
    return config.policy


def _align(build: Build, config: RebuildConfig, published: PublishedList) -> None:
    """Cut the faces out of every picture that is there and was not yet treated so."""
    settings = config_hash(size=config.size, mode=config.mode, list=Rebuild(published).listing())
    wanted = f"rebuild-{REBUILD_VERSION}-{settings}"
    where = "source = 'rebuild' AND status = 'fetched' AND align_version IS NOT ?"
    pending = {row.artwork_id: row for row in build.journal.select(Artwork, where, (wanted,))}
    faces: dict[str, dict[str, ListedFace]] = {}
    for face_id, face in face_ids(published.faces(), partial(artwork_id, "rebuild")):
        faces.setdefault(face_id.rpartition("-")[0], {})[face_id] = face
    tasks = [
        Task(name, row.path or "", max(row.width or 0, row.height or 0), faces[name])
        for name, row in sorted(pending.items())
        if name in faces
    ]
    setup = partial(Cutter, build.workdir, config)
    workers = min(default_workers(), max(len(tasks), 1))
    with build.console.progress(len(tasks), "artwork") as progress:
        for outcome in run_local(setup, tasks, workers, config.timeout_s * 6):
            error, name = outcome.error, outcome.item.artwork_id
            reason = {"error": error and str(error.kind), "error_detail": error and error.detail}
            with build.journal.transaction():
                build.journal.insert(outcome.result or [], "REPLACE")
                count = len(outcome.result or [])
                build.journal.update(Artwork, name, faces_found=count, align_version=wanted, **reason)
            progress.advance()


def _report(build: Build, published: PublishedList) -> dict[str, object]:
    """Every entry has one outcome: rebuilt, or missing for a cause."""
    known = {row.artwork_id: row for row in build.journal.select(Artwork)}
    made = {str(row[0]) for row in build.journal.execute("SELECT face_id FROM faces")}
    missing: list[dict[str, object]] = []
    causes: Counter[str] = Counter()
    numbered = iter(face_ids(published.faces(), partial(artwork_id, "rebuild")))
    for name, entry in published.entries():
        if isinstance(entry, UnusableEntryError):
            cause, url, detail = "unusable_entry", None, str(entry)
        else:
            face_id, face = next(numbered)
            row = known.get(face_id.rpartition("-")[0])
            url, cause, detail = face.image_url, _cause(row, face_id in made), (row and row.error_detail) or ""
        causes[cause] += 1
        if cause != "rebuilt":
            missing.append({"name": name, "image_url": url, "cause": cause, "detail": detail})
    build.counts.update(causes)
    return {
        "list": published.path.name,
        "entries": causes.total(),
        "causes": dict(causes.most_common()),
        "missing": missing,
    }


def _cause(row: Artwork | None, is_made: bool) -> str:
    if is_made:
        return "rebuilt"
    if row is None or row.status == "found":
        return "not_fetched_yet"
    if row.status == "removed":
        return "removed"
    return row.error or ("unusable_entry" if row.align_version else str(ErrorKind.WORKER_CRASH))


def fits(quad: np.ndarray, width: int, height: int) -> bool:
    """Whether a listed crop can be cut from a picture: a hostile one, far off or huge, costs memory without end."""
    reach = MAX_REACH * max(width, height)
    return bool(quad_side(quad) <= reach and np.all(np.abs(quad) <= reach))


class Cutter:
    """Life of a worker process: picture after picture."""

    def __init__(self, workdir: WorkDir, config: RebuildConfig) -> None:
        self.workdir, self.size, self.fast = workdir, config.size, config.mode == "fast"
        self.warp = warp_fast if self.fast else warp_reference

    def __call__(self, task: Task) -> list[Face]:
        """Decode, cut out, write; gives the rows."""
        try:
            picture = decode(self.workdir.root / task.original, task.least_px(self.size) if self.fast else None)
        except FileNotFoundError as error:
            raise ItemError(ErrorKind.FILE_MISSING, task.original) from error
        rows = []
        for face_id, face in task.faces.items():
            if not fits(face.quad, *picture.size):
                continue
            path = f"{FOLDER}/{face.name}"
            self._write(path, self.warp(picture.pixels, picture.reduced(face.quad), self.size))
            rows.append(_row(task.artwork_id, face_id, face, path, picture.size))
        return rows

    def _write(self, path: str, pixels: np.ndarray) -> None:
        is_jpeg = path.lower().endswith((".jpg", ".jpeg"))
        write_atomic(self.workdir.root / path, _jpeg(pixels) if is_jpeg else encode_png(pixels))


def _jpeg(pixels: np.ndarray) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "JPEG", quality=95)
    return content.getvalue()


def _row(artwork: str, face_id: str, face: ListedFace, path: str, size: tuple[int, int]) -> Face:
    points = face.points
    return Face(
        face_id=face_id,
        artwork_id=artwork,
        detector="published list",
        landmark_model="published list",
        confidence=1.0,
        landmarks=[point.tolist() for point in points],
        eye_left=points.eye_left.tolist(),
        eye_right=points.eye_right.tolist(),
        mouth_left=points.mouth_left.tolist(),
        mouth_right=points.mouth_right.tolist(),
        quad=face.quad.tolist(),
        face_px=round(quad_side(face.quad), 2),
        pad_fraction=round(pad_fraction(face.quad, *size), 4),
        path=path,
    )
