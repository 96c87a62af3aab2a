"""By what pictures are judged: an encoder of styles, likenesses of faces, and real drawings.

The same measures are taken of a model's pictures and of real drawings.
"""

from collections.abc import Callable, Mapping

import torch
from jaxtyping import Float, Int
from torch import Tensor

from blendgan.metrics.faces import faces_kept, shading_likeness, shared_information
from blendgan.metrics.retrieval import centres_without, nearest_centre, style_agreement
from blendgan.networks.style_encoder import StyleEncoder

CHUNK = 20
"""Pictures that are described at once."""
SMALLEST_DEVIATION = 0.01
"""Of the mean deviation over all Gram values."""
Likeness = Callable[[Tensor, Tensor], Tensor]
"""Of [styles, n, 3, size, size] pictures with the natural ones [n, 3, size, size]: [styles, n, n]."""
LIKENESSES: Mapping[str, Likeness] = {"shading": shading_likeness, "information": shared_information}


class Jury:
    """An encoder that has not conditioned the model, and drawings that the model never saw."""

    def __init__(
        self,
        encoder: StyleEncoder,
        drawn: Float[Tensor, "styles faces 3 size size"],
        likenesses: Mapping[str, Likeness] = LIKENESSES,
    ) -> None:
        self.encoder, self.drawn, self.likenesses = encoder, drawn, likenesses
        grams = described(encoder.gram, drawn)
        self.mean, deviation = grams.mean(dim=(0, 1)), grams.flatten(0, 1).std(dim=0)
        self.deviation = deviation.clamp_min(SMALLEST_DEVIATION * deviation.mean())
        self.grams = self.standardised(grams)

    def standardised(self, grams: Float[Tensor, "*pictures gram"]) -> Float[Tensor, "*pictures gram"]:
        """Gram vectors whose values all vary alike over the drawings: plain ones hold little but brightness."""
        return (grams - self.mean) / self.deviation

    def of_painted(
        self, reference: int, painted: Float[Tensor, "styles n 3 size size"], natural: Float[Tensor, "n 3 size size"]
    ) -> dict[str, float]:
        """The measures of pictures painted after the drawings of the face `reference`."""
        centres = self.grams.mean(dim=1).expand(len(natural), -1, -1)
        return self.measures(painted, natural, reference, centres)

    def of_drawings(
        self, reference: int, faces: Int[Tensor, " n"], natural: Float[Tensor, "n 3 size size"]
    ) -> dict[str, float]:
        """The measures of real drawings of other faces; the centres that one is compared with are of the others."""
        return self.measures(self.drawn[:, faces], natural, reference, centres_without(self.grams)[faces])

    def unstyled(self, reference: int, natural: Float[Tensor, "n 3 size size"]) -> float:
        """The agreement of pictures that were asked for no style: near chance."""
        codes = self.encoder(natural).expand(len(self.drawn), -1, -1)
        return style_agreement(codes, self.encoder(self.drawn[:, reference]))

    def measures(
        self,
        cells: Float[Tensor, "styles n 3 size size"],
        natural: Float[Tensor, "n 3 size size"],
        reference: int,
        centres: Float[Tensor, "n styles gram"],
    ) -> dict[str, float]:
        """How many pictures agree with their reference and centre, and how many keep their face by each likeness."""
        references = self.encoder(self.drawn[:, reference])
        found = {
            "agreement": style_agreement(described(self.encoder, cells), references),
            "gram_agreement": nearest_centre(self.standardised(described(self.encoder.gram, cells)), centres),
        }
        return found | {name: faces_kept(likeness(cells, natural)) for name, likeness in self.likenesses.items()}


def described(describe: Callable[[Tensor], Tensor], cells: Float[Tensor, "styles n 3 size size"]) -> Tensor:
    """What `describe` says of every picture, [styles, n, dim], a few at a time."""
    flat = torch.cat([describe(some) for some in torch.split(cells.flatten(0, 1), CHUNK)])
    return flat.view(*cells.shape[:2], -1)
