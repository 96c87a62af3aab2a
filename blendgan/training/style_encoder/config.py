"""Settings and flags of the contrastive stage. Defaults are the paper's, except where marked."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from blendgan.config import Allowed, Count, MayChange, Positive
from blendgan.errors import UserError
from blendgan.training.engine.config import TrainConfig, TrainingSettings

Tap = Literal["relu1_2", "relu2_2", "relu3_4", "relu4_4", "relu5_4"]
Positives = Literal["views", "crops", "folder"]


@dataclass(frozen=True, kw_only=True)
class StyleEncoderSettings(TrainingSettings):
    """How `blendgan-train style-encoder` trains, and the encoder that it makes."""

    steps: MayChange[Count] = 500_000
    batch: Count = 256
    size: Annotated[int, Allowed("32 or more", lambda x: x >= 32)] = 256
    """Side in px of the pictures that the encoder reads."""
    taps: tuple[Tap, ...] = ("relu1_2", "relu2_2", "relu3_4", "relu4_4", "relu5_4")
    """Layers of VGG-19 whose Gram matrices are read."""
    latent_dim: Count = 512
    """Length of the style codes."""
    temperature: Positive = 0.1
    """Of the contrastive loss; not in the paper."""
    cached_views: Annotated[int, Allowed("0, or 2 and more", lambda x: x == 0 or x >= 2)] = 0
    """Gram matrices of this many fixed views per picture are computed once; 0 makes new views at every step."""
    positives: Positives = "views"
    """What gets the same code: two affine views of each picture, as in the paper; two crops of half its side, whose
    strokes are the same and whose colours are not; or all pictures of a sub-folder, which is then one style. These are
    shown as they are, without affine views."""


@dataclass(frozen=True, kw_only=True)
class TrainStyleEncoderConfig(TrainConfig):
    """Flags of `blendgan-train style-encoder`."""

    artworks: Path
    """Square pictures: a folder, a Parquet release, a StyleGAN zip, or hf:ORG/NAME on the Hub."""
    preset: Literal["tiny", "small", "paper"] = "paper"
    """What settings are whose flags are left out. tiny trains on a CPU in minutes: 128 px, three taps of
    VGG-19; small in seconds: 32 px, two taps."""
    backbone: Literal["auto", "imagenet", "random"] = "auto"
    """VGG-19 weights; imagenet downloads them, auto takes them if they are on this machine."""
    settings: tyro.conf.OmitArgPrefixes[StyleEncoderSettings] = StyleEncoderSettings()

    def check(self) -> None:
        """Ranges, and what depends on two settings."""
        super().check()
        if len(set(self.settings.taps)) != len(self.settings.taps) or not self.settings.taps:
            raise UserError(f"--taps are {' '.join(self.settings.taps) or 'none'}; give one or more, each once")
        if self.settings.positives == "folder" and self.settings.batch < 4:
            raise UserError(
                f"--batch is {self.settings.batch}; with --positives folder give 4 or more: two of a style, and others"
            )
