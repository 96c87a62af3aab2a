"""The demo's second half: kept faces are drawn, a small BlendGAN learns from them, shows what it can, and is judged."""

import json
import shlex
import shutil
from dataclasses import asdict

from aahq_builder.workdir import write_atomic
from blendgan.console import Console
from blendgan.data.folder import picture_files
from blendgan.errors import UserError
from pipelines.demo_config import DemoConfig
from pipelines.drawing.drawing_styles import STYLES
from pipelines.split_faces import PARTS

ENCODER = "blendgan-train style-encoder --preset small --positives folder --data-changed"
SHORT_TRAINING = "--batch 8 --ema-half-life 150 --same-face-loss 0.5 --face-weight-start 0.25 --evaluate-every 1000000"
"""In place of the preset's, for a step of two thirds of its time: half the batch, whose average spans more steps, and
more room for style from the first (docs/training.md)."""
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


def style_commands(config: DemoConfig) -> list[str]:
    """From the published faces to drawings of them and the style encoder that learns from these.

    Where a later version keeps other faces than a folder's first run did, its trainings go on with them.
    """
    work, faces = shlex.quote(str(config.work)), shlex.quote(str(config.faces))
    places = {part: shlex.quote(str(config.judging.faces(part))) for part in PARTS}
    drawn = {part: shlex.quote(str(config.judging.drawings(part))) for part in PARTS}
    return [
        f"python -m pipelines.split_faces {faces} {work}/split",
        *(f"python -m pipelines.draw_portraits {places[part]} {drawn[part]}" for part in PARTS),
        f"{ENCODER} --artworks {drawn['train']} --steps {config.style_encoder_steps} --out {work}/runs/style-encoder",
    ]


def map_commands(config: DemoConfig) -> list[str]:
    """What the model can do without: the judge, the faces' map, and the release that shows it."""
    work, drawn, judge = (
        shlex.quote(str(place))
        for place in (config.work, config.judging.drawings("judge"), config.judging.judge.parent)
    )
    return [
        f"{ENCODER} --artworks {drawn} --seed 1 --steps {4 * config.style_encoder_steps} --out {judge}",
        f"aahq-build tsne --style-encoder {work}/runs/style-encoder/final --work {work}",
        f"aahq-build publish --to {work}/release --work {work}",
    ]


def gan_command(config: DemoConfig) -> str:
    """From faces and drawings to a model. The demo has no photographs, so the portraits serve as faces."""
    work, gan = shlex.quote(str(config.work)), shlex.quote(str(config.gan))
    faces, artworks = (shlex.quote(str(folder("train"))) for folder in (config.judging.faces, config.judging.drawings))
    return (
        f"blendgan-train gan --preset demo --faces {faces} --artworks {artworks}"
        f" --style-encoder {work}/runs/style-encoder/final --natural-steps {config.natural_steps}"
        f" --steps {config.gan_steps} {SHORT_TRAINING} --data-changed --out {gan}"
    )


def copy_references(config: DemoConfig) -> None:
    """One drawing in every style, of a face that no network saw drawn."""
    drawn, references = config.judging.drawings("held-out"), config.work / "references"
    references.mkdir(exist_ok=True)
    face = min(path.name for path in (drawn / min(STYLES)).glob("*.png"))
    for style in STYLES:
        write_atomic(references / f"{style}.png", (drawn / style / face).read_bytes())


def show_commands(config: DemoConfig) -> list[str]:
    """From the model to its pictures and numbers: ten faces in the ten styles, and in those of portraits."""
    work, gan = shlex.quote(str(config.work)), shlex.quote(str(config.gan))
    portraits = shlex.quote(str(config.judging.faces("held-out")))
    grid = f"blendgan-generate grid --model {gan}/final --num-faces 10 --num-styles 10 --truncation 1"
    return [
        f"{grid} --styles {work}/references --out {work}/samples/styles",
        f"{grid} --styles {portraits} --out {work}/samples/portraits",
        f"blendgan-eval {gan}/final --faces {shlex.quote(str(config.judging.faces('train')))}"
        f" --artworks {shlex.quote(str(config.judging.drawings('train')))} --num {config.measured_faces} --sources 5"
        f" --out {shlex.quote(str(config.evaluation))}",
    ]


def judge(config: DemoConfig, console: Console) -> None:
    """Write `figures.json`, what the model makes of style and face, unless it says so of this model already."""
    note, model = config.work / "figures.json", config.gan / "final"
    judged = json.loads((model / "run.json").read_text())
    if note.exists() and json.loads(note.read_text())["judged"] == judged:
        return
    console.info("\njudging style and faces by what the model never saw")
    figures = config.judging.figures(model, identity=False)
    write_atomic(note, json.dumps({"judged": judged, **asdict(figures)}).encode())
