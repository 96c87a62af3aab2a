import numpy as np
import pytest

from aahq_builder.filter.tone import saturation, tone


def plain(red: int, green: int, blue: int) -> np.ndarray:
    return np.full((64, 64, 3), (red, green, blue), np.uint8)


def test_a_plain_grey_face_has_its_own_exposure_and_no_contrast() -> None:
    scores = tone(plain(102, 102, 102))
    assert scores == pytest.approx({"exposure": 0.4, "contrast": 0.0, "clipped": 0.0, "saturation": 0.0}, abs=1e-6)


def test_black_and_white_halves_span_the_range_and_are_clipped() -> None:
    face = plain(0, 0, 0)
    face[:, 32:] = 255
    scores = tone(face)
    assert (scores["contrast"], scores["clipped"]) == (1.0, 1.0)


def test_only_the_inner_face_counts() -> None:
    face = plain(128, 128, 128)
    face[:12], face[-12:] = 255, 0  # 3/16 of 64 px
    assert tone(face)["contrast"] == 0.0


@pytest.mark.parametrize(("colour", "expected"), [((255, 0, 0), 1.0), ((51, 51, 51), 0.0), ((255, 153, 204), 0.4)])
def test_saturation_is_the_spread_of_the_channels(colour: tuple[int, int, int], expected: float) -> None:
    assert saturation(plain(*colour)) == pytest.approx(expected, abs=1e-6)
