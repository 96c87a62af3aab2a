"""What a model is asked to draw: face k in the style of its reference, at every indicator; nothing else decides it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from blendgan.checkpoints.store import has_network, load_generator, load_style_encoder
from blendgan.data.folder import ImageFolder
from blendgan.data.pixels import to_pixels, to_signed
from blendgan.data.stream import read_batch
from blendgan.errors import UserError
from blendgan.inference.session import FACES, STYLES

INDICATORS = (0, 6, 7)
"""Those of the paper's figures, and the model's number of layers, at which pictures are natural."""
OUTPUTS = 10
"""Pictures of a face that diversity is measured between."""
REFERENCE, TEN_REFERENCES = 3, 4
"""Random streams of a seed, beside those of blendgan-generate: its faces and styles are the same ones."""


class Painter:
    """A model on its device."""

    def __init__(self, model: Path, style_encoder: Path | None, seed: int, device: torch.device) -> None:
        if style_encoder is None and not has_network(model, "style_encoder"):
            raise UserError(f"{model} holds no style encoder; give one with --style-encoder")
        self.generator = load_generator(model).to(device)
        self.encoder = load_style_encoder(style_encoder or model).to(device)
        self.settings, self.seed, self.device = self.generator.config, seed, device
        codes = self.encoder.config
        if self.settings.style_dim not in (codes.latent_dim, codes.gram_dim):
            raise UserError(
                f"the style encoder gives {codes.latent_dim} values but the generator of {model} takes "
                f"{self.settings.style_dim}; give the one it was trained with as --style-encoder"
            )

    @property
    def natural(self) -> int:
        """The indicator at which all layers are the face's."""
        return self.settings.num_layers

    @property
    def indicators(self) -> list[int]:
        """All that are looked at, each once."""
        return sorted({i for i in INDICATORS if i <= self.natural} | {self.natural})

    def faces(self, numbers: Iterable[int]) -> Float[Tensor, "n layers dim"]:
        """Latents of faces, untruncated."""
        return self.generator.map_face(self._drawn(FACES, numbers, self.settings.latent_dim))

    def latent_styles(self, numbers: Iterable[int]) -> Float[Tensor, "n layers dim"]:
        """Latents of styles from random codes."""
        return self.generator.map_style(self._drawn(STYLES, numbers, self.settings.style_dim))

    def styles_of(self, references: Float[Tensor, "n 3 size size"]) -> Float[Tensor, "n layers dim"]:
        """Latents of the styles of pictures."""
        return self.generator.map_style(self.encoder.codes_of_length(self.settings.style_dim)(references))

    def references(self, artworks: ImageFolder, numbers: Iterable[int]) -> Float[Tensor, "n 3 size size"]:
        """The artwork whose style picture k takes, at the side that the encoder reads."""
        draws = (np.random.default_rng([self.seed, REFERENCE, k]).integers(len(artworks)) for k in numbers)
        return self._read(artworks, [int(draw) for draw in draws])

    def ten_references(self, artworks: ImageFolder, number: int) -> Float[Tensor, "outputs 3 size size"]:
        """Different artworks for one face; ten, or as many as there are."""
        random = np.random.default_rng([self.seed, TEN_REFERENCES, number])
        return self._read(artworks, random.choice(len(artworks), min(OUTPUTS, len(artworks)), replace=False).tolist())

    def paint(
        self, w_face: Float[Tensor, "n layers dim"], w_style: Float[Tensor, "n layers dim"], indicator: int
    ) -> Float[Tensor, "n 3 size size"]:
        """Pictures of 8 bits, as a file would hold them, in [-1, 1]; the noise is the stored one."""
        images = self.generator.synthesize(self.generator.blend(w_face, w_style, indicator))
        return to_signed(to_pixels(images))

    def _drawn(self, stream: int, numbers: Iterable[int], dim: int) -> Float[Tensor, "n dim"]:
        rows = [np.random.default_rng([self.seed, stream, k]).standard_normal(dim, dtype=np.float32) for k in numbers]
        return torch.from_numpy(np.stack(rows)).to(self.device)

    def _read(self, artworks: ImageFolder, numbers: Sequence[int]) -> Tensor:
        whole = replace(artworks, size=self.encoder.config.image_size)
        return read_batch(whole, numbers).to(self.device)
