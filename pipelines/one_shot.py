"""Figure 5 of the supplementary material (section E): unseen styles, before and after one-shot fine-tuning.

    python -m pipelines.one_shot --scale small
    python -m pipelines.one_shot --scale full --references strange --model models/blendgan --faces ffhq

Each reference gets a model of its own: the generator and the discriminators learn on from the one picture, the style
encoder stays. The figure shows the same faces in the reference's style by the model before and by the model after.
"""

import shlex
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from blendgan.checkpoints.store import load_style_encoder
from blendgan.command import Command, run
from blendgan.config import Count
from blendgan.console import Console
from blendgan.data.folder import open_folder
from blendgan.data.pixels import resize
from blendgan.errors import UserError
from blendgan.inference.config import GridConfig
from blendgan.inference.pictures import picture_paths
from blendgan.inference.session import Session
from blendgan.metrics.styles import cosines, gram_distances
from blendgan.networks.style_encoder import StyleEncoder
from pipelines.commands import announce, call
from pipelines.draw_portraits import save_whole
from pipelines.paper.config import PaperConfig
from pipelines.paper.grid import LARGEST, Painted, Proportion, faces_found, paint
from pipelines.paper.record import model_facts, model_in_words, save_figure
from pipelines.paper.sheet import Cell, Figure
from pipelines.paper.unseen_styles import UNSEEN_STYLES

DRAWN_PX = 128
"""Side of the small scale's references."""
SMALL = "--batch 4 --same-face-loss 0.7 --r1-gamma 1 --ema-half-life 30 --noise-rate 0 --path-every 16"
"""What of the settings is other than the supplementary material's; most are those of the demo's own training."""
SMALL_STEPS = 100
"""With more, at 32 px, all faces become that of the reference."""
MEASURED = 16
"""Faces that style is measured of."""


@dataclass(frozen=True, kw_only=True)
class OneShotConfig(PaperConfig):
    """Flags of `pipelines.one_shot`."""

    references: Path | None = None
    """Folder of references, one picture for each style (default at the small scale: held-out portraits of the demo in
    styles that its model never saw)."""
    faces: Path | None = None
    """Square photographs of faces, for D_face (default at the small scale: the demo's)."""
    judge: Path | None = None
    """Folder with a style encoder that judges (default: at the small scale the demo's judge, which conditioned no
    model; else the model's own)."""
    steps: Count | None = None
    """Steps of each fine-tuning (default 1000; 100 at the small scale)."""
    num_faces: Count = 6
    """Columns."""
    out: Path = Path("figures/one-shot")
    """Folder for references, fine-tuned models and the figure."""

    @property
    def judge_folder(self) -> Path:
        """Who says how alike styles are."""
        if self.judge is None and not self.is_small:
            return self.model_folder
        return self.given(self.judge, "judge/final", "--judge")


def one_shot(config: OneShotConfig, console: Console) -> None:
    """Fine-tune for every reference and draw the figure; a rerun goes on where the last one stopped."""
    references = references_of(config)
    commands = [finetune_command(config, name, path) for name, path in references.items()]
    judge = config.judge_folder
    if config.dry_run:
        announce(commands, console)
        console.result(f"then figure-5.png into {config.out}, judged by {judge}")
        return
    for command in commands:
        call(command, console)
    draw(config, references, judge, console)


def references_of(config: OneShotConfig) -> Mapping[str, Path]:
    """The references by name; those of the small scale are drawn where they are missing."""
    if config.references is not None:
        return picture_paths(config.references)
    if not config.is_small:
        raise UserError("--scale full needs --references; --scale small draws some")
    held_out = config.given(None, "split/held-out", "--references")
    if not config.dry_run:
        draw_references(held_out, config.out / "references")
    return {name: config.out / "references" / f"{name}.png" for name in UNSEEN_STYLES}


def draw_references(held_out: Path, target: Path) -> None:
    """A picture in each unseen style, of another face each; those that lie there are kept."""
    faces = open_folder(held_out, DRAWN_PX)
    for number, (name, style) in enumerate(UNSEEN_STYLES.items()):
        path = target / f"{name}.png"
        if not path.exists():
            save_whole(style(faces.read(3 * number % len(faces))), path)


def finetune_command(config: OneShotConfig, name: str, reference: Path) -> str:
    """What makes the model of a reference."""
    faces = shlex.quote(str(config.given(config.faces, "split/train", "--faces")))
    steps = config.steps or (SMALL_STEPS if config.is_small else None)
    words = [
        f"blendgan-train finetune --model {shlex.quote(str(config.model_folder))} --faces {faces}",
        f"--reference {shlex.quote(str(reference))}",
        SMALL if config.is_small else "",
        f"--steps {steps}" if steps else "",
        f"--seed {config.seed} --out {shlex.quote(str(config.out / 'runs' / name))}",
    ]
    return " ".join(word for word in words if word)


