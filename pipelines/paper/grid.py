"""Faces in styles: what a session paints of them, how it is laid out, and how well face and style are kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from blendgan.checkpoints.store import load_style_encoder
from blendgan.data.pixels import resize
from blendgan.evaluation.jury import LIKENESSES, described
from blendgan.inference.session import NamedLatent, Session
from blendgan.metrics.faces import faces_kept
from blendgan.metrics.retrieval import style_agreement
from pipelines.paper.sheet import Cell, Figure

LARGEST = 256
"""Pictures are kept, shown and measured at this side in px at most."""


@dataclass(frozen=True)
class Painted:
    """What a model makes of some faces and styles, in [-1, 1]."""

    natural: Float[Tensor, "faces 3 size size"]
    styled: Float[Tensor, "styles faces 3 size size"]


@dataclass(frozen=True)
class Proportion:
    """A part of the pictures, beside what chance would give."""

    measure: str
    value: float
    chance: float

    def __str__(self) -> str:
        return f"{self.measure} {self.value:.2f} (chance {self.chance:.2f})"


def in_a_sentence(shares: Iterable[Proportion]) -> str:
    """Shares for a caption."""
    words = "; ".join(map(str, shares))
    return f"{words[:1].upper()}{words[1:]}."


def paint(session: Session, faces: Sequence[NamedLatent], styles: Sequence[NamedLatent]) -> Painted:
    """Every face as it is (i = n) and in every style."""
    latents = [face.latent for face in faces] + [session.blend(face, style) for style in styles for face in faces]
    side = min(session.size, LARGEST)
    with session.console.progress(len(latents), "picture") as progress:
        images = []
        for image in session.images(latents):
            images.append(resize(image.clamp(-1, 1).cpu(), side))
            progress.advance()
    natural, styled = images[: len(faces)], images[len(faces) :]
    return Painted(torch.stack(natural), torch.stack(styled).reshape(len(styles), len(faces), 3, side, side))


def faces_found(painted: Painted) -> list[Proportion]:
    """How many styled pictures are most like their own natural one, by measures that no training maximises."""
    chance = 1 / len(painted.natural)
    return [
        Proportion(f"face kept by {name}", faces_kept(likeness(painted.styled, painted.natural)), chance)
        for name, likeness in LIKENESSES.items()
    ]


@torch.inference_mode()
def styles_found(painted: Painted, references: Float[Tensor, "styles 3 size size"], judge: Path) -> Proportion:
    """How many pictures are nearer to their own reference than to the others, by the style encoder in `judge`."""
    encoder = load_style_encoder(judge)
    agreement = style_agreement(described(encoder, painted.styled), encoder(references))
    return Proportion("style agrees", agreement, 1 / len(references))


def grid_figure(
    faces: Sequence[str],
    above: Mapping[str, Sequence[Cell]],
    styles: Sequence[str],
    *,
    styled: Float[Tensor, "styles faces 3 size size"],
    references: Sequence[Cell] | None,
    caption: Sequence[str],
) -> Figure:
    """Columns are faces, rows what stands above and then the styles; references, where there are, at the left."""
    rows = [list(cells) for cells in above.values()] + [list(cells) for cells in styled]
    columns = list(faces)
    if references is not None:
        columns.insert(0, "reference")
        for row, reference in zip(rows, [*[None] * len(above), *references], strict=True):
            row.insert(0, reference)
    return Figure(columns, [*above, *styles], rows, caption, size=styled.shape[-1])
