"""`aahq-build align`: find the faces of fetched artworks, cut them out as FFHQ does, note them in the journal."""

from collections import Counter
from dataclasses import asdict
from functools import partial

from aahq_builder.align.aligner import AlignedFaces, Aligner, AlignTask
from aahq_builder.align.config import AlignConfig
from aahq_builder.align.ensemble import ModelFiles
from aahq_builder.build import Build, config_hash, open_build
from aahq_builder.engine import Outcome, run_local
from aahq_builder.errors import ErrorKind, ItemError, UserError
from aahq_builder.files import Files, open_files, written_by
from aahq_builder.ray_engine import run_ray
from aahq_builder.records import Artwork, Face, MapPoint, Score
from aahq_builder.workdir import WorkDir
from blendgan.console import Console

ALIGN_VERSION = "4"
"""Raise it when the same settings give other rows or pictures than before."""
SHAPING_SETTINGS = ("size", "detector", "mode", "variant", "no_rotation", "no_padding", "margin", "background")
"""Settings that change rows or pictures, beside the models."""
PENDING = "status = 'fetched' AND source != 'rebuild' AND align_version IS NOT ?"
"""A rebuilt artwork came with landmarks of its own."""
FAULTS_LAST = "error IS NOT NULL, artwork_id"
"""Pictures that have failed before come after all others, so that `--limit` is not spent on them run after run."""
TRANSIENT = frozenset({ErrorKind.FILE_MISSING, ErrorKind.WORKER_CRASH, ErrorKind.WORKER_TIMEOUT})
"""Faults that may have passed by the next run: they say nothing about the picture, so its row stays pending."""


def run(config: AlignConfig, console: Console) -> None:
    """Align everything that is pending; a changed setting makes every artwork pending again."""
    models, files = ModelFiles.of(config), open_files(config.files, config.work)
    version = align_version(config, models)
    with open_build(config, console) as build:
        pending = build.journal.count(Artwork, PENDING, [version])
        total = min(pending, config.limit or pending)
        if config.dry_run:
            console.result(f"would align {total} artworks", total=total)
            return
        if total:
            _say_terms(build, models.verified())
            build.note(align_version=version, crop=asdict(config.crop))
            files.make_ready()
            if config.files:
                build.remember_place("files", config.files)
        try:
            faces, faults = _align(build, config, version, total, files) if total else (0, Counter[str]())
        except ItemError as error:
            remedy = "mend that and run the same command again"
            raise UserError(f"cannot read or write files ({error.detail}); {remedy}") from error
        if faults:
            causes = ", ".join(f"{count} {kind}" for kind, count in sorted(faults.items()))
            console.warn(f"{faults.total()} artworks stay pending ({causes}); the same command tries them again")
        build.finish(f"found {faces} faces in", total, "artwork")


def align_version(config: AlignConfig, models: ModelFiles) -> str:
    """Version of the stage and of the settings and models that shape its rows and pictures."""
    shaping = {name: getattr(config, name) for name in SHAPING_SETTINGS}
    return f"{ALIGN_VERSION}-{config_hash(**shaping, models=[file.path.name for file in models.all()])}"


def _align(build: Build, config: AlignConfig, version: str, total: int, files: Files) -> tuple[int, Counter[str]]:
    """Align `total` artworks; gives the number of faces, and the transient faults by kind."""
    where, columns = f"{PENDING} ORDER BY {FAULTS_LAST} LIMIT ?", ("artwork_id", "source", "path")
    rows = build.journal.select(Artwork, where, [version, total], columns=columns)
    tasks = [AlignTask(row.artwork_id, row.path or "") for row in rows]
    setup = partial(Aligner, WorkDir(build.workdir.root.absolute()), config, version)
    workers = min(config.workers, total)
    if config.engine == "ray":
        wants_gpu = config.uses_fan and config.device != "cpu"
        outcomes = run_ray(setup, tasks, workers, config.timeout_s, config.address, wants_gpu=wants_gpu)
    else:
        outcomes = run_local(setup, tasks, workers, config.timeout_s)
    faces, faults = 0, Counter[str]()
    with written_by(outcomes, files, "faces"), build.console.progress(total, "artwork") as progress:
        for outcome in outcomes:
            if outcome.error and outcome.error.kind in TRANSIENT:
                faults[str(outcome.error.kind)] += 1
                _leave_pending(build, outcome.item.artwork_id, outcome.error)
            else:
                faces += _commit(build, outcome, version, files)
            progress.advance(faces=faces)
    return faces, faults


def _leave_pending(build: Build, artwork_id: str, error: ItemError) -> None:
    """Note why an artwork could not be aligned this time; faces of an earlier run stay as they are."""
    build.journal.update(Artwork, artwork_id, error=str(error.kind), error_detail=error.detail)
    build.counts["pending"] += 1


def _commit(build: Build, outcome: Outcome[AlignTask, AlignedFaces], version: str, files: Files) -> int:
    """Replace the artwork's faces by what was found; files go first, so that no row ever lacks its file for good."""
    error = outcome.error
    if error is not None and error.kind is ErrorKind.DISK:
        raise error
    found = outcome.result or AlignedFaces([], [])
    artwork_id = outcome.item.artwork_id
    journal = build.journal
    kept = {face.path for face in found.faces}
    old = list(journal.select(Face, "artwork_id = ?", [artwork_id]))
    for face in old:
        if face.path and face.path not in kept:
            files.remove(face.path)
    with journal.transaction():
        for record in (Score, MapPoint, Face):
            for face in old:
                journal.execute(f"DELETE FROM {record.table} WHERE face_id = ?", [face.face_id])
        journal.insert([*found.faces, *found.scores])
        journal.update(
            Artwork,
            artwork_id,
            faces_found=len(found.faces),
            align_version=version,
            error=error and str(error.kind),
            error_detail=error and error.detail,
        )
    build.counts["unreadable" if error else "with_face" if found.faces else "no_face"] += 1
    return len(found.faces)


def _say_terms(build: Build, models: ModelFiles) -> None:
    for model in models.all():
        if model.terms and not build.journal.count(Face, "? IN (landmark_model, detector)", [model.name]):
            build.console.info(model.terms)
