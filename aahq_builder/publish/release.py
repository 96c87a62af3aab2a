"""A release as a whole: its data, what became of the one before it, its card, and last its inventory."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from aahq_builder.build import Build
from aahq_builder.journal import Journal
from aahq_builder.publish import removed
from aahq_builder.publish.card.write import make_card
from aahq_builder.publish.changes import Changes, compare
from aahq_builder.publish.config import PublishConfig
from aahq_builder.publish.formats import aahq, imagefolder, parquet, stylegan_zip, webdataset
from aahq_builder.publish.inventory import Inventory, SplitCounts, history_of, read_stated
from aahq_builder.publish.release_files import ReleaseFiles
from aahq_builder.publish.row_digests import ROWS, RowDigests, read_row_digests
from aahq_builder.publish.rows import ReleaseRow, Selection

WRITERS: dict[tuple[str, str], Callable[[ReleaseFiles, Sequence[ReleaseRow]], None]] = {
    ("parquet", "urls"): parquet.write_urls,
    ("parquet", "pixels"): parquet.write,
    ("imagefolder", "pixels"): imagefolder.write,
    ("webdataset", "pixels"): webdataset.write,
    ("stylegan-zip", "pixels"): stylegan_zip.write,
    ("aahq", "urls"): aahq.write,
}
SETTINGS = (
    "content", "format", "license", "include_research", "split_share", "split_seed", "version", "title", "contact",
    "limit", "repo_id", "gated",
)  # fmt: skip
"""What shapes a release; the card names the repository and its gate."""


def write_release(
    build: Build, selection: Selection, config: PublishConfig, folder: Path, before: Path | None
) -> Inventory:
    """Write everything into an empty folder; `before` is the release that this one follows, where there is one."""
    with ReleaseFiles(folder) as files:
        _write_data(build, selection, config, files)
        history = _follow(build.journal, selection, config, files, before)
        inventory = _stated(build.journal, selection, config, history)
        card = make_card(build.journal, selection, config, inventory, files.hashes)
        for name, content in card.items():
            files.write(name, content)
        inventory = replace(inventory, files=dict(sorted(files.hashes.items())))
        inventory.write(folder)
        return inventory


def alignments(journal: Journal) -> list[dict[str, Any]]:
    """Settings and library versions of the runs that have cut faces out, each combination once, oldest first.

    `align_version` tells which rows were cut so; with the same libraries everybody cuts out the same bytes.
    """
    found: dict[str, dict[str, Any]] = {}
    for settings, versions in journal.execute(
        "SELECT config, versions FROM runs WHERE counts LIKE '{\"%' AND command NOT LIKE '%[removed]' ORDER BY started"
    ):
        config = json.loads(settings)
        if "mode" in config and "size" in config:
            crop = {"size": config["size"], "mode": config["mode"], **config.get("crop", {})}
            made = {"align_version": config.get("align_version"), **crop, "versions": json.loads(versions)}
            found.setdefault(json.dumps(made, sort_keys=True), made)
    return list(found.values())


def _write_data(build: Build, selection: Selection, config: PublishConfig, files: ReleaseFiles) -> None:
    with build.console.progress(len(selection.rows), "face") as progress:
        digests = RowDigests(progress.advance)
        WRITERS[config.format, config.content](files, [digests.watch(row) for row in selection.rows])
    digests.write(files)


def _stated(journal: Journal, selection: Selection, config: PublishConfig, history: Sequence[Changes]) -> Inventory:
    """The inventory, before its files are known."""
    return Inventory(
        version=config.version,
        settings={name: getattr(config, name) for name in SETTINGS},
        rows=len(selection.rows),
        pixels=len(selection.with_pixels),
        splits={name: _counts(selection, name) for name in selection.splits},
        left_out=dict(sorted(selection.left_out.items())),
        alignments=alignments(journal),
        history=history,
    )


def _follow(
    journal: Journal, selection: Selection, config: PublishConfig, files: ReleaseFiles, before: Path | None
) -> list[Changes]:
    """Write who is gone since the release before, and give the history: that of before, and what changed now."""
    if before is None or not (before / ROWS).exists():
        removed.write_removed(files, [])
        return []
    stated = read_stated(before)
    old, new = read_row_digests(before), read_row_digests(files.folder)
    gone = [
        removed.RemovedFace(
            removed.hashed(face_id),
            removed.hashed(str(old.at[face_id, "picture"])),
            removed.why_gone(journal, face_id, selection.reasons),
            config.version or "",
        )
        for face_id in old.index.difference(new.index)
    ]
    earlier = removed.read_removed(before)
    removed.write_removed(files, removed.carried(earlier, gone, new.index))
    reasons = [line.reason for line in gone]
    changes = Changes(
        version=config.version,
        since=stated.get("version"),
        removed_for={reason: reasons.count(reason) for reason in sorted(set(reasons))},
        **compare(old, new),  # type: ignore[arg-type]
    )
    is_new = changes.is_any or changes.version != changes.since
    return [changes, *history_of(stated)] if is_new else history_of(stated)


def _counts(selection: Selection, split: str) -> SplitCounts:
    rows = selection.of_split(split)
    grouping = selection.grouping
    groups = len({grouping.groups[row.artwork_id] for row in rows}) if grouping else None
    return SplitCounts(rows=len(rows), pixels=sum(row.pixels is not None for row in rows), groups=groups)
