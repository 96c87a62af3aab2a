"""A number with all that must be known to compare it with another; and the measures, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blendgan.evaluation.extractors import Extractor


@dataclass(frozen=True)
class Measure:
    """What a number tells."""

    title: str
    stand_in_title: str
    """Where the network has random weights: nobody should mistake the number for the one in papers."""
    better: str
    """`higher` or `lower`."""
    words: str


MEASURES: Mapping[str, Measure] = {
    "fid": Measure("FID", "Fréchet distance", "lower", "how far apart two sets of pictures are, by their moments"),
    "kid": Measure("KID", "Kernel distance", "lower", "the same, unbiased, so that smaller sets can be compared"),
    "precision": Measure("Precision", "Precision", "higher", "share of drawn pictures that lie among the real ones"),
    "recall": Measure("Recall", "Recall", "higher", "share of real pictures that lie among the drawn ones"),
    "lpips_latent": Measure(
        "LPIPS diversity, latent-guided",
        "Perceptual diversity, latent-guided",
        "higher",
        "mean over the pairs of pictures of one face in random styles",
    ),
    "lpips_reference": Measure(
        "LPIPS diversity, reference-guided",
        "Perceptual diversity, reference-guided",
        "higher",
        "mean over the pairs of pictures of one face in the styles of artworks",
    ),
    "identity": Measure("Identity", "Identity", "higher", "cosine of the picture and the natural one of the same face"),
    "style": Measure("Style agreement", "Style agreement", "higher", "cosine of codes, which training pulled together"),
    "gram": Measure(
        "Gram distance", "Gram distance", "lower", "0 to 1, by features that no training of styles touched"
    ),
}


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One number."""

    model: str
    measure: str
    """A key of `MEASURES`."""
    indicator: int
    against: str
    """`artworks`, `faces`, or what each picture is compared with; nothing for diversity, which is within pictures."""
    value: float
    deviation: float | None = None
    n: int
    """Drawn pictures; of diversity, faces."""
    n_against: int
    """Real pictures, or as many as were drawn where each has its own; of diversity, pictures of each face."""
    extractor: str
    stands_in: bool
    """Whether the extractor has random weights in the place of trained ones."""
    resize: str
    seed: int
    note: str = ""

    @property
    def title(self) -> str:
        """What the number may be called."""
        measure = MEASURES[self.measure]
        title = measure.stand_in_title if self.stands_in else measure.title
        return f"{title} to {self.against}" if self.against else title

    @property
    def basis(self) -> str:
        """How much was looked at."""
        return f"n {self.n} against {self.n_against}" if self.against else f"n {self.n} faces, {self.n_against} of each"

    def sentence(self) -> str:
        """For people."""
        figure = f"{self.value:.4g}" + ("" if self.deviation is None else f" ± {self.deviation:.2g}")
        return f"{self.model}, i = {self.indicator}: {self.title} {figure} ({self.basis}, {self.extractor})"


def reading(extractor: Extractor, **facts: Any) -> Reading:
    """A number that was measured through a network."""
    return Reading(extractor=extractor.name, stands_in=extractor.stands_in, resize=extractor.resize, **facts)
