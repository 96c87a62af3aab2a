"""What publish has left of an artwork: its rows in the releases of this build, wherever they were written."""

import dataclasses
import glob
import json
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from aahq_builder.build import Build
from aahq_builder.publish.config import PublishConfig
from aahq_builder.publish.inventory import INVENTORY
from aahq_builder.publish.release import SETTINGS, write_release
from aahq_builder.publish.rows import select
from aahq_builder.publish.stage import SCRATCH, replacing
from aahq_builder.rights.redaction import redaction_of


def forget(build: Build, artwork_ids: Sequence[str]) -> Counter[str]:
    """Write every release anew from the rows that are left, with the settings it was made with.

    The rows of these artworks are `removed` by now, so that none of them is chosen again.
    """
    redaction, done = redaction_of(build.journal, artwork_ids), Counter[str]()
    for release in [build.workdir.release, *map(Path, build.places("release"))]:
        settings = _settings(release)
        for scratch in _scratches(release):
            shutil.rmtree(scratch)
        if settings is None:
            continue
        if redaction(str(settings.get("title"))) != settings.get("title"):
            del settings["title"]
        _write_anew(build, release, PublishConfig(work=build.workdir.root, **settings))  # type: ignore[arg-type]
        done["releases"] += 1
    return done


def _write_anew(build: Build, release: Path, config: PublishConfig) -> None:
    selection = select(build.journal, config, build.workdir.root)
    if selection.with_pixels or (selection.rows and config.content == "urls"):
        with replacing(release) as folder:
            write_release(build, selection, config, folder, before=release)
    elif release.exists():
        shutil.rmtree(release)  # nothing is left that may be published


def _settings(release: Path) -> dict[str, object] | None:
    """Settings of a release; a kill between two renames leaves it in a scratch folder beside its place."""
    known = {field.name for field in dataclasses.fields(PublishConfig)}
    for folder in [release, *(folder for scratch in _scratches(release) for folder in sorted(scratch.glob("*/")))]:
        if (folder / INVENTORY).exists():
            made = json.loads((folder / INVENTORY).read_text("utf-8"))
            stated = {name: made[name] for name in SETTINGS if name in made} | made.get("settings", {})
            return {name: value for name, value in stated.items() if name in known}
    return None


def _scratches(release: Path) -> list[Path]:
    """Folders that a killed publish has left beside the release; their names end as `tempfile` makes them."""
    return sorted(release.parent.glob(f"{SCRATCH}{glob.escape(release.name)}-????????/"))
