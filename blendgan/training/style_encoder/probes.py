"""What the style encoder's codes hold, measured on fixed views while it trains."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import PurePath

import torch
from jaxtyping import Float
from torch import Tensor

from blendgan.losses.contrastive import supervised_contrast
from blendgan.metrics.retrieval import content_leak, style_retrieval
from blendgan.training.engine.loop import SCORE
from blendgan.training.style_encoder.folders import folder_of, numbered

MAX_PICTURES = 128
CHUNK = 16
Encode = Callable[[Tensor], Tensor]
"""Gram vectors to codes."""


class StyleProbe:
    """Retrieval by codes among two views of each picture, and by raw Gram vectors, which they should surpass.

    Styles are known where pictures lie in several folders, one per style. Contents are known where files of the same
    name lie in several of these: the same face, drawn in several styles.
    """

    def __init__(
        self,
        grams: Float[Tensor, "pictures 2 distinct"],
        names: Sequence[str],
        temperature: float,
        whole: Encode = lambda grams: grams,
        by_style: bool = False,
    ) -> None:
        """`whole` scales distinct entries so that their cosines are those of whole Gram vectors.

        The views of a picture belong together; `by_style`, those of all pictures of its style.
        """
        self.grams, self.temperature = grams, temperature
        self.styles = numbered([folder_of(name) for name in names])
        self.contents = numbered([PurePath(name).stem for name in names])
        self.alike = self.styles if by_style else torch.arange(len(names))
        self.raw = {f"probe/gram_{name}": value for name, value in self.retrievals(whole).items()}

    def __call__(self, encode: Encode) -> dict[str, float]:
        """Measures of the codes that `encode` gives; their contrastive loss is the score."""
        codes = self.codes(encode)
        loss = supervised_contrast(codes.flatten(0, 1), self.alike.repeat_interleave(2), self.temperature)
        found = {f"probe/{name}": value for name, value in self.retrievals(encode).items()}
        return {SCORE: float(loss), **found, **self.raw}

    def retrievals(self, encode: Encode) -> dict[str, float]:
        """How often the nearest view is one of the same picture, style or, among the other styles, content."""
        codes = self.codes(encode)
        pictures = torch.arange(len(codes)).repeat_interleave(2)
        found = {"view_retrieval": style_retrieval(codes.flatten(0, 1), pictures)}
        plain = codes[:, 0]
        if known(self.styles):
            found["style_retrieval"] = style_retrieval(plain, self.styles)
            if known(self.contents):
                found["content_leak"] = content_leak(plain, self.styles, self.contents)
        return found

    @torch.no_grad()
    def codes(self, encode: Encode) -> Float[Tensor, "pictures 2 dim"]:
        """Codes of all views, a few at a time."""
        flat = self.grams.flatten(0, 1)
        codes = torch.cat([encode(some.float()).float().cpu() for some in torch.split(flat, CHUNK)])
        return codes.view(len(self.grams), 2, -1)


def known(labels: Tensor) -> bool:
    """Whether retrieval by these labels says anything: there are several, and most pictures have a companion."""
    counts = Counter(labels.tolist()).values()
    return len(counts) > 1 and sum(count for count in counts if count > 1) > len(labels) / 2
