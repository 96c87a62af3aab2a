"""Figures 6 and 7 of the supplementary material (section F): more faces, in random styles and in those of references.

    python -m pipelines.figures --scale small
    python -m pipelines.figures --scale full --model models/blendgan --artworks paintings

Sources are faces that the model makes up, shown natural (i = n) in the upper row. Below, every face is painted in every
style: of codes from N(0, 1) in figure 6, of pictures in figure 7.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import torch

from blendgan.command import Command, run
from blendgan.config import Count
from blendgan.console import Console
from blendgan.data.pixels import resize
from blendgan.inference.config import GridConfig
from blendgan.inference.session import Session
from pipelines.paper.config import PaperConfig
from pipelines.paper.grid import LARGEST, faces_found, grid_figure, in_a_sentence, paint, styles_found
from pipelines.paper.record import model_facts, model_in_words, save_figure, shares_noted


@dataclass(frozen=True, kw_only=True)
class FiguresConfig(PaperConfig):
    """Flags of `pipelines.figures`."""

    artworks: Path | None = None
    """Folder of references (default at the small scale: a drawing in each of the demo's styles)."""
    judge: Path | None = None
    """Folder with the style encoder that judges (default: at the small scale the demo's judge, which conditioned no
    model; else the model's own)."""
    out: Path = Path("figures/additional")
    """Folder for the figures."""
    num_faces: Count = 10
    """Columns."""
    num_styles: Count = 10
    """Rows; of more references a seeded choice is taken."""

    @property
    def judge_folder(self) -> Path:
        """Who says whether styles agree."""
        if self.judge is None and not self.is_small:
            return self.model_folder
        return self.given(self.judge, "judge/final", "--judge")


def figures(config: FiguresConfig, console: Console) -> None:
    """Draw both figures."""
    model, artworks = config.model_folder, config.given(config.artworks, "references", "--artworks")
    judge = config.judge_folder
    if config.dry_run:
        console.result(f"would draw figure-6.png and figure-7.png into {config.out} with {model} and {artworks}")
        return
    draw(config, GridConfig(model=model, out=config.out, seed=config.seed), judge, console)
    draw(config, GridConfig(model=model, out=config.out, styles=artworks, seed=config.seed), judge, console)


def draw(config: FiguresConfig, wanted: GridConfig, judge: Path, console: Console) -> None:
    """Figure 6 where no styles are given, else figure 7."""
    session = Session(wanted, console)
    faces, styles = session.some(session.faces(config.num_faces)), session.some(session.styles(config.num_styles))
    painted = paint(session, faces, styles)
    pictures = [picture for style in styles if (picture := session.picture(style)) is not None]
    shares = faces_found(painted)
    if pictures:
        side = min(session.size, LARGEST)
        shares.append(styles_found(painted, torch.stack([resize(picture, side) for picture in pictures]), judge))
    layers = session.settings.num_layers
    figure = grid_figure(
        [f"face {number}" for number in range(len(faces))],
        {f"natural, i = {layers}": list(painted.natural)},
        [style.name if pictures else f"code {number}" for number, style in enumerate(styles)],
        styled=painted.styled,
        references=pictures or None,
        caption=(
            f"Model: {model_in_words(wanted.model)}. Seed {config.seed}, indicator i = {session.indicator} of "
            f"{layers}, truncation {session.truncation}.",
            in_a_sentence(shares),
        ),
    )
    facts = model_facts(wanted.model) | {"seed": config.seed, "indicator": session.indicator, "judge": str(judge)}
    path = config.out / ("figure-7.png" if pictures else "figure-6.png")
    save_figure(path, figure, facts | shares_noted(shares), console)


COMMAND = Command(
    config="pipelines.figures:FiguresConfig",
    stage="pipelines.figures:figures",
    summary="Draw figures 6 and 7: random faces in random styles, and in those of references.",
    example="python -m pipelines.figures --scale small",
)

if __name__ == "__main__":
    sys.exit(run("python -m pipelines.figures", COMMAND, sys.argv[1:]))
