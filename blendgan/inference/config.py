"""Flags of `blendgan-generate`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from blendgan.command import CommonConfig
from blendgan.config import Count, Device, Precision, Seed
from blendgan.errors import UserError


@dataclass(frozen=True, kw_only=True)
class GenerateConfig(CommonConfig):
    """Flags of every `blendgan-generate` command."""

    model: Path
    """Model folder, as written by blendgan-train or blendgan-convert."""
    out: Path
    """Folder for the pictures."""
    style_encoder: Path | None = None
    """Folder with the style encoder, if not in --model."""
    inversion: Path | None = None
    """Folder with the inversion encoder, if not in --model."""
    faces: Path | None = None
    """Folder of aligned square faces, or one picture; left out, faces are random."""
    styles: Path | None = None
    """Folder of style references, or one picture; left out, styles are random."""
    indicator: int | None = None
    """This many first layers stay natural: 0 is all style, the model's number of layers all face (default 6, which
    keeps pose and shape; 0 for models below 128 px)."""
    truncation: float | None = None
    """Random faces are drawn towards the mean face: 1 not at all, 0 entirely (default the model's own, else 0.75)."""
    noise: Literal["fixed", "random", "none"] = "fixed"
    """The noise inputs of the model: the stored ones, fresh ones, or none (less grain after a short training)."""
    seed: Seed = 0
    """Decides random faces and styles."""
    batch: Count | None = None
    """Pictures computed at once (default 1 on a CPU, where more is no faster, else 8)."""
    device: Device = "auto"
    """Where to compute; auto takes a GPU if there is one."""
    precision: Precision = "fp32"
    """Arithmetic of convolutions; tf32 is for NVIDIA GPUs."""


@dataclass(frozen=True, kw_only=True)
class GridConfig(GenerateConfig):
    """Flags of `grid`."""

    num_faces: int = 6
    """Columns; of a larger folder a seeded choice is taken."""
    num_styles: int = 6
    """Rows; of a larger folder a seeded choice is taken."""
    tile: int | None = None
    """Side of one picture on the sheet in px (default the model's size, at least 96 and at most 256)."""


@dataclass(frozen=True, kw_only=True)
class PairsConfig(GenerateConfig):
    """Flags of `pairs`."""

    count: int = 20
    """Pairs to draw. With fewer pictures in --faces or --styles these come round again."""


@dataclass(frozen=True, kw_only=True)
class SweepConfig(GenerateConfig):
    """Flags of `sweep`."""

    num_styles: int = 4
    """Rows; of a larger folder a seeded choice is taken."""
    tile: int | None = None
    """Side of one picture on the sheet in px (default the model's size, at least 96 and at most 256)."""


@dataclass(frozen=True, kw_only=True)
class TransferConfig(GenerateConfig):
    """Flags of `transfer`."""

    strip: bool = False
    """Put the face and the style reference to the left of each result."""


@dataclass(frozen=True, kw_only=True)
class VideoConfig(GenerateConfig):
    """Flags of `video`."""

    num_styles: int = 8
    """Styles on the way; of a larger folder a seeded choice is taken."""
    num_faces: int = 1
    """Faces on the way; with more than one the face changes too."""
    seconds: float = 8.0
    """Length of the video, which ends where it began."""
    fps: int = 30
    """Frames per second."""
    frames: bool = False
    """Write numbered PNG files in place of an mp4."""

    def check(self) -> None:
        """Ranges, and that there is a frame."""
        super().check()
        if not (self.seconds * self.fps >= 1 and 1 <= self.fps <= 240):
            raise UserError(f"--seconds {self.seconds} at --fps {self.fps} is no video; give at least one frame")
