"""AAHQ again, from the list that its authors gave out: what it takes, the faces that are left, and a list with hashes.

    python -m pipelines.reproduce_aahq AAHQ-dataset.json --i-have-a-legal-basis --contact me@example.org

The list holds addresses on ArtStation and four landmarks a face, no licences and no hashes. Its pictures are research
rows: nothing of theirs is published but where they are. A rerun goes on where the last one stopped.
"""

import json
import os
import shlex
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import tyro

from aahq_builder.cli import COMMANDS
from aahq_builder.config import FaceSize
from aahq_builder.errors import ADVICE, ErrorKind
from aahq_builder.rebuild.published_list import PublishedList
from aahq_builder.rebuild.report import REPORT
from aahq_builder.workdir import write_atomic
from blendgan.command import Command, CommonConfig, run
from blendgan.config import Count
from blendgan.console import Console
from blendgan.errors import UserError

ORIGINAL_MB, FACE_MB = 0.76, 0.96
"""Of a picture and of an aligned face of 1,024 px: AAHQ's 25,000 faces took 19 and 24 GB (its README)."""
REQUESTS_PER_S = 1.0
"""What a host that states no manners is asked at most."""
LINK_ROT = "link-rot.md"


@dataclass(frozen=True, kw_only=True)
class ReproduceAahqConfig(CommonConfig):
    """Settings of the recipe."""

    list: Annotated[Path, tyro.conf.Positional]
    """The authors' AAHQ-dataset.json, or another list of its form."""
    out: Path = Path("aahq-reproduced")
    """Folder of the recipe: the work folder, the report and the new list."""
    size: FaceSize = 1024
    """Side of the aligned faces, px."""
    limit: Count | None = None
    """Ask for at most this many pictures, to try it."""
    i_have_a_legal_basis: bool = False
    """You state that the law gives you a basis for research use."""
    permissions: Path | None = None
    """CSV of written permissions."""
    contact: str = field(default_factory=lambda: os.environ.get("AAHQ_CONTACT", ""))
    """Whom sites can write to (default from $AAHQ_CONTACT)."""
    endpoint: str | None = None
    """A server of your own that the list's addresses lead to, as http://127.0.0.1:8765."""
    rate: float | None = None
    """Requests per second and host (default: 1)."""

    @property
    def work(self) -> Path:
        """The build's work folder."""
        return self.out / "work"


def reproduce(config: ReproduceAahqConfig, console: Console) -> None:
    """Say what it takes, rebuild, tell what is left, and list that with hashes."""
    if not config.list.is_file():
        raise UserError(f"{config.list} does not exist; get AAHQ-dataset.json from the page of its authors")
    console.info(forecast(PublishedList(config.list), config))
    commands = [rebuild_words(config), publish_words(config)]
    if config.dry_run:
        for words in commands:
            console.result(command := f"aahq-build {shlex.join(words)}", command=command)
        return
    for name, *words in commands:
        code = run(f"aahq-build {name}", COMMANDS[name], words)
        if name == "rebuild" and (report := config.work / REPORT).exists():
            write_atomic(config.out / LINK_ROT, link_rot(report).encode())
        if code:
            raise UserError(f"aahq-build {name} ended with exit code {code}; mend that and run this again")
    faces = config.work / "rebuilt"
    console.result(f"faces are in {faces}, what became of the others in {config.out / LINK_ROT}", faces=str(faces))


def forecast(published: PublishedList, config: ReproduceAahqConfig) -> str:
    """What is asked of whom, and how long and large it becomes."""
    faces, hosts = Counter[str](), Counter[str]()
    for face in published.faces():
        faces[face.image_url] += 1
    for address in list(faces)[: config.limit]:
        hosts[urlsplit(address).hostname or ""] += 1
    if not hosts:
        raise UserError(f"{config.list} names no picture; give the authors' AAHQ-dataset.json")
    rate = REQUESTS_PER_S if config.rate is None else config.rate
    hours = max(hosts.values()) / rate / 3600 if rate else 0
    share = hosts.total() / len(faces)
    gigabytes = (hosts.total() * ORIGINAL_MB + faces.total() * share * FACE_MB * (config.size / 1024) ** 2) / 1000
    return (
        f"{faces.total():,} faces in {len(faces):,} pictures; {hosts.total():,} requests to {len(hosts)} hosts, "
        f"{hours:.1f} hours at {rate:g} a second, up to {gigabytes:.1f} GB"
    )


def rebuild_words(config: ReproduceAahqConfig) -> list[str]:
    """The command that fetches and cuts."""
    words = ["rebuild", str(config.list), "--size", str(config.size), "--work", str(config.work)]
    flags: dict[str, object] = {"limit": config.limit, "permissions": config.permissions, "rate": config.rate}
    flags |= {"contact": config.contact or None, "endpoint": config.endpoint}
    words += [word for name, value in flags.items() if value is not None for word in (f"--{name}", str(value))]
    return [*words, *(["--i-have-a-legal-basis"] if config.i_have_a_legal_basis else [])]


def publish_words(config: ReproduceAahqConfig) -> list[str]:
    """The command that lists what is left, with the hashes that the first list lacks; no pixels."""
    title = "AAHQ, as far as it can be had"
    return [
        "publish", "--include-research", "--title", title, "--to", str(config.out / "list"), "--work", str(config.work)
    ]  # fmt: skip


def link_rot(report: Path) -> str:
    """What became of the list's entries, as a Markdown table: how many, and what that means."""
    stated = json.loads(report.read_text("utf-8"))
    causes, total = stated["causes"], max(stated["entries"], 1)
    rows = [f"| {cause} | {count:,} | {count / total:.1%} | {_meaning(cause)} |" for cause, count in causes.items()]
    head = [f"# What is left of {stated['list']}", "", f"{stated['entries']:,} entries, each with one outcome.", ""]
    return "\n".join([*head, "| outcome | entries | share | |", "|---|---:|---:|---|", *rows, ""])


def _meaning(cause: str) -> str:
    own = {"rebuilt": "here, cut out as the list says", "not_fetched_yet": "run the same command again"}
    return own.get(cause) or (ADVICE[ErrorKind(cause)] if cause in list(ErrorKind) else "")


COMMAND = Command(
    config="pipelines.reproduce_aahq:ReproduceAahqConfig",
    stage="pipelines.reproduce_aahq:reproduce",
    summary="Reproduce AAHQ from its authors' list: forecast, rebuild, link rot, and a list with hashes.",
    example="python -m pipelines.reproduce_aahq AAHQ-dataset.json --i-have-a-legal-basis --contact me@example.org",
)

if __name__ == "__main__":
    sys.exit(run("python -m pipelines.reproduce_aahq", COMMAND, sys.argv[1:]))
