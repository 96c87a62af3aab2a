"""Faces on every level of the pyramid, with boxes and points where the model's layout says they are."""

from pathlib import Path

import numpy as np
import pytest

from aahq_builder.align.detectors.yunet import YuNet, pyramid
from aahq_builder.align.geometry import crop_quad, quad_side
from aahq_builder.errors import UserError
from tests.yunet_file import CELL_PX, POINTS, write_yunet


@pytest.fixture
def yunet(tmp_path: Path) -> YuNet:
    (tmp_path / "yunet.onnx").write_bytes(write_yunet())
    return YuNet(tmp_path / "yunet.onnx", 0.5)


def marked(size: int, *marks: tuple[int, int, int]) -> np.ndarray:
    """Black, with bright squares at x, y of some side."""
    picture = np.zeros((size, size, 3), dtype=np.uint8)
    for x, y, side in marks:
        picture[y : y + side, x : x + side] = 255
    return picture


@pytest.mark.parametrize("reduction", [1, 2, 4])
def test_a_face_of_any_size_is_found_on_its_level(yunet: YuNet, reduction: int) -> None:
    cell = CELL_PX * reduction
    found = yunet.detect(marked(640, (5 * cell, 3 * cell, cell)))
    assert len(found) == 1
    middle = np.array([5.5, 3.5]) * cell - 0.5
    assert found[0].points is not None
    eye_left, eye_right, _, mouth_left, mouth_right = middle + POINTS * reduction
    np.testing.assert_allclose(np.stack(found[0].points), [eye_left, eye_right, mouth_left, mouth_right], atol=0.01)
    # dlib's box is 0.585 of the crop
    assert found[0].side == pytest.approx(0.585 * quad_side(crop_quad(found[0].points)), rel=1e-4)
    assert found[0].score > 0.99


def test_a_large_picture_is_searched_reduced(yunet: YuNet) -> None:
    found = yunet.detect(marked(1280, (320, 320, 2 * CELL_PX)))
    np.testing.assert_allclose(found[0].points.eye_left, 328 - 0.5 + 2 * POINTS[0], atol=0.02)  # type: ignore[union-attr]


def test_several_faces_and_none(yunet: YuNet) -> None:
    assert len(yunet.detect(marked(640, (80, 80, 8), (400, 160, 8), (160, 480, 16)))) == 3
    assert yunet.detect(marked(640)) == []
    assert yunet.detect(marked(40)) == []


def test_levels_halve_and_stay_in_their_bounds() -> None:
    sizes = [level.shape[:2] for level in pyramid(np.zeros((500, 1000, 3), dtype=np.uint8))]
    assert sizes == [(320, 640), (160, 320), (80, 160)]
    assert [level.shape[:2] for level in pyramid(np.zeros((90, 60, 3), dtype=np.uint8))] == [(90, 60)]


def test_a_file_that_is_no_model_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"not a model")
    with pytest.raises(UserError, match=r"bad\.onnx"):
        YuNet(tmp_path / "bad.onnx", 0.5)