@dataclass(frozen=True)
class Likeness:
    """How alike pictures are to a reference in style, and how many kept their face; means over `MEASURED` faces."""

    cosine: float
    """Of style codes."""
    gram_distance: float
    """Of Gram vectors, 0 to 1."""
    kept: list[Proportion]


def draw(config: OneShotConfig, references: Mapping[str, Path], judge: Path, console: Console) -> None:
    """Figure 5: faces in every reference's style, before and after."""
    model = config.model_folder
    encoder = load_style_encoder(judge)
    rows: dict[str, list[Cell]] = {}
    found: dict[str, dict[str, Likeness]] = {}
    for name, path in references.items():
        tuned = config.out / "runs" / name / "final"
        before, reference = painted_by(config, model, path, console)
        after, _ = painted_by(config, tuned, path, console)
        unstyled = replace(before, styled=before.natural[None])
        pictures = {"natural": unstyled, "before": before, "after": after}
        found[name] = {when: likeness(encoder, painted, reference) for when, painted in pictures.items()}
        rows.setdefault("natural", [None, *before.natural[: config.num_faces]])
        rows[f"{name}, before"] = [reference, *before.styled[0, : config.num_faces]]
        rows[f"{name}, after"] = [None, *after.styled[0, : config.num_faces]]
    session = Session(GridConfig(model=model, out=config.out, seed=config.seed), console)
    steps = {model_facts(config.out / "runs" / name / "final")["step"] for name in references}
    caption = (
        f"Before: {model_in_words(model)}. After: fine-tuned for {', '.join(map(str, sorted(steps)))} steps on the one "
        f"reference. Seed {config.seed}, indicator i = {session.indicator} of {session.settings.num_layers}, "
        f"truncation {session.truncation}. Judge of style: {judge}, of {MEASURED} faces.",
        *(f"{name}: {in_words(measures)}." for name, measures in found.items()),
    )
    columns = ["reference", *(f"face {number}" for number in range(config.num_faces))]
    figure = Figure(columns, list(rows), list(rows.values()), caption, session.size)
    facts = model_facts(model) | {"seed": config.seed, "judge": str(judge), "measured_faces": MEASURED}
    facts["styles"] = {
        name: {when: asdict(measure) for when, measure in measures.items()} for name, measures in found.items()
    }
    save_figure(config.out / "figure-5.png", figure, facts, console)


def painted_by(
    config: OneShotConfig, model: Path, reference: Path, console: Console
) -> tuple[Painted, Float[Tensor, "3 size size"]]:
    """Random faces in the style of one picture, and that picture."""
    wanted = GridConfig(model=model, out=config.out, styles=reference, seed=config.seed)
    session = Session(wanted, replace(console, verbosity=-1))
    faces, styles = session.some(session.faces(max(MEASURED, config.num_faces))), session.some(session.styles())
    picture = session.picture(styles[0])
    assert picture is not None
    return paint(session, faces, styles), resize(picture, min(session.size, LARGEST))


@torch.inference_mode()
def likeness(encoder: StyleEncoder, painted: Painted, reference: Float[Tensor, "3 size size"]) -> Likeness:
    """Of the pictures in the one style."""
    styled = painted.styled[0]
    cosine = cosines(encoder(styled), encoder(reference[None]).expand(len(styled), -1))
    distance = gram_distances(encoder.gram(styled), encoder.gram(reference[None]).expand(len(styled), -1))
    return Likeness(float(cosine.mean()), float(distance.mean()), faces_found(painted))


def in_words(found: Mapping[str, Likeness]) -> str:
    """The measures as a sentence."""
    cosine = ", ".join(f"{when} {measure.cosine:.2f}" for when, measure in found.items())
    distance = ", ".join(f"{when} {measure.gram_distance:.2f}" for when, measure in found.items())
    kept = [share for when, measure in found.items() if when == "after" for share in measure.kept]
    return f"cosine of style codes {cosine}; Gram distance {distance}; after: {'; '.join(map(str, kept))}"


COMMAND = Command(
    config="pipelines.one_shot:OneShotConfig",
    stage="pipelines.one_shot:one_shot",
    summary="Draw figure 5: one-shot fine-tuning in styles that the model never saw.",
    example="python -m pipelines.one_shot --scale small",
)

if __name__ == "__main__":
    sys.exit(run("python -m pipelines.one_shot", COMMAND, sys.argv[1:]))
