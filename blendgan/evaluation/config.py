"""Flags of `blendgan-eval`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from blendgan.command import CommonConfig
from blendgan.config import Allowed, Count, Device, Seed
from blendgan.errors import UserError

Pictures = Annotated[int, Allowed("4 or more", lambda x: x >= 4)]


@dataclass(frozen=True, kw_only=True)
class EvalConfig(CommonConfig):
    """Flags of `blendgan-eval`."""

    models: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Model folders, as written by blendgan-train or blendgan-convert, or hf:ORG/NAME on the Hub; several are drawn
    side by side."""
    faces: Path
    """Real aligned faces, with which natural pictures are compared: a folder, a Parquet release, a StyleGAN zip, or
    hf:ORG/NAME on the Hub."""
    artworks: Path
    """Real artistic faces, as --faces: styled pictures are compared with them and take their styles from them."""
    out: Path = Path("evaluation")
    """Folder for evaluation.json, evaluation.html and what is kept for the next call."""
    num: Pictures = 2000
    """Pictures of each kind, at most as many real ones as there are (papers take 50,000). A rerun with more draws only
    those that are missing."""
    sources: Count = 50
    """Faces that diversity is measured on, ten pictures each."""
    style_encoder: Path | None = None
    """Folder with the style encoder, if not in the models."""
    inception: Path | None = None
    """File of FID's Inception-v3 (weights-inception-2015-12-05-6726825d.pth) if it is not where torch-fidelity leaves
    it; without one VGG-19 stands in."""
    alexnet: Path | None = None
    """File of LPIPS's AlexNet (alexnet-owt-7be5be79.pth) if it is not where torchvision leaves it; without one a seeded
    random network stands in."""
    arcface: Path | None = None
    """File of ArcFace's IR-SE50 (model_ir_se50.pth); without one dlib's face network tells identity."""
    seed: Seed = 0
    """Decides faces and styles."""
    batch: Count = 8
    """Pictures computed at once; numbers depend on it in their last digits only."""
    device: Device = "auto"
    """Where to compute; auto takes a GPU if there is one."""

    def check(self) -> None:
        """Ranges, and that there is a model, each once."""
        super().check()
        if not self.models:
            raise UserError("no model was named; give the folder of one or more")
        places = [model.resolve() for model in self.models]
        if twice := [model for model, place in zip(self.models, places, strict=True) if places.count(place) > 1]:
            raise UserError(f"{twice[0]} is named twice; give each model once")
        for flag, place in (("--faces", self.faces), ("--artworks", self.artworks)):
            if place.resolve() == self.out.resolve():
                raise UserError(f"--out {self.out} is {flag}; give a folder of its own for the results")
