"""Flags of `blendgan-demo`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from blendgan.command import CommonConfig
from blendgan.config import Allowed, Count, Device, Precision
from blendgan.errors import UserError


@dataclass(frozen=True, kw_only=True)
class PageConfig(CommonConfig):
    """Flags of `blendgan-demo`."""

    model: Annotated[Path, tyro.conf.Positional]
    """Model folder, as written by blendgan-train or blendgan-convert."""
    styles: Path | None = None
    """Folder of style references to choose from; what a metadata.jsonl in it says of their artists is shown."""
    faces: Path | None = None
    """Folder of aligned square faces to choose from."""
    map: Path | None = None
    """map.parquet of `aahq-build tsne`: the pictures of --styles can then be chosen on a map."""
    style_encoder: Path | None = None
    """Folder with the style encoder, if not in the model."""
    inversion: Path | None = None
    """Folder with the inversion encoder, if not in the model; without one, faces are random."""
    noise: Literal["fixed", "none"] = "fixed"
    """The noise inputs of the model: the stored ones, or none (less grain after a short training)."""
    host: str = "127.0.0.1"
    """Address to listen at. Only this machine reaches the default; 0.0.0.0 is open to all that reach this machine."""
    port: Annotated[int, Allowed("0 (any free one) to 65535", lambda x: 0 <= x <= 65535)] = 7860
    """Port to listen at."""
    open: bool = False
    """Open the page in a browser."""
    max_upload_mb: Count = 20
    """Larger files are not taken."""
    device: Device = "auto"
    """Where to compute; auto takes a GPU if there is one."""
    precision: Precision = "auto"
    """Arithmetic of convolutions, as in blendgan-generate."""
    space: Path | None = None
    """Write a Gradio Space into this folder, ready for the Hugging Face Hub, and stop."""
    license: str | None = None
    """Licence (SPDX) of the pictures in --styles and --faces that a --space shows and nothing says a licence of."""
    i_have_a_legal_basis: bool = False
    """Put weights that were trained on pictures without an open licence into a --space."""

    def check(self) -> None:
        """Ranges, and what needs what."""
        super().check()
        if self.map is not None and self.styles is None:
            raise UserError(f"--map {self.map} places the pictures of --styles; give that folder too")
        if self.space is None and (self.license or self.i_have_a_legal_basis):
            raise UserError("--license and --i-have-a-legal-basis are for --space; give it, or leave them out")
