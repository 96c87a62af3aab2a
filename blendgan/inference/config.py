"""Flags of `blendgan-generate`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from blendgan.command import CommonConfig
from blendgan.config import Allowed, Count, CountOrZero, Device, Positive, Precision, Seed, Share
from blendgan.errors import UserError

Tile = Annotated[int, Allowed("8 to 4096", lambda x: 8 <= x <= 4096)]


@dataclass(frozen=True, kw_only=True)
class GenerateConfig(CommonConfig):
    """Flags of every `blendgan-generate` command."""

    model: Path
    """Model folder, as written by blendgan-train or blendgan-convert, or hf:ORG/NAME on the Hub."""
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
    indicator: CountOrZero | None = None
    """This many first layers stay natural: 0 is all style, the model's number of layers all face (default 6, which
    keeps pose and shape; 0 for models below 128 px)."""
    truncation: Annotated[float, Allowed("a number from -2 to 2", lambda x: -2 <= x <= 2)] | None = None
    """Random faces are drawn towards the mean face: 1 not at all, 0 entirely; -2 to 2 (default the model's
    own, else 0.75)."""
    noise: Literal["fixed", "random", "none"] = "fixed"
    """The noise inputs of the model: the stored ones, fresh ones, or none (less grain after a short training)."""
    seed: Seed = 0
    """Decides random faces, styles and noise."""
    batch: Count | None = None
    """Pictures computed at once (default 1 on a CPU, where more is no faster, else 8)."""
    device: Device = "auto"
    """Where to compute; auto takes a GPU if there is one."""
    precision: Precision = "auto"
    """Arithmetic of convolutions; auto takes bf16 on a GPU that has it, else fp32. tf32 is for NVIDIA GPUs."""

    def check(self) -> None:
        """Ranges, and that no input is taken for a result."""
        super().check()
        for flag, place in (("--faces", self.faces), ("--styles", self.styles)):
            if place is not None and place.resolve() == self.out.resolve():
                raise UserError(f"--out {self.out} is {flag}; give a folder of its own for the results")


@dataclass(frozen=True, kw_only=True)
class GridConfig(GenerateConfig):
    """Flags of `grid`."""

    num_faces: Count = 6
    """Columns; of a larger folder a seeded choice is taken."""
    num_styles: Count = 6
    """Rows; of a larger folder a seeded choice is taken."""
    tile: Tile | None = None
    """Side of one picture on the sheet in px (default the model's size, at least 96 and at most 256)."""


@dataclass(frozen=True, kw_only=True)
class PairsConfig(GenerateConfig):
    """Flags of `pairs`."""

    count: Count = 20
    """Pairs to draw. With fewer pictures in --faces or --styles these come round again."""


@dataclass(frozen=True, kw_only=True)
class PictureConfig(GenerateConfig):
    """Flags of `picture`."""

    style_seed: Seed | None = None
    """Decides the random style alone (default --seed)."""
    mix: Path | None = None
    """A second style reference: one picture, or a folder of which a seeded choice is taken."""
    mix_seed: Seed | None = None
    """Decides a second style that is random."""
    mix_share: Share = 0.5
    """How much of the second style: 0 the first alone, 1 the second alone."""

    def check(self) -> None:
        """Ranges, and one second style at most."""
        super().check()
        if self.mix is not None and self.mix_seed is not None:
            raise UserError(f"--mix {self.mix} and --mix-seed {self.mix_seed} are two second styles; give one")

    @property
    def mixes(self) -> bool:
        """Whether there is a second style."""
        return self.mix is not None or self.mix_seed is not None


@dataclass(frozen=True, kw_only=True)
class SweepConfig(GenerateConfig):
    """Flags of `sweep`."""

    num_styles: Count = 4
    """Rows; of a larger folder a seeded choice is taken."""
    tile: Tile | None = None
    """Side of one picture on the sheet in px (default the model's size, at least 96 and at most 256)."""


@dataclass(frozen=True, kw_only=True)
class TransferConfig(GenerateConfig):
    """Flags of `transfer`."""

    strip: bool = False
    """Put the face and the style reference to the left of each result."""


@dataclass(frozen=True, kw_only=True)
class VideoConfig(GenerateConfig):
    """Flags of `video`."""

    num_styles: Count = 8
    """Styles on the way; of a larger folder a seeded choice is taken."""
    num_faces: Count = 1
    """Faces on the way; with more than one the face changes too."""
    seconds: Positive = 8.0
    """Length of the video, which ends where it began."""
    fps: Annotated[int, Allowed("1 to 240", lambda x: 1 <= x <= 240)] = 30
    """Frames per second."""
    frames: bool = False
    """Write numbered PNG files in place of an mp4."""

    def check(self) -> None:
        """Ranges, and that there is a frame."""
        super().check()
        if self.seconds * self.fps < 1:
            raise UserError(f"--seconds {self.seconds} at --fps {self.fps} is no video; give at least one frame")
