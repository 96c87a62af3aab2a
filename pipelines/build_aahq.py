"""A data set like AAHQ from open collections: crawl, align, filter, map, let people review, publish.

`--scale small` runs all of it in minutes on portraits that this machine serves to itself; `--scale full` asks museums
for days and needs somebody to answer for it. Every step is one of the project's own commands, so a rerun goes on.
"""

import os
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from aahq_builder.decisions import human_verdicts
from aahq_builder.journal import Journal
from aahq_builder.records import Face
from aahq_builder.workdir import WorkDir
from blendgan.command import Command, CommonConfig, run
from blendgan.config import Count
from blendgan.console import Console
from blendgan.errors import UserError
from pipelines.commands import announce, call, note_commands
from pipelines.local_museum.server import LocalMuseum

LOCAL_CONTACT = "demo@localhost"
WORKS = 132_000
"""Works to list for 33,000 faces, as many as AAHQ has, where one in four shows a face that is kept (docs/scale.md)."""
SIZES = {"small": 256, "full": 1024}
"""Side of the aligned faces, px."""


@dataclass(frozen=True, kw_only=True)
class BuildAahqConfig(CommonConfig):
    """Settings of the recipe."""

    scale: Literal["small", "full"] = "small"
    """small: this machine's own portraits, in minutes; full: museums' open collections, for days."""
    out: Path = Path("aahq")
    """Folder of the recipe: the work folder and the release."""
    works: Count = WORKS
    """Works to list at full scale, over all museums; it can be raised later."""
    images: Path | None = None
    """Folder of pictures for the small scale (default: the portraits of Battle for Wesnoth)."""
    license: str = "CC0-1.0"
    """SPDX licence that the local server states for pictures of --images."""
    reviewed: bool = False
    """People have looked at the faces (aahq-build review): publish them. The small scale does not wait for it."""
    version: str = "1.0.0"
    """Version of the release."""
    contact: str = field(default_factory=lambda: os.environ.get("AAHQ_CONTACT", ""))
    """Whom museums and artists can write to (full scale; default from $AAHQ_CONTACT)."""
    repo_id: str | None = None
    """Dataset on the Hugging Face Hub to upload the release to, ORG/NAME."""

    @property
    def work(self) -> Path:
        """The build's work folder."""
        return self.out / "work"

    @property
    def release(self) -> Path:
        """The published dataset: rows, and the faces whose licence allows it."""
        return self.out / "release"

    @property
    def museum(self) -> LocalMuseum:
        """What the small scale crawls."""
        return LocalMuseum.below(self.out, self.images, self.license)

    def check(self) -> None:
        """What must go together."""
        super().check()
        if self.scale == "full" and not self.contact:
            raise UserError("--scale full asks museums for days; give --contact, where they can reach you")


def build_aahq(config: BuildAahqConfig, console: Console) -> None:
    """Run every step, up to the review and, once people have looked, to the release."""
    if config.dry_run:
        announce((crawl_command(config, "URL"), *face_commands(config), publish_command(config)), console)
        return
    done = []
    if config.scale == "small":
        config.museum.prepare(console)
        with config.museum.serve() as url:
            done.append(call(crawl_command(config, url), console))
    else:
        # a site that is out of reach today is asked again by the next run
        done.append(call(crawl_command(config), console, needs_all=False))
    done += [call(command, console) for command in face_commands(config)]
    if may_be_published(config, console):
        done.append(call(publish_command(config), console))
        console.result(f"the release is in {config.release}", release=str(config.release))
    note_commands(config.work / "commands.json", done)


def crawl_command(config: BuildAahqConfig, url: str = "") -> str:
    """From museums' listings to pictures with their rights."""
    work = shlex.quote(str(config.work))
    if config.scale == "small":
        return f"aahq-build crawl html --url {url} --rate 0 --contact {LOCAL_CONTACT} --work {work}"
    return f"aahq-build crawl --limit {config.works} --contact {shlex.quote(config.contact)} --work {work}"


def face_commands(config: BuildAahqConfig) -> list[str]:
    """From pictures to kept faces and their style map; people's verdicts outlive every rerun."""
    work = shlex.quote(str(config.work))
    return [
        f"aahq-build align --size {SIZES[config.scale]} --work {work}",
        f"aahq-build filter --report --work {work}",
        f"aahq-build tsne --work {work}",
    ]


def may_be_published(config: BuildAahqConfig, console: Console) -> bool:
    """Whether people have looked, where that is asked for; else says what they are to do."""
    with Journal(WorkDir(config.work).database, read_only=True) as journal:
        decided = len(human_verdicts(journal))
        kept = journal.count(Face, "rejected = '' AND path IS NOT NULL")
    if config.reviewed and not decided:
        raise UserError("--reviewed says that people have looked, and nobody has decided about a face; leave it out")
    if config.scale == "full" and not config.reviewed:
        console.result(
            f"{kept} faces are kept and {decided} were decided about by people: look at them with "
            f"`aahq-build review --work {config.work}`, then run this again with --reviewed",
            kept=kept,
            decided=decided,
        )
        return False
    return True


def publish_command(config: BuildAahqConfig) -> str:
    """From kept faces to a release."""
    words = ["--content", "pixels", "--version", config.version, "--to", str(config.release)]
    words += ["--contact", config.contact] if config.contact else []
    words += ["--repo-id", config.repo_id] if config.repo_id else []
    return f"aahq-build publish {shlex.join(words)} --work {shlex.quote(str(config.work))}"


COMMAND = Command(
    config="pipelines.build_aahq:BuildAahqConfig",
    stage="pipelines.build_aahq:build_aahq",
    summary="Open collections to a reviewed release of artistic faces.",
    example="python -m pipelines.build_aahq --scale full --contact me@example.org --out aahq",
)

if __name__ == "__main__":
    sys.exit(run("python -m pipelines.build_aahq", COMMAND, sys.argv[1:]))
