"""Flags of `blendgan-convert`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from blendgan.command import CommonConfig


@dataclass(frozen=True, kw_only=True)
class ConvertConfig(CommonConfig):
    """Flags of `blendgan-convert`."""

    source: Annotated[Path, tyro.conf.Positional]
    """Official .pt or NVIDIA .pkl file, or a model folder of ours."""
    target: Annotated[Path, tyro.conf.Positional]
    """Folder for the networks, or a .pt file to write."""
