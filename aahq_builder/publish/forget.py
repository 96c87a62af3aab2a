"""What publish has left of an artwork: its rows in the work folder's release."""

import dataclasses
import json
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from aahq_builder.build import Build
from aahq_builder.publish.config import PublishConfig
from aahq_builder.publish.rows import select
from aahq_builder.publish.stage import INVENTORY, SCRATCH, SETTINGS, replacing, write_release


def forget(build: Build, artwork_ids: Sequence[str]) -> Counter[str]:
    """Write the release anew from the rows that are left, with the settings it was made with; killed ones go.

    The rows of these artworks are `removed` by now, so that none of them is chosen again.
    """
    release = build.workdir.release
    scratches = sorted(release.parent.glob(f"{SCRATCH}*/"))
    settings = _settings([release, *(folder for scratch in scratches for folder in sorted(scratch.glob("*/")))])
    for scratch in scratches:
        shutil.rmtree(scratch)
    if settings is None or not artwork_ids:
        return Counter()
    config = PublishConfig(work=build.workdir.root, **settings)  # type: ignore[arg-type]
    selection = select(build.journal, config, build.workdir.root)
    if selection.with_pixels or (selection.rows and config.content == "urls"):
        with replacing(release) as folder:
            write_release(build, selection, config, folder)
    elif release.exists():
        shutil.rmtree(release)  # nothing is left that may be published
    return Counter(releases=1)


def _settings(folders: Sequence[Path]) -> dict[str, object] | None:
    """Settings of the first complete release in these folders; a kill between two renames leaves it in a later one."""
    known = {field.name for field in dataclasses.fields(PublishConfig)}
    for folder in folders:
        if (folder / INVENTORY).exists():
            made = json.loads((folder / INVENTORY).read_text("utf-8"))
            stated = {name: made[name] for name in SETTINGS if name in made} | made.get("settings", {})
            return {name: value for name, value in stated.items() if name in known}
    return None
