"""`aahq-build publish`: choose the rows that may go out, write them with their card, and upload them if asked to."""

from pathlib import Path

from aahq_builder.build import Build, open_build
from aahq_builder.errors import UserError
from aahq_builder.publish.config import PublishConfig
from aahq_builder.publish.diff import fetched
from aahq_builder.publish.hub.upload import PREFIX, upload
from aahq_builder.publish.place import is_release, replacing
from aahq_builder.publish.release import write_release
from aahq_builder.publish.rows import Selection, count_unfiltered, select
from blendgan.console import Console


def run(config: PublishConfig, console: Console) -> None:
    """Write and perhaps upload a release."""
    with open_build(config, console) as build:
        selection = select(build.journal, config, build.workdir.root)
        if unfiltered := count_unfiltered(build.journal, selection):
            console.warn(f"{unfiltered} of these faces were never filtered, as the card says; run: aahq-build filter")
        if config.split_share and len(selection.splits) < 2:
            console.warn(f"--split-share {config.split_share:g} leaves a split empty: there are too few makers for it")
        target = config.to or build.workdir.release
        _check_target(target)
        _check_worth(selection, config)
        if config.dry_run:
            _say_what_would_be(console, selection, config, target)
            return
        if target != build.workdir.release:
            build.remember_place("release", target)
        before = fetched(config.since) if config.since else target
        with replacing(target) as folder:
            inventory = write_release(build, selection, config, folder, before)
        console.info(f"the release is in {target}")
        if inventory.history:
            console.info(f"since {inventory.history[0].since or 'the release before'}: {inventory.history[0].words}")
        if config.repo_id:
            build.remember_place("hub", f"{PREFIX}{config.repo_id}")
            done = upload(target, config, console)
            console.info(f"uploaded to {done.address}, commit {done.commit[:8]}")
        _finish(build, selection, config)


def _check_target(target: Path) -> None:
    if target.is_file() or (target.is_dir() and any(target.iterdir()) and not is_release(target)):
        raise UserError(f"--to {target} holds something that is not a release; give a new or empty folder")


def _check_worth(selection: Selection, config: PublishConfig) -> None:
    if config.content == "pixels" and not selection.with_pixels:
        own = " (pixels of your own folder need --license SPDX)" if selection.rows else ""
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(selection.left_out.items()))
        raise UserError(
            f"no kept face has a licence that lets its pixels out{own}; publish --content urls instead"
            + (f"; left out: {reasons}" if reasons else "")
        )


def _say_what_would_be(console: Console, selection: Selection, config: PublishConfig, target: Path) -> None:
    pixels = len(selection.with_pixels)
    splits = {name: len(selection.of_split(name)) for name in selection.splits}
    counted = ", ".join(f"{count} {name}" for name, count in splits.items())
    sentence = f"would publish {len(selection.rows)} rows, {pixels} with pixels, as {config.format} to {target}"
    sentence += f": {counted}" if config.split_share else ""
    left_out = dict(selection.left_out)
    console.result(sentence, rows=len(selection.rows), pixels=pixels, splits=splits, left_out=left_out)


def _finish(build: Build, selection: Selection, config: PublishConfig) -> None:
    shown = len(selection.with_pixels)
    if shown:
        build.counts["published_with_pixels"] = shown
    build.counts["published"] = len(selection.rows) - shown
    build.counts.update({f"left_out_{reason}": count for reason, count in selection.left_out.items()})
    build.finish("published", len(selection.rows) + selection.left_out.total(), "face")
