"""`aahq-build filter`: measure what is pending, find duplicates, give every face its verdict.

Scores and fingerprints are facts and stay; verdicts are made anew from them at every run, so a changed bound opens no
picture.
"""

import itertools

from aahq_builder.build import Build, open_build
from aahq_builder.errors import UserError
from aahq_builder.filter import comparing, judging, measuring, policy
from aahq_builder.filter.config import FilterConfig
from aahq_builder.filter.report import write_report
from aahq_builder.journal import Journal
from aahq_builder.workdir import WorkDir
from blendgan.console import Console


def run(config: FilterConfig, console: Console) -> None:
    """Measure and judge; or only explain one face."""
    workdir = WorkDir(config.work).existing()
    if config.explain is not None or config.dry_run:
        with Journal(workdir.database, read_only=True) as journal:
            _explain(journal, config, console) if config.explain is not None else _foretell(journal, console)
        return
    with open_build(config, console) as build:
        _measure(build, config)
        comparing.compare_new(build, config.workers)
        judged = judging.judge(build.journal, config)
        judging.store(build.journal, judged)
        if config.report:
            build.console.info(f"report: {write_report(workdir, build.journal, judged, config)}")
        build.counts.update(judged.counts())
        build.finish("filtered", len(judged.faces), "face")


def _measure(build: Build, config: FilterConfig) -> None:
    pending = dict(itertools.islice(measuring.pending_faces(build.journal).items(), config.limit))
    artworks = measuring.read_pending(build.journal, pending)
    with build.console.progress(sum(map(len, pending.values())), "face") as progress:
        for results in measuring.measured_batches(build.workdir, artworks, config.workers):
            measuring.store(build.journal, results)
            for result in results:
                if result.failure:
                    build.console.warn(f"{result.face.face_id} could not be measured: {result.failure}")
            progress.advance(len(results))


def _foretell(journal: Journal, console: Console) -> None:
    pending = sum(map(len, measuring.pending_faces(journal).values()))
    console.result(f"would measure {pending} faces and judge all anew", pending=pending)


def _explain(journal: Journal, config: FilterConfig, console: Console) -> None:
    """Say of one face what every rule found; verdicts are not written."""
    judged = judging.judge(journal, config)
    face_id = str(config.explain)
    if face_id not in judged.faces:
        raise UserError(f"no face '{face_id}' in {config.work}; list them with: aahq-build table faces")
    verdict, copy = judged.verdicts[face_id], judged.copies.get(face_id)
    lines = [f"{face_id}: {judging.PENDING if verdict is None else verdict or 'kept'}"]
    lines += policy.explain(judged.scores[face_id], config)
    lines += [f"the same picture as {copy}, which is the better copy"] if copy else []
    lines += [
        f"pair with {pair.other(face_id)}: {pair.reason}, {pair.share:.0%} of the gradient magnitude in common"
        for pair in judged.pairs
        if face_id in (pair.first, pair.second)
    ]
    console.result("\n".join(lines), face_id=face_id, rejected=verdict, duplicate_of=copy, **judged.scores[face_id])
