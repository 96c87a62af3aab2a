"""Uploaded photographs are cut as the builder cuts them."""

import numpy as np
import pytest
import skimage.data

from aahq_builder.align.config import AlignConfig
from aahq_builder.align.ensemble import make_finder
from aahq_builder.align.geometry import crop_quad, four_points
from aahq_builder.align.warp import warp_reference
from blendgan.console import Console
from blendgan.errors import PictureError
from pipelines.demo_app import FaceCutter
from tests.demo_server import png


@pytest.mark.slow
def test_a_photograph_gives_its_face_and_other_pictures_none() -> None:
    cutter = FaceCutter(Console(verbosity=-1), 128)
    photograph = skimage.data.astronaut()
    (face,) = cutter(png(photograph))
    (found,) = [face for face in make_finder(AlignConfig()).find(photograph) if face.confidence > 0.5]
    reference = warp_reference(photograph, crop_quad(four_points(found.landmarks)), 128)
    assert np.abs(face.astype(int) - reference).mean() < 2
    assert cutter(png(np.full((300, 300, 3), 90, dtype=np.uint8))) == []
    with pytest.raises(PictureError):
        cutter(b"no picture")
