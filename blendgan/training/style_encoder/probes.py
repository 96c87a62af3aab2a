"""What the style encoder's codes hold, measured on fixed views while it trains."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import PurePath

import torch
from jaxtyping import Float
from torch import Tensor

from blendgan.losses.contrastive import nt_xent
from blendgan.metrics.retrieval import content_leak, style_retrieval
from blendgan.training.engine.loop import SCORE

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
    ) -> None:
        """`whole` scales distinct entries so that their cosines are those of whole Gram vectors."""
        self.grams, self.temperature = grams, temperature
        paths = [PurePath(name) for name in names]
        self.styles, self.contents = numbered([str(path.parent) for path in paths]), numbered([p.stem for p in paths])
        self.raw = {f"probe/gram_{name}": value for name, value in self.retrievals(whole).items()}

    def __call__(self, encode: Encode) -> dict[str, float]:
        """Measures of the codes that `encode` gives; their contrastive loss is the score."""
        codes = self.codes(encode)
        loss = float(nt_xent(codes[:, 0], codes[:, 1], self.temperature))
        found = {f"probe/{name}": value for name, value in self.retrievals(encode).items()}
        return {SCORE: loss, **found, **self.raw}

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


def numbered(labels: Sequence[str]) -> Tensor:
    """The same number for the same label."""
    numbers = {label: number for number, label in enumerate(sorted(set(labels)))}
    return torch.tensor([numbers[label] for label in labels])


def known(labels: Tensor) -> bool:
    """Whether retrieval by these labels says anything: there are several, and most pictures have a companion."""
    counts = Counter(labels.tolist()).values()
    return len(counts) > 1 and sum(count for count in counts if count > 1) > len(labels) / 2
