"""The whole system on real portraits, in the order a researcher would use it: `make demo`.

Portraits are served by a local test server and crawled over HTTP, aligned, filtered and mapped by style; a small
BlendGAN is trained on what was kept, draws, and is judged. Every step is one of the project's own commands, so all of
them resume.
"""

import contextlib
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from aahq_builder.picture_files import picture_files
from aahq_builder.workdir import write_atomic
from blendgan.command import Command, CommonConfig, run
from blendgan.config import Count
from blendgan.console import Console
from blendgan.errors import UserError
from pipelines.drawing_styles import STYLES
from pipelines.hostile_pictures import write_hostile_pictures
from pipelines.judging import Judging
from pipelines.portraits import fetch_portraits, have_apt
from pipelines.report import write_report
from pipelines.split_faces import PARTS

CONTACT = "demo@localhost"
INTRODUCTION = (
    "Pictures were crawled over HTTP from a local server, faces aligned as in FFHQ, filtered and mapped by style. "
    "There are no photographs here and few artists. So a BlendGAN of the smallest size took the kept portraits for its "
    "faces, and for its artworks the same portraits as ten filters draw them, in folders that name the style. This "
    "shows what BlendGAN is about, at 32 px; it is not what a full training reaches."
)
MIN_FACES = 17
"""Of fewer, no two are left to train the judge on, or no three to be held out."""


def default_images() -> Path | None:
    """`$DEMO_IMAGES`, a folder of one's own pictures."""
    return Path(os.environ["DEMO_IMAGES"]) if os.environ.get("DEMO_IMAGES") else None


@dataclass(frozen=True, kw_only=True)
class DemoConfig(CommonConfig):
    """Settings of the demo."""

    out: Path = Path("demo")
    """Folder of the demo: pictures, work folder and report."""
    images: Path | None = field(default_factory=default_images)
    """Folder of pictures to use instead of the portraits of Battle for Wesnoth (default from $DEMO_IMAGES)."""
    license: str = "CC0-1.0"
    """SPDX licence that the local server states for pictures of --images."""
    size: int = 256
    """Side of the aligned faces, px."""
    style_encoder_steps: Count = 400
    """Training steps of the style encoder and of the judge."""
    natural_steps: Count = 1400
    """Training steps of natural faces alone."""
    gan_steps: Count = 3200
    """Training steps of the generator and its three discriminators, those of natural faces included."""

    @property
    def work(self) -> Path:
        """The build's work folder; the training runs lie in it too."""
        return self.out / "work"

    @property
    def portraits(self) -> Path:
        """The portraits of Battle for Wesnoth, as fetched."""
        return self.out / "portraits"

    @property
    def faces(self) -> Path:
        """The kept faces, published as pictures."""
        return self.work / "faces-release"

    @property
    def judging(self) -> Judging:
        """The kept faces in parts (to train on, to train the judge on, held out), their drawings, and the judge."""
        return Judging(self.work)

    @property
    def gan(self) -> Path:
        """The run of the generator; its model is in `final`."""
        return self.work / "runs" / "gan"


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
        done = [call(command, console) for command in build_commands(config, url)]
    forget_another_split(config)
    done += [call(command, console) for command in train_commands(config)]
    copy_references(config)
    done += [call(command, console) for command in show_commands(config)]
    judge(config, console)
    note_commands(config.work / "commands.json", done)
    report = write_report(config.out, INTRODUCTION)
    console.result(f"open {report} in a browser", report=str(report))


def prepare_pictures(config: DemoConfig, console: Console) -> Path | None:
    """The folder to serve: portraits, and eight pictures as the worst of the web serves them. None: crawl the Met."""
    served = config.out / "served"
    if config.images is None and not have_apt():
        console.info("no apt-get here: crawling the Met's open collection instead of Wesnoth's portraits")
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
    listing = f"html --url {url} --rate 0" if url else "met --limit 400"
    return [
        f"aahq-build crawl {listing} --contact {CONTACT} --work {work}",
        f"aahq-build align --size {config.size} --work {work}",
        f"aahq-build filter --work {work}",
        f"aahq-build tsne --work {work}",
        f"aahq-build publish --to {work}/release --work {work}",
        f"aahq-build publish --to {shlex.quote(str(config.faces))} --content pixels --format imagefolder --work {work}",
    ]


