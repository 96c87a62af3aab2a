"""What is found in a copy is proposed at its place in the picture."""

import numpy as np
import pytest

from aahq_builder.align.augmentation import AugmentedCopy
from aahq_builder.align.detectors import Detection
from aahq_builder.align.search import FRAME, Search, propose


class BrightSpot:
    """Takes the bright spot for a face."""

    name = "spot"

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def detect(self, pixels: np.ndarray) -> list[Detection]:
        self.shapes.append(pixels.shape)
        rows, columns = np.nonzero(pixels[..., 0] > 128)
        return [Detection(np.array([columns.mean(), rows.mean()]), 20.0, 1.0)]


def with_spot(width: int, height: int, x: int, y: int) -> np.ndarray:
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    picture[y - 4 : y + 5, x - 4 : x + 5] = 255
    return picture


@pytest.mark.parametrize("trimmed", [False, True])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(("width", "height"), [(400, 400), (400, 90), (120, 500)])
def test_a_place_in_the_copy_is_the_same_place_in_the_picture(
    width: int, height: int, mirrored: bool, trimmed: bool
) -> None:
    search = Search(BrightSpot(), (AugmentedCopy(mirrored=mirrored),), 600, trimmed=trimmed)
    (proposal,) = propose(with_spot(width, height, 30, height - 20), [search])
    np.testing.assert_allclose(proposal.box.centre, (30, height - 20), atol=0.6)
    assert proposal.box.side == pytest.approx(20 * FRAME * max(width, height) / 600)


def test_a_trimmed_copy_shows_the_picture_and_a_margin() -> None:
    detector = BrightSpot()
    propose(with_spot(400, 100, 200, 50), [Search(detector, (AugmentedCopy(),), 420, trimmed=True)])
    assert detector.shapes == [(120, 420, 3)]  # 10 px above and below, as left and right


def test_at_own_resolution_a_copy_is_neither_enlarged_nor_larger_than_allowed() -> None:
    search = Search(BrightSpot(), (AugmentedCopy(),), 2100)
    sides = [search.at_own_resolution(np.zeros((10, length, 3)), 780) for length in (700, 1000, 2000, 5000)]
    assert [found and found.side_px for found in sides] == [None, 1050, 2100, 2100]
