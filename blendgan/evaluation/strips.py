"""Pictures to look at beside the numbers: the same faces in the same styles at every indicator."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from blendgan.evaluation.model import Evaluation
from blendgan.inference.pictures import as_png, resize, to_pixels
from blendgan.inference.sheet import tile_side

FACES = 6


@dataclass(frozen=True)
class Strip:
    """Rows of pictures of one model, as addresses that a page carries in itself."""

    model: str
    indicators: Sequence[int]
    rows: Sequence[Sequence[str]]
    """The reference, then the picture at every indicator."""


@torch.inference_mode()
def strip_of(evaluation: Evaluation) -> Strip:
    """The first faces of the evaluation: what the numbers are about."""
    painter, artworks = evaluation.painter, evaluation.pictures["artworks"]
    rows = []
    for number in range(min(FACES, evaluation.config.num)):
        reference = painter.references(artworks, [number])
        w_face, w_style = painter.faces([number]), painter.styles_of(reference)
        painted = [painter.paint(w_face, w_style, i)[0] for i in painter.indicators]
        side = tile_side(painter.settings.size)
        rows.append([address(image, side) for image in (reference[0], *painted)])
    return Strip(str(evaluation.model), painter.indicators, rows)


def address(image: Float[Tensor, "3 height width"], side: int) -> str:
    """A picture at a side, as a data URI."""
    encoded = base64.b64encode(as_png(to_pixels(resize(image, side)).numpy())).decode()
    return f"data:image/png;base64,{encoded}"
