"""`aahq-build rebuild`: from a published list to faces: fetch, verify, cut out with the list's own landmarks."""

from functools import partial

from aahq_builder.build import Build, config_hash, open_build
from aahq_builder.config import Policy, default_workers
from aahq_builder.crawl.loop import open_crawl
from aahq_builder.engine import Outcome, run_local
from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.rebuild.config import RebuildConfig
from aahq_builder.rebuild.cutter import Crops, Cutter
from aahq_builder.rebuild.forget import forget
from aahq_builder.rebuild.published_list import ListedFace, PublishedList, face_ids
from aahq_builder.rebuild.report import write_report
from aahq_builder.rebuild.source import Rebuild
from aahq_builder.records import Artwork, Face
from aahq_builder.rights.permissions import read_permissions
from aahq_builder.rights.rules import Rules
from aahq_builder.sources.found import artwork_id
from blendgan.console import Console

REBUILD_VERSION = "2"


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
        _forget_replaced(build)
        _align(build, config, published)
        write_report(build, published)
        build.finish("rebuilt", build.counts.total(), "face")
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
    pictures = _pending(build, published, wanted)
    setup = partial(Cutter, build.workdir, config)
    workers = min(default_workers(), max(len(pictures), 1))
    with build.console.progress(len(pictures), "artwork") as progress:
        for outcome in run_local(setup, pictures, workers, config.timeout_s * 6):
            _commit(build.journal, outcome, wanted)
            progress.advance()


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


def _pending(build: Build, published: PublishedList, version: str) -> list[Crops]:
    """The pictures that were not yet cut as this version does, in order of their ids."""
    where = "source = 'rebuild' AND status = 'fetched' AND align_version IS NOT ? ORDER BY artwork_id"
    faces: dict[str, dict[str, ListedFace]] = {}
    for face_id, face in face_ids(published.faces(), partial(artwork_id, "rebuild")):
        faces.setdefault(face_id.rpartition("-")[0], {})[face_id] = face
    return [
        Crops(row.artwork_id, row.path or "", max(row.width or 0, row.height or 0), faces[row.artwork_id])
        for row in build.journal.select(Artwork, where, [version])
        if row.artwork_id in faces
    ]


def _commit(journal: Journal, outcome: Outcome[Crops, list[Face]], version: str) -> None:
    """Store the faces of a picture, or why there are none."""
    faces, error = outcome.result or [], outcome.error
    reason = {"error": error and str(error.kind), "error_detail": error and error.detail}
    with journal.transaction():
        journal.insert(faces, "REPLACE")
        journal.update(Artwork, outcome.item.artwork_id, faces_found=len(faces), align_version=version, **reason)
