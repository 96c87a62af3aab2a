"""Figure 4 of the supplementary material (section D): Gram vectors as style codes against those of the style encoder.

    python -m pipelines.compare_style_codes --scale small
    python -m pipelines.compare_style_codes --scale full --model models/stylegan2
        --style-encoder runs/style/final --faces ffhq --artworks paintings --drawings drawn --drawn-faces faces

Two generators are trained alike from one start; only what they take for a style code differs. The figure shows the same
faces by both, all layers open to style (i = 0), in references that come in pairs: one style, two faces. What differs
within a pair has leaked from the reference. How much leaks is measured of the codes and of the pictures, by drawings
whose faces and styles are known.
"""

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from blendgan.command import Command, run
from blendgan.config import Count
from blendgan.console import Console
from pipelines.commands import announce, call
from pipelines.paper.config import PaperConfig
from pipelines.paper.leak import compare
from pipelines.paper.record import model_facts, model_in_words, save_figure, shares_noted
from pipelines.paper.sheet import Cell, Figure

CODES: tuple[Literal["gram", "encoder"], ...] = ("gram", "encoder")
NAMES = {"gram": "Gram vectors", "encoder": "style encoder"}
SMALL = (
    "--preset demo --natural-steps 0 --mismatch-loss 0 --same-face-loss 0 --face-weight-coarse-layers 0"
    " --batch 16 --learning-rate 0.003"
)
"""The demo's settings without what is ours (no loss looks for mismatched codes or keeps the face, and styles may act on
shapes from the beginning), with the batches and the learning rate that docs/figures.md was measured with."""
SMALL_STEPS = 280
SHOWN_STYLES, SHOWN_REFERENCES = 3, 2


@dataclass(frozen=True, kw_only=True)
class CompareStyleCodesConfig(PaperConfig):
    """Flags of `pipelines.compare_style_codes`. Trainings start from the natural half of --model."""

    style_encoder: Path | None = None
    """Folder with the trained style encoder (default at the small scale: the demo's)."""
    faces: Path | None = None
    """Square photographs to train on (default at the small scale: the demo's)."""
    artworks: Path | None = None
    """Square artworks to train on (default at the small scale: the demo's drawings)."""
    drawings: Path | None = None
    """References, STYLE/FACE.png: faces that nothing was trained on, each in every style (default at the small scale:
    the demo's held-out drawings; `pipelines.draw_portraits` makes some)."""
    drawn_faces: Path | None = None
    """The same faces undrawn (default at the small scale: the demo's held-out faces)."""
    steps: Count | None = None
    """Steps of each training (default: the preset's; 280 at the small scale)."""
    num_faces: Count = 6
    """Faces that are shown and measured."""
    out: Path = Path("figures/style-codes")
    """Folder for both trainings and the figure."""

    def run_of(self, code: str) -> Path:
        """The training with these codes."""
        return self.out / "runs" / code


def compare_style_codes(config: CompareStyleCodesConfig, console: Console) -> None:
    """Train both and draw the figure; a rerun goes on where the last one stopped."""
    drawings = config.given(config.drawings, "drawn/held-out", "--drawings")
    undrawn = config.given(config.drawn_faces, "split/held-out", "--drawn-faces")
    commands = [training(config, code) for code in CODES]
    if config.dry_run:
        announce(commands, console)
        console.result(f"then figure-4.png into {config.out}, references from {drawings}")
        return
    for command in commands:
        call(command, console)
    draw(config, drawings, undrawn, console)


def training(config: CompareStyleCodesConfig, code: str) -> str:
    """What makes the model that takes these codes."""
    steps = config.steps or (SMALL_STEPS if config.is_small else None)
    words = [
        "blendgan-train gan",
        SMALL if config.is_small else "--preset paper",
        f"--steps {steps}" if steps else "",
        f"--init {shlex.quote(str(config.model_folder))}",
        f"--faces {shlex.quote(str(config.given(config.faces, 'split/train', '--faces')))}",
        f"--artworks {shlex.quote(str(config.given(config.artworks, 'drawn/train', '--artworks')))}",
        "--style-encoder",
        shlex.quote(str(config.given(config.style_encoder, "runs/style-encoder/final", "--style-encoder"))),
        f"--style-codes {code} --seed {config.seed} --out {shlex.quote(str(config.run_of(code)))}",
    ]
    return " ".join(word for word in words if word)


def draw(config: CompareStyleCodesConfig, drawings: Path, undrawn: Path, console: Console) -> None:
    """Figure 4: rows are faces; columns the references, once by each model."""
    models = {code: config.run_of(code) / "final" for code in CODES}
    found = {}
    for code, model in models.items():
        console.info(f"measuring what {model} takes from its references")
        found[code] = compare(model, drawings, undrawn, config.num_faces, config.seed)
    references = found["gram"].drawings
    shown = [(s, f) for s in evenly(len(references.styles), SHOWN_STYLES) for f in range(SHOWN_REFERENCES)]
    pictures = references.read(found["gram"].side)
    columns, top, rows = list[str](), list[Cell](), [list[Cell]() for _ in range(config.num_faces)]
    for code, compared in found.items():
        columns += [f"{NAMES[code]}: natural", *(f"{references.styles[s]} of face {f}" for s, f in shown)]
        top += [None, *(pictures[s, f] for s, f in shown)]
        for number, row in enumerate(rows):
            row += [compared.natural[number], *(compared.painted[number, s, f] for s, f in shown)]
    caption = (
        f"Left: {NAMES['gram']} ({model_in_words(models['gram'])}). Right: {NAMES['encoder']} "
        f"({model_in_words(models['encoder'])}). Both start from {model_in_words(config.model_folder)}. Seed "
        f"{config.seed}, indicator i = 0.",
        *(f"{NAMES[code]}: {'; '.join(map(str, compared.shares))}." for code, compared in found.items()),
    )
    labels = ["reference", *(f"latent {number}" for number in range(config.num_faces))]
    figure = Figure(columns, labels, [top, *rows], caption, found["gram"].side)
    facts = {"seed": config.seed, "init": model_facts(config.model_folder)} | {
        code: model_facts(models[code]) | shares_noted(compared.shares) for code, compared in found.items()
    }
    save_figure(config.out / "figure-4.png", figure, facts, console)


def evenly(count: int, wanted: int) -> list[int]:
    """So many of the numbers below `count`, spread over them."""
    wanted = min(count, wanted)
    return [number * count // wanted for number in range(wanted)]


COMMAND = Command(
    config="pipelines.compare_style_codes:CompareStyleCodesConfig",
    stage="pipelines.compare_style_codes:compare_style_codes",
    summary="Draw figure 4: Gram vectors as style codes against those of the style encoder, and what leaks.",
    example="python -m pipelines.compare_style_codes --scale small",
)

if __name__ == "__main__":
    sys.exit(run("python -m pipelines.compare_style_codes", COMMAND, sys.argv[1:]))
