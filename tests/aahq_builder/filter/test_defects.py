import cv2
import numpy as np
import pytest

from aahq_builder.filter.defects import blockiness, text_coverage
from tests.aahq_builder.filter.build import aligned_of, draw_portrait

PORTRAIT = draw_portrait(1)


def jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def test_noise_has_no_grid() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    assert blockiness(noise) < 0.15


def test_a_smooth_ramp_has_no_grid() -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint8)[None, :, None], (256, 1, 3))
    assert blockiness(ramp) == 0.0


@pytest.mark.parametrize("offset", [0, 3, 7])
def test_steps_on_an_eight_pixel_grid_are_found_at_any_offset(offset: int) -> None:
    mosaic = np.random.default_rng(0).integers(80, 120, (40, 40, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    assert blockiness(mosaic[offset:, offset:]) > 5


def test_stronger_compression_is_blockier() -> None:
    scores = [blockiness(jpeg(PORTRAIT, quality)) for quality in (95, 60, 30, 10)]
    assert scores == sorted(scores)
    assert scores[-1] > 1.0 > scores[0]


def test_a_picture_smaller_than_a_few_blocks_has_no_score_against_it() -> None:
    assert blockiness(np.zeros((20, 20, 3), np.uint8)) == 0.0


def test_a_caption_is_as_long_as_it_was_written() -> None:
    face = np.full((256, 256, 3), 120, np.uint8)
    (width, _), _ = cv2.getTextSize("watermark", cv2.FONT_HERSHEY_SIMPLEX, 0.9, 2)
    cv2.putText(face, "watermark", (30, 140), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (240, 240, 240), 2, cv2.LINE_AA)
    assert text_coverage(face) == pytest.approx(width / 256, abs=0.05)


def test_dark_letters_count_as_light_ones_do() -> None:
    face = np.full((256, 256, 3), 200, np.uint8)
    cv2.putText(face, "sample", (60, 140), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (20, 20, 20), 2, cv2.LINE_AA)
    assert text_coverage(face) == pytest.approx(text_coverage(255 - face), abs=0.02)
    assert text_coverage(face) > 0.25


def test_a_face_without_letters_has_no_text() -> None:
    assert text_coverage(aligned_of(PORTRAIT)) == 0.0
