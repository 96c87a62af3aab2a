"""The demo's second half: kept faces are drawn, a small BlendGAN learns from them, shows what it can, and is judged."""

import json
import shlex
import shutil
from dataclasses import asdict

from aahq_builder.workdir import write_atomic
from blendgan.console import Console
from blendgan.data.folder import picture_files
from blendgan.errors import UserError
from pipelines.commands import SideBySide
from pipelines.demo_config import DemoConfig
from pipelines.drawing.drawing_styles import STYLES
from pipelines.split_faces import PARTS

TRAIN_ENCODER = "blendgan-train style-encoder --preset small --positives folder --data-changed"
MIN_FACES = 17
"""Of fewer, no two are left to train the judge on, or no three to be held out."""


def forget_another_split(config: DemoConfig) -> None:
    """Divide and draw anew where other faces were kept than the last time; too few to learn from are an error."""
    split = config.work / "split"
    kept = {path.name for path in picture_files(config.faces)}
    divided = {path.name for path in picture_files(split)} if split.exists() else set()
    if len(kept) < MIN_FACES:
        raise UserError(f"{len(kept)} faces were kept, and learning needs {MIN_FACES}; give more --images")
    if kept != divided:
        for name in ("split", "drawn"):
            shutil.rmtree(config.work / name, ignore_errors=True)


def train_commands(config: DemoConfig) -> list[SideBySide]:
    """From the published faces to drawings of them, their map by style, the release that shows it, and a model.

    The demo has no photographs, so the portraits serve as faces. Where a later version keeps other faces than a
    folder's first run did, its trainings go on with them.
    """
    work, faces, judging = shlex.quote(str(config.work)), shlex.quote(str(config.faces)), config.judging
    places = {part: shlex.quote(str(judging.faces(part))) for part in PARTS}
    drawn = {part: shlex.quote(str(judging.drawings(part))) for part in PARTS}
    gan, judge, encoder = (shlex.quote(str(run)) for run in (config.gan, judging.judge.parent, config.style_encoder))
    steps = config.style_encoder_steps
    return [
        [[f"python -m pipelines.split_faces {faces} {work}/split"]],
        [[f"python -m pipelines.draw_portraits {places[part]} {drawn[part]}"] for part in PARTS],
        [
            [
                f"{TRAIN_ENCODER} --artworks {drawn['train']} --steps {steps} --out {encoder}",
                f"aahq-build tsne --style-encoder {encoder}/final --work {work}",
                f"aahq-build publish --to {work}/release --work {work}",
            ],
            [f"{TRAIN_ENCODER} --artworks {drawn['judge']} --seed 1 --steps {4 * steps} --out {judge}"],
        ],
        [
            [
                f"blendgan-train gan --preset demo --faces {places['train']} --artworks {drawn['train']}"
                f" --style-encoder {encoder}/final --natural-steps {config.natural_steps} --steps {config.gan_steps}"
                f" --data-changed --out {gan}"
            ]
        ],
    ]


def copy_references(config: DemoConfig) -> None:
    """One drawing in every style, of a face that no network saw drawn."""
    drawn, references = config.judging.drawings("held-out"), config.work / "references"
    references.mkdir(exist_ok=True)
    face = min(path.name for path in (drawn / min(STYLES)).glob("*.png"))
    for style in STYLES:
        write_atomic(references / f"{style}.png", (drawn / style / face).read_bytes())


def show_commands(config: DemoConfig) -> SideBySide:
    """From the model to its pictures and numbers: ten faces in the ten styles, and in those of portraits."""
    work, gan = shlex.quote(str(config.work)), shlex.quote(str(config.gan))
    portraits = shlex.quote(str(config.judging.faces("held-out")))
    grid = f"blendgan-generate grid --model {gan}/final --num-faces 10 --num-styles 10 --truncation 1"
    evaluation = (
        f"blendgan-eval {gan}/final --faces {shlex.quote(str(config.judging.faces('train')))}"
        f" --artworks {shlex.quote(str(config.judging.drawings('train')))} --num {config.measured_faces} --sources 5"
        f" --out {shlex.quote(str(config.evaluation))}"
    )
    grids = [
        f"{grid} --styles {work}/references --out {work}/samples/styles",
        f"{grid} --styles {portraits} --out {work}/samples/portraits",
    ]
    return [grids, [evaluation]]


def judge(config: DemoConfig, console: Console) -> None:
    """Write `figures.json`, what the model makes of style and face, unless it says so of this model already."""
    note, model = config.work / "figures.json", config.gan / "final"
    judged = json.loads((model / "run.json").read_text())
    if note.exists() and json.loads(note.read_text())["judged"] == judged:
        return
    console.info("\njudging style and faces by what the model never saw")
    figures = config.judging.figures(model, identity=False)
    write_atomic(note, json.dumps({"judged": judged, **asdict(figures)}).encode())