def train_commands(config: DemoConfig) -> list[str]:
    """From the published faces to drawings of them and a trained model.

    The demo has no photographs, so the portraits serve as faces. Where a later version keeps other faces than a
    folder's first run did, its trainings go on with them.
    """
    work, faces, judging = shlex.quote(str(config.work)), shlex.quote(str(config.faces)), config.judging
    places = {part: shlex.quote(str(judging.faces(part))) for part in PARTS}
    drawn = {part: shlex.quote(str(judging.drawings(part))) for part in PARTS}
    gan, judge = shlex.quote(str(config.gan)), shlex.quote(str(judging.judge.parent))
    encoders = {f"{work}/runs/style-encoder": drawn["train"], judge: f"{drawn['judge']} --seed 1"}
    return [
        f"python -m pipelines.split_faces {faces} {work}/split",
        *(f"python -m pipelines.draw_portraits {places[part]} {drawn[part]}" for part in PARTS),
        *(
            f"blendgan-train style-encoder --preset small --positives folder --artworks {artworks}"
            f" --steps {config.style_encoder_steps} --data-changed --out {out}"
            for out, artworks in encoders.items()
        ),
        f"blendgan-train gan --preset demo --faces {places['train']} --artworks {drawn['train']}"
        f" --style-encoder {work}/runs/style-encoder/final --natural-steps {config.natural_steps}"
        f" --steps {config.gan_steps} --data-changed --out {gan}",
    ]


def show_commands(config: DemoConfig) -> list[str]:
    """From the model to its pictures: ten faces in the ten styles, and in the styles of portraits as they are."""
    work, gan = shlex.quote(str(config.work)), shlex.quote(str(config.gan))
    portraits = shlex.quote(str(config.judging.faces("held-out")))
    grid = f"blendgan-generate grid --model {gan}/final --num-faces 10 --num-styles 10 --truncation 1"
    return [
        f"{grid} --styles {work}/references --out {work}/samples/styles",
        f"{grid} --styles {portraits} --out {work}/samples/portraits",
    ]


def forget_another_split(config: DemoConfig) -> None:
    """Divide and draw anew where other faces were kept than the last time; too few to learn from are an error."""
    kept, divided = ({path.name for path in picture_files(folder)} for folder in (config.faces, config.work / "split"))
    if len(kept) < MIN_FACES:
        raise UserError(f"{len(kept)} faces were kept, and learning needs {MIN_FACES}; give more --images")
    if kept != divided:
        for name in ("split", "drawn"):
            shutil.rmtree(config.work / name, ignore_errors=True)


def copy_references(config: DemoConfig) -> None:
    """One drawing in every style, of a face that no network saw drawn."""
    drawn, references = config.judging.drawings("held-out"), config.work / "references"
    references.mkdir(exist_ok=True)
    face = min(path.name for path in (drawn / min(STYLES)).glob("*.png"))
    for style in STYLES:
        write_atomic(references / f"{style}.png", (drawn / style / face).read_bytes())


def judge(config: DemoConfig, console: Console) -> None:
    """Write `figures.json`, what the model makes of style and face, unless it says so of this model already."""
    note, model = config.work / "figures.json", config.gan / "final"
    judged = json.loads((model / "run.json").read_text())
    if note.exists() and json.loads(note.read_text())["judged"] == judged:
        return
    console.info("\njudging style and faces by what the model never saw")
    figures = config.judging.figures(model, identity=False)
    write_atomic(note, json.dumps({"judged": judged, **asdict(figures)}).encode())


def call(command: str, console: Console) -> Done:
    """Run one of the project's commands; its last line is its result."""
    name, *options = shlex.split(command)
    console.info(f"\n$ {command}")
    began = time.monotonic()
    finished = subprocess.run([program(name), *options], stdout=subprocess.PIPE, text=True, check=False)
    if finished.returncode:
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
    config="pipelines.demo:DemoConfig",
    stage="pipelines.demo:demo",
    summary="Crawl, align, filter, map, publish, train and generate on real portraits.",
    example="python -m pipelines.demo --images my-portraits --gan-steps 2000",
)

if __name__ == "__main__":
    sys.exit(run("python -m pipelines.demo", COMMAND, sys.argv[1:]))
