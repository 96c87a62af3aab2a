"""`aahq-build rebuild`: from a published list to faces: fetch, verify, cut out where the list says."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import partial

from aahq_builder.align.config import CropSettings
from aahq_builder.build import Build, config_hash, open_build
from aahq_builder.config import Policy, default_workers
from aahq_builder.crawl.loop import open_crawl
from aahq_builder.engine import Outcome, run_local
from aahq_builder.errors import UserError
from aahq_builder.files import FolderFiles, written_by
from aahq_builder.journal import Journal
from aahq_builder.rebuild.config import RebuildConfig
from aahq_builder.rebuild.cutter import FOLDER, Crops, Cutter, ListedCrop
from aahq_builder.rebuild.forget import LISTS, forget, forget_removed
from aahq_builder.rebuild.published_list import PublishedList
from aahq_builder.rebuild.release import locate, read_notes
from aahq_builder.rebuild.report import in_words, write_report
from aahq_builder.rebuild.source import Rebuild
from aahq_builder.records import Artwork, Face
from aahq_builder.rights.permissions import read_permissions
from aahq_builder.rights.rules import Rules
from blendgan.console import Console

REBUILD_VERSION = "3"
PENDING = "source = 'rebuild' AND status = 'fetched' AND align_version IS NOT ?"


def run(config: RebuildConfig, console: Console) -> None:
    """Rebuild a list; a rerun goes on where the last one stopped."""
    path, origin = locate(config.list, config.work / LISTS)
    published = PublishedList(path, read_notes(path), origin)
    rules = Rules(_policy(config, published), read_permissions(config.permissions), config.i_have_a_legal_basis)
    if config.dry_run:
        faces = sum(1 for _ in published.faces())
        console.result(f"would rebuild {faces} faces of {config.list} under policy {rules.policy}", faces=faces)
        return
    with open_build(config, console, create=True) as build:
        unfinished = open_crawl(config, build, rules, [Rebuild(published)]).run()
        build.counts.clear()  # from here on faces are counted, not pictures
        _forget_replaced(build)
        forget_removed(build, published.notes)
        _align(build, config, published)
        outcomes = write_report(build, published)
        for sentence in in_words(outcomes, published.notes.other_libraries()):
            console.info(sentence)
        build.finish("rebuilt", build.counts.total(), "face", crops=dict(outcomes.crops), moved=len(outcomes.moved))
    if unfinished:
        raise UserError("; ".join(unfinished) + "; run the same command again later")


def _policy(config: RebuildConfig, published: PublishedList) -> Policy:
    """The AAHQ list states no licences: only a legal basis or written permissions let its pictures be asked for."""
    if published.states_licenses:
        return config.policy
    if not (config.i_have_a_legal_basis or config.permissions):
        raise UserError(
            "the AAHQ list states no licences; give --i-have-a-legal-basis or --permissions (docs/rights.md)"
        )
    if config.policy == "open":
        return "research" if config.i_have_a_legal_basis else "permitted"
    return config.policy


def _align(build: Build, config: RebuildConfig, published: PublishedList) -> None:
    """Cut the faces out of every picture that is there and was not yet treated so."""
    settings = {name: asdict(crop) for name, crop in published.notes.crops.items()}
    shaping = config_hash(size=config.size, mode=config.mode, list=Rebuild(published).listing(), crops=settings)
    wanted = f"rebuild-{REBUILD_VERSION}-{shaping}"
    build.note(align_version=wanted, crop=asdict(_settings(config, published, None)))
    total = build.journal.count(Artwork, PENDING, [wanted])
    workers = min(default_workers(), max(total, 1))
    pictures = _pending(build.journal, config, published, wanted)
    outcomes = run_local(partial(Cutter, build.workdir), pictures, workers, config.timeout_s * 6)
    files = FolderFiles(build.workdir.root)
    with written_by(outcomes, files, FOLDER), build.console.progress(total, "artwork") as progress:
        for outcome in outcomes:
            _commit(build.journal, outcome, wanted)
            progress.advance()


def _settings(config: RebuildConfig, published: PublishedList, align_version: str | None) -> CropSettings:
    """How faces of this version are cut: as the release was, unless the user says otherwise."""
    asked = {name: value for name in ("size", "mode") if (value := getattr(config, name)) is not None}
    return replace(published.notes.crop_of(align_version), **asked)


def _forget_replaced(build: Build) -> None:
    """Delete the faces of pictures whose rows are newer than they: this list means other bytes than an earlier one."""
    sql = (
        "SELECT DISTINCT artwork_id FROM faces JOIN artworks USING (artwork_id)"
        " WHERE source = 'rebuild' AND align_version IS NULL"
    )
    replaced = [str(row[0]) for row in build.journal.execute(sql)]
    if replaced:
        forget(build, replaced)
        build.journal.delete(Face, "artwork_id", replaced)


def _pending(journal: Journal, config: RebuildConfig, published: PublishedList, version: str) -> Iterator[Crops]:
    """The pictures that were not yet cut as this version does, in the list's order."""
    for artwork_id, faces in published.by_picture():
        row = next(journal.select(Artwork, f"artwork_id = ? AND {PENDING}", [artwork_id, version]), None)
        if row is not None:
            crops = {
                face_id: ListedCrop(face, _settings(config, published, face.facts.get("align_version")))
                for face_id, face in faces.items()
                if not published.has_removed(face)
            }
            yield Crops(artwork_id, row.path or "", crops)


def _commit(journal: Journal, outcome: Outcome[Crops, list[Face]], version: str) -> None:
    """Store the faces of a picture, or why there are none."""
    faces, error = outcome.result or [], outcome.error
    reason = {"error": error and str(error.kind), "error_detail": error and error.detail}
    with journal.transaction():
        journal.insert(faces, "REPLACE")
        journal.update(Artwork, outcome.item.artwork_id, faces_found=len(faces), align_version=version, **reason)
