"""Settings and flags of the inversion stage. Defaults are those that pSp publishes for FFHQ."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from blendgan.config import Allowed, Count, MayChange, Positive, Weight
from blendgan.errors import UserError
from blendgan.training.engine.config import TrainConfig, TrainingSettings


@dataclass(frozen=True, kw_only=True)
class InversionSettings(TrainingSettings):
    """How `blendgan-train inversion` trains, and the encoder that it makes."""

    steps: MayChange[Count] = 300_000
    learning_rate: Positive = 1e-4
    image_size: Annotated[
        int, Allowed("a power of two from 32 to 1024", lambda x: x in {2**k for k in range(5, 11)})
    ] = 256
    """Side in px of the pictures that the encoder reads: a power of two from 32."""
    widths: tuple[Count, Count, Count, Count] = (64, 128, 256, 512)
    """Channels of the trunk's four groups of blocks."""
    depths: tuple[Count, Count, Count, Count] = (3, 4, 14, 3)
    """Blocks in each of the four groups."""
    squeeze: Count = 16
    """Reduction inside squeeze and excitation."""
    l2: Weight = 1.0
    """Weight of the mean squared difference."""
    perceptual: Weight = 0.8
    """Weight of the perceptual loss (LPIPS)."""
    identity: Weight = 0.1
    """Weight of the identity loss: the distance of ArcFace's descriptors, where its network is given."""
    w_norm: Weight = 0.0
    """Weight of the distance from the mean face."""


@dataclass(frozen=True, kw_only=True)
class TrainInversionConfig(TrainConfig):
    """Flags of `blendgan-train inversion`."""

    faces: Path
    """Square photographs of faces: a folder, a Parquet release, a StyleGAN zip, or hf:ORG/NAME on the Hub."""
    model: Path
    """Model folder with the trained generator, which stays as it is."""
    preset: Literal["tiny", "paper"] = "paper"
    """What settings are whose flags are left out. tiny is an encoder that trains on a CPU, for generators of
    32 px."""
    lpips: Literal["auto", "off"] = "auto"
    """Perceptual loss; auto takes it where the lpips package and AlexNet's weights are on this machine."""
    alexnet: Path | None = None
    """File with torchvision's AlexNet (default: where torchvision leaves it), for the perceptual loss."""
    arcface: Path | None = None
    """File with ArcFace's IR-SE50 (model_ir_se50.pth of pSp), for the identity loss; without it there is none."""
    encoder_init: Path | None = None
    """File with ArcFace's IR-SE50, from which the encoder's trunk starts; with the paper preset only."""
    settings: tyro.conf.OmitArgPrefixes[InversionSettings] = InversionSettings()

    def check(self) -> None:
        """Ranges, and what depends on two settings."""
        super().check()
        if self.settings.squeeze > min(self.settings.widths):
            raise UserError(f"--squeeze is {self.settings.squeeze}; give at most the smallest of --widths")
