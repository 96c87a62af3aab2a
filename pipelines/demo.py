"""The whole system on real portraits, in the order a researcher would use it: `make demo`.

Portraits are served by a local test server and crawled over HTTP, aligned, filtered and mapped by style; a small
BlendGAN is trained on what was kept, draws, and is judged. Every step is one of the project's own commands, so all of
them resume.
"""

import contextlib
import json
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from aahq_builder.picture_files import picture_files
from aahq_builder.workdir import write_atomic
from blendgan.command import Command, run
from blendgan.console import Console
from blendgan.errors import UserError
from pipelines.demo_config import DemoConfig
from pipelines.demo_learning import copy_references, forget_another_split, judge, show_commands, train_commands
from pipelines.hostile_pictures import write_hostile_pictures
from pipelines.portraits import fetch_portraits, have_apt
from pipelines.report import write_report

CONTACT = "demo@localhost"
INTRODUCTION = (
    "Pictures were crawled over HTTP from {where}, faces aligned as in FFHQ, filtered and mapped by style. "
    "There are no photographs here and few artists. So a BlendGAN of the smallest size took the kept portraits for its "
    "faces, and for its artworks the same portraits as ten filters draw them, in folders that name the style. This "
    "shows what BlendGAN is about, at 32 px; it is not what a full training reaches."
)


@dataclass(frozen=True)
class Done:
    """A command that was run, for the report."""

    command: str
    seconds: float
    result: str


def demo(config: DemoConfig, console: Console) -> None:
    """Run every step and write `report.html`; a rerun resumes each of them."""
    if config.dry_run:
        for command in (*build_commands(config, "URL"), *train_commands(config), *show_commands(config)):
            console.result(command, command=command)
        return
    with serve(prepare_pictures(config, console), config) as url:
        crawl, *commands = build_commands(config, url)
        done = [call(crawl, console, needs_all=bool(url)), *(call(command, console) for command in commands)]
    forget_another_split(config)
    done += [call(command, console) for command in train_commands(config)]
    copy_references(config)
    done += [call(command, console) for command in show_commands(config)]
    judge(config, console)
    note_commands(config.work / "commands.json", done)
    where = "a local server" if url else "museums' open collections"
    report = write_report(config.out, INTRODUCTION.format(where=where))
    console.result(f"open {report} in a browser", report=str(report))


def prepare_pictures(config: DemoConfig, console: Console) -> Path | None:
    """The folder to serve: portraits, and eight pictures as the worst of the web serves them. None: crawl museums."""
    served = config.out / "served"
    if config.images is None and not have_apt():
        console.info("no apt-get here: crawling the museums' open collections instead of Wesnoth's portraits")
        return None
    if served.exists():
        return served
    portraits = config.images or config.portraits
    if config.images is None:
        console.info("fetching the portraits of Battle for Wesnoth (146 MB, once)")
        fetch_portraits(portraits)
    pictures = picture_files(portraits)
    if not pictures:
        raise UserError(f"{portraits} holds no pictures; give another folder")
    unfinished = config.out / "served.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(portraits, unfinished)
    write_hostile_pictures(unfinished / "hostile", pictures[len(pictures) // 2])
    unfinished.replace(served)
    return served


@contextlib.contextmanager
def serve(folder: Path | None, config: DemoConfig) -> Iterator[str]:
    """Serve the pictures on a loopback port, the same at every rerun; gives the URL of the listing."""
    if folder is None:
        yield ""
        return
    port = remembered_port(config.work / "port.txt")
    words = [program("aahq-build"), "testserver", "--path", str(folder), "--port", str(port), "--json"]
    words += ["--license", config.license] if config.images else []
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            ready = server.stdout.readline()
            if not ready:
                raise UserError(f"the test server did not start on port {port}; delete {config.work / 'port.txt'}")
            yield json.loads(ready)["url"]
        finally:
            server.terminate()


def remembered_port(note: Path) -> int:
    """A free port, chosen once: another port would be another site to the crawler."""
    if not note.exists():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            write_atomic(note, str(probe.getsockname()[1]).encode())
    return int(note.read_text())


def build_commands(config: DemoConfig, url: str) -> list[str]:
    """From the listing to a published dataset of kept faces."""
    work = shlex.quote(str(config.work))
    listing = f"html --url {url} --rate 0" if url else "--limit 400"
    return [
        f"aahq-build crawl {listing} --contact {CONTACT} --work {work}",
        f"aahq-build align --size {config.size} --work {work}",
        f"aahq-build filter --work {work}",
        f"aahq-build tsne --work {work}",
        f"aahq-build publish --to {work}/release --work {work}",
        f"aahq-build publish --to {shlex.quote(str(config.faces))} --content pixels --format imagefolder --work {work}",
    ]


def call(command: str, console: Console, *, needs_all: bool = True) -> Done:
    """Run one of the project's commands; its last line is its result.

    One that does not need all may have met a site that is out of reach today.
    """
    name, *options = shlex.split(command)
    console.info(f"\n$ {command}")
    began = time.monotonic()
    finished = subprocess.run([program(name), *options], stdout=subprocess.PIPE, text=True, check=False)
    if finished.returncode not in ((0,) if needs_all else (0, 1)):
        raise UserError(f"`{command}` ended with exit code {finished.returncode}; mend that and run the demo again")
    result = (finished.stdout.strip().splitlines() or [""])[-1]
    console.info(result)
    return Done(command, time.monotonic() - began, result)


def note_commands(note: Path, done: list[Done]) -> None:
    """Write down what was run; of a command that had nothing left to do, what it did the first time stays."""
    before = {step["command"]: Done(**step) for step in json.loads(note.read_text())} if note.exists() else {}
    kept = [max(step, before.get(step.command, step), key=lambda run: run.seconds) for step in done]
    write_atomic(note, json.dumps([asdict(step) for step in kept]).encode())


def program(name: str) -> str:
    """A console script of the environment this runs in."""
    return str(Path(sys.executable).with_name(name))


COMMAND = Command(
    config="pipelines.demo_config:DemoConfig",
    stage="pipelines.demo:demo",
    summary="Crawl, align, filter, map, publish, train and generate on real portraits.",
    example="python -m pipelines.demo --images my-portraits --gan-steps 2000",
)

if __name__ == "__main__":
    sys.exit(run("python -m pipelines.demo", COMMAND, sys.argv[1:]))
