"""The command `blendgan-demo`: a model's page, with the faces of uploaded pictures found as the builder finds them."""

import sys
from functools import partial

import numpy as np
from jaxtyping import UInt8

from blendgan.command import Command
from blendgan.command import run as run_command
from blendgan.console import Console
from blendgan.demo.config import PageConfig

DEMO = Command(
    config="blendgan.demo.config:PageConfig",
    stage="pipelines.demo_app:run",
    summary="Try a model on a page of this machine: choose or upload a face and a style, and mix.",
    example="blendgan-demo models/blendgan --styles paintings/ --faces aligned/",
)
PACKAGES = ("aahq_builder", "blendgan", "data_cards", "pipelines")
"""What a Space has to bring."""
LEAST_CROP_PX = 32
"""As in `aahq-build align`: smaller faces are not cut out."""


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

        self.size, config = size, AlignConfig()
        for model in ModelFiles.of(config).all():
            if model.terms:
                console.info(model.terms.partition(";")[0])
        self.finder = make_finder(config)

    def __call__(self, content: bytes) -> list[UInt8[np.ndarray, "size size 3"]]:
        """Aligned faces, the largest first; raises `PictureError`."""
        from aahq_builder.align.confidence import DEFAULT_BOUND
        from aahq_builder.align.crops import SEARCH_PX
        from aahq_builder.align.fast_warp import warp_fast
        from aahq_builder.align.geometry import CropStyle, crop_quad, four_points, quad_side
        from blendgan.data.decode import decode

        pixels = decode(content, SEARCH_PX).pixels
        believed = [face for face in self.finder.find(pixels) if face.confidence >= DEFAULT_BOUND]
        quads = [crop_quad(four_points(face.landmarks), CropStyle()) for face in believed]
        return [warp_fast(pixels, quad, self.size, padding=True) for quad in quads if quad_side(quad) >= LEAST_CROP_PX]
