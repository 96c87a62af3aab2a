"""The same file, corners and settings give the same pixels, whatever else was cut or looked at before."""

import io
import itertools

import numpy as np
import pytest
from PIL import Image

from aahq_builder.align.config import CropSettings
from aahq_builder.align.crops import CropSource, coarsest_for
from aahq_builder.align.geometry import quad_side
from tests.drawn_faces import draw_portrait

SIZE = 64


def jpeg(size: int) -> bytes:
    content = io.BytesIO()
    Image.fromarray(draw_portrait(1)).resize((size, size)).save(content, "JPEG", quality=90)
    return content.getvalue()


def square(left: float, top: float, side: float) -> np.ndarray:
    """An upright crop."""
    return np.array([[left, top], [left, top + side], [left + side, top + side], [left + side, top]])


QUADS = {"small": square(900, 700, 90), "middle": square(700, 500, 300), "large": square(100, 50, 3000)}


def test_crops_do_not_depend_on_each_other_or_on_their_order() -> None:
    content, settings = jpeg(4200), CropSettings(SIZE)
    alone = {name: CropSource(content, settings).cut(quad) for name, quad in QUADS.items()}
    for order in itertools.permutations(QUADS):
        source = CropSource(content, settings)
        source.picture()  # as faces are searched
        for name in order:
            np.testing.assert_array_equal(source.cut(QUADS[name]), alone[name], err_msg=f"{name} of {order}")


def test_a_crop_has_a_source_pixel_for_each_of_its_own_and_no_needless_ones() -> None:
    for side, factor in ((63, 1), (64, 1), (127.9, 1), (128, 2), (255, 2), (256, 4), (512, 8), (5000, 8)):
        quad = square(0, 0, side)
        assert coarsest_for(quad, SIZE) == factor
        assert factor == 1 or quad_side(quad) / factor >= SIZE


def test_a_small_crop_is_cut_from_all_pixels_and_a_large_one_from_those_that_search_needs() -> None:
    source = CropSource(jpeg(4200), CropSettings(SIZE))
    source.cut(QUADS["large"])
    assert {picture.reduction for picture in source.decoded.values()} == {2}  # a quarter leaves less than 2,000 px
    source.cut(QUADS["small"])
    assert {picture.reduction for picture in source.decoded.values()} == {1, 2}


def test_the_reference_is_cut_from_all_pixels() -> None:
    source = CropSource(jpeg(4200), CropSettings(SIZE, mode="reference"))
    assert source.picture().reduction == 1


def test_the_background_shows_through_transparent_pixels() -> None:
    content = io.BytesIO()
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(content, "PNG")
    cut = CropSource(content.getvalue(), CropSettings(SIZE, background="#ff8000")).cut(square(20, 20, 60))
    assert (cut == (255, 128, 0)).all()


@pytest.mark.parametrize(
    "stated",
    [
        None, [], "fast", {"size": 65}, {"size": "64"}, {"size": True}, {"size": 64, "mode": "best"},
        {"size": 64, "padding": "no"}, {"size": 64, "background": "red"}, {"size": 64, "background": 7},
    ],
)  # fmt: skip
def test_settings_that_cannot_be_cut_by_are_none(stated: object) -> None:
    assert CropSettings.of_json(stated) is None


def test_what_is_not_stated_is_the_default() -> None:
    assert CropSettings.of_json({"size": 256, "versions": {}}) == CropSettings(256)
    stated = {"size": 64, "mode": "reference", "padding": False, "background": "#FFFFFF"}
    assert CropSettings.of_json(stated) == CropSettings(64, "reference", False, "#FFFFFF")
