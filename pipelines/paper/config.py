"""Settings of the recipes that end in a figure of the supplementary material, and where their inputs lie."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from blendgan.command import CommonConfig
from blendgan.config import Seed
from blendgan.errors import UserError

Scale = Literal["small", "full"]


@dataclass(frozen=True, kw_only=True)
class PaperConfig(CommonConfig):
    """Flags of every recipe."""

    scale: Scale = "small"
    """small takes what `make demo` leaves, and minutes of one CPU core; full takes the supplementary material's
    settings, and a model and pictures that you name."""
    work: Path = Path("demo/work")
    """The demo's work folder, for --scale small."""
    model: Path | None = None
    """Model folder (default with --scale small: the demo's)."""
    seed: Seed = 0
    """Decides random faces, styles and trainings."""

    @property
    def is_small(self) -> bool:
        """Whether the demo's art is the default."""
        return self.scale == "small"

    @property
    def model_folder(self) -> Path:
        """The model that the figure is about."""
        return self.given(self.model, "runs/gan/final", "--model")

    def given(self, path: Path | None, left: str, flag: str) -> Path:
        """What a flag names; at the small scale else what `make demo` left at this place in its work folder."""
        if path is None and not self.is_small:
            raise UserError(f"--scale full needs {flag}; --scale small takes what `make demo` leaves")
        found = path or self.work / left
        if not found.exists():
            raise UserError(f"{found} is missing; run `make demo` first, or name another place with {flag}")
        return found
