"""What a visitor has chosen: a face, one style or two, and where the sliders stand; and the command that draws it."""

import shlex
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8
from torch import Tensor

from blendgan.inference.config import PictureConfig

PROGRAM = "blendgan-generate picture"
OUT = Path("picture")
"""Where the command puts what it draws, beside the pictures that it reads."""


@dataclass(frozen=True)
class Choice:
    """A face or a style: by a seed, or read from a picture."""

    seed: int = 0
    pixels: UInt8[np.ndarray, "height width 3"] | None = None
    latent: Float[Tensor, "layers dim"] | None = None
    """What the encoder found in the picture."""


@dataclass(frozen=True)
class Recipe:
    """All that decides a picture."""

    face: Choice
    style: Choice
    mix: Choice | None
    """A second style."""
    indicator: int
    truncation: float
    mix_share: float

    @property
    def pictures(self) -> dict[str, np.ndarray]:
        """The pictures that the command reads, by the names of their files."""
        chosen = {"face.png": self.face, "style.png": self.style, "mix.png": self.mix}
        return {name: choice.pixels for name, choice in chosen.items() if choice and choice.pixels is not None}

    def config(self, base: PictureConfig) -> PictureConfig:
        """The flags of the command that draws this; `base` names the model and where it computes."""
        mix = self.mix or Choice()
        return replace(
            base,
            out=OUT,
            faces=_file(self.face, "face.png"),
            styles=_file(self.style, "style.png"),
            mix=_file(mix, "mix.png"),
            seed=self.face.seed,
            style_seed=None if self.style.pixels is not None else self.style.seed,
            mix_seed=None if self.mix is None or mix.pixels is not None else mix.seed,
            mix_share=self.mix_share if self.mix else base.mix_share,
            indicator=self.indicator,
            truncation=self.truncation if self.face.pixels is None else None,
        )


def command_line(config: PictureConfig) -> str:
    """The command with every flag that differs from its default, quoted for a shell."""
    words = PROGRAM.split()
    for field in fields(config):
        value = getattr(config, field.name)
        if value != field.default:
            words += [f"--{field.name.replace('_', '-')}", str(value)]
    return shlex.join(words)


def _file(choice: Choice, name: str) -> Path | None:
    return None if choice.pixels is None else Path(name)
