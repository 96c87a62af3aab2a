"""Every flag of the `blendgan-*` commands, declared once: a field is a flag, its docstring the help."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from blendgan.command import CommonConfig
from blendgan.errors import UserError

Precision = Literal["fp32", "tf32", "bf16"]
Device = Literal["auto", "cpu", "cuda", "mps"]


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
    """Folder of aligned square faces; left out, faces are random."""
    styles: Path | None = None
    """Folder of style references; left out, styles are random."""
    indicator: int | None = None
    """This many first layers stay natural: 0 is all style, the model's number of layers all face (default 6, which
    keeps pose and shape; 0 for models below 128 px)."""
    truncation: float | None = None
    """Random faces are drawn towards the mean face: 1 not at all, 0 entirely (default the model's own, else 0.75)."""
    seed: int = 0
    """Decides random faces and styles."""
    batch: int = 4
    """Pictures computed at once."""
    device: Device = "auto"
    """Where to compute; auto takes a GPU if there is one."""
    precision: Precision = "fp32"
    """Arithmetic of convolutions; tf32 is for NVIDIA GPUs."""

    def __post_init__(self) -> None:
        if self.batch < 1:
            raise UserError(f"--batch is {self.batch}; give 1 or more")


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
class ConvertConfig(CommonConfig):
    """Flags of `blendgan-convert`."""

    source: Annotated[Path, tyro.conf.Positional]
    """Official .pt or NVIDIA .pkl file, or a model folder of ours."""
    target: Annotated[Path, tyro.conf.Positional]
    """Folder for the networks, or a .pt file to write."""
