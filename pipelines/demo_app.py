"""The command `blendgan-demo`: a model's page, with the faces of uploaded pictures found as the builder finds them."""

import sys
from dataclasses import replace
from functools import partial

import numpy as np
from jaxtyping import UInt8

from blendgan.command import Command
from blendgan.command import run as run_command
from blendgan.console import Console
from blendgan.demo.config import PageConfig
from blendgan.errors import PictureError, PictureFault

DEMO = Command(
    config="blendgan.demo.config:PageConfig",
    stage="pipelines.demo_app:run",
    summary="Try a model on a page of this machine: choose or upload a face and a style, and mix.",
    example="blendgan-demo models/blendgan --styles paintings/ --faces aligned/",
)
PACKAGES = ("aahq_builder", "blendgan", "data_cards", "pipelines")
"""What a Space has to bring."""


def main() -> None:
    """Entry point of `blendgan-demo`."""
    sys.exit(run_command("blendgan-demo", DEMO, sys.argv[1:]))


def run(config: PageConfig, console: Console) -> None:
    """Serve the page, or write a Space."""
    from aahq_builder.tsne.mosaic import snap_to_grid
    from blendgan.demo import stage

    stage.run(config, console, partial(FaceCutter, console), snap_to_grid, PACKAGES)


class FaceCutter:
    """Cuts the faces out of a picture as `aahq-build align` does, for somebody who waits for them."""

    def __init__(self, console: Console, size: int) -> None:
        from aahq_builder.align.config import AlignConfig
        from aahq_builder.align.ensemble import ModelFiles, make_finder

        config = AlignConfig()
        self.crop = replace(config.crop, size=size)
        for model in ModelFiles.of(config).all():
            if model.terms:
                console.info(model.terms.partition(";")[0])
        self.finder = make_finder(config)

    def __call__(self, content: bytes) -> list[UInt8[np.ndarray, "size size 3"]]:
        """Aligned faces, the largest first; raises `PictureError`."""
        from aahq_builder.align.aligner import MIN_CROP_PX, in_original
        from aahq_builder.align.columns import crop_of
        from aahq_builder.align.confidence import DEFAULT_BOUND
        from aahq_builder.align.crops import CropSource
        from aahq_builder.align.geometry import quad_side
        from aahq_builder.errors import ItemError

        source = CropSource(content, self.crop)
        try:
            seen = source.picture()
            faces = [in_original(face, seen.reduction) for face in self.finder.find(seen.pixels)]
            quads = [crop_of(face.landmarks)[1] for face in faces if face.confidence >= DEFAULT_BOUND]
            return [source.cut(quad) for quad in quads if quad_side(quad) >= MIN_CROP_PX]
        except ItemError as error:
            raise PictureError(PictureFault(error.kind), error.detail) from error
