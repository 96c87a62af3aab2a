"""What publish has left of an artwork: its rows in the releases of this build, wherever they were written."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from aahq_builder.build import Build
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.publish.config import PublishConfig
from aahq_builder.publish.hub.correct import correct
from aahq_builder.publish.inventory import read_stated
from aahq_builder.publish.place import is_release, replacing, settle, withdraw
from aahq_builder.publish.release import SETTINGS, write_release
from aahq_builder.publish.rows import select
from aahq_builder.rights.redaction import redaction_of


def forget(build: Build, artwork_ids: Sequence[str]) -> Counter[str]:
    """Write every release anew from the rows that are left, with the settings it was made with; then correct the Hub.

    The rows of these artworks are `removed` by now, so that none of them is chosen again.
    """
    redaction, done, unreached = redaction_of(build.journal, artwork_ids), Counter[str](), []
    releases = [build.workdir.release, *map(Path, build.places("release"))]
    for release in releases:
        if not release.parent.is_dir():
            unreached.append(f"{release} is not there")
            continue
        settle(release)
        if is_release(release):
            settings = _settings(release)
            if redaction(str(settings.get("title"))) != settings.get("title"):
                settings.pop("title", None)
            _write_anew(build, release, PublishConfig(work=build.workdir.root, **settings))  # type: ignore[arg-type]
            done["releases"] += 1
    for address in build.places("hub"):
        try:
            done["releases_on_the_hub"] += correct(build, address, releases, redaction)
        except ItemError as error:
            unreached.append(error.detail)
    if unreached:
        raise ItemError(ErrorKind.DISK, "; ".join(unreached))
    return done


def _write_anew(build: Build, release: Path, config: PublishConfig) -> None:
    selection = select(build.journal, config, build.workdir.root)
    if selection.with_pixels or (selection.rows and config.content == "urls"):
        with replacing(release) as folder:
            write_release(build, selection, config, folder, before=release)
    else:
        withdraw(release)  # nothing is left that may be published


def _settings(release: Path) -> dict[str, object]:
    """The settings of a release that are still known; those of before they had a place of their own too."""
    known = {field.name for field in dataclasses.fields(PublishConfig)}
    made = read_stated(release)
    stated = {name: made[name] for name in SETTINGS if name in made} | made.get("settings", {})
    return {name: value for name, value in stated.items() if name in known}
