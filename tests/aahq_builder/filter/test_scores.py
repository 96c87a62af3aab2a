import cv2
import numpy as np
import pytest

from aahq_builder.filter.duplicates import ComparedFace, compare
from aahq_builder.filter.scores import FaceView, inside, measure, sharpness_scores
from aahq_builder.filter.sketch import sketch_face, sketch_work
from tests.aahq_builder.filter.build import QUAD, SIZE, aligned_of, draw_portrait

FACTS = {"face_px": 220.0, "pad_fraction": 0.0, "confidence": 0.9}


def scores_of(picture: np.ndarray, **facts: float) -> dict[str, float]:
    return measure(FaceView(aligned_of(picture), picture, np.array(QUAD), {**FACTS, **facts}))


def lined(period: int = 12, size: int = 360) -> np.ndarray:
    """Hard vertical lines everywhere: ink art."""
    return np.repeat(np.where(np.arange(size) % period < period // 2, 30, 220)[None, :, None], size, axis=0).repeat(
        3, axis=2
    ).astype(np.uint8)  # fmt: skip


def test_the_aligners_facts_are_scores_and_the_upscale_factor_follows() -> None:
    scores = scores_of(draw_portrait(1), face_px=64.0)
    assert scores["face_px"] == 64.0
    assert scores["upscale"] == SIZE / 64.0


def test_flat_art_with_hard_lines_is_sharp() -> None:
    scores = sharpness_scores(lined(), np.array(QUAD), 360)
    assert scores["sharpness"] > 0.99
    assert scores["relative_sharpness"] == pytest.approx(1.0, abs=0.01)


def test_a_blurred_face_in_sharp_art_is_soft_relative_to_its_style() -> None:
    picture = lined()
    soft = cv2.GaussianBlur(picture, (0, 0), 2.5)
    picture[50:270, 70:290] = soft[50:270, 70:290]
    scores = sharpness_scores(picture, np.array(QUAD), 360)
    assert scores["relative_sharpness"] < 0.6


def test_evenly_soft_art_is_no_softer_in_the_face() -> None:
    picture = cv2.GaussianBlur(lined(), (0, 0), 2.0)
    assert sharpness_scores(picture, np.array(QUAD), 360)["relative_sharpness"] == pytest.approx(1.0, abs=0.05)


def test_enlarging_the_picture_with_its_quad_leaves_sharpness_where_alignment_reduces_it() -> None:
    picture = lined(24, 720)
    twice = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    quad = 2 * np.array(QUAD)
    small = sharpness_scores(picture, quad, 110)["sharpness"]
    assert sharpness_scores(twice, 2 * quad, 110)["sharpness"] == pytest.approx(small, abs=0.05)


def test_a_face_without_any_edge_has_sharpness_zero_and_no_relative_sharpness() -> None:
    plain = np.full((360, 360, 3), 90, np.uint8)
    assert sharpness_scores(plain, np.array(QUAD), SIZE) == {"sharpness": 0.0}


def test_a_quad_that_leaves_the_picture_is_measured_inside_it() -> None:
    quad = np.array(QUAD) - (150, 150)
    assert sharpness_scores(lined(), quad, SIZE)["sharpness"] > 0


def test_enlarging_a_picture_raises_its_face_px_and_not_its_effective_px() -> None:
    picture = np.random.default_rng(0).integers(100, 156, (360, 360, 3), dtype=np.uint8)
    twice = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    small = measure(FaceView(aligned_of(picture), picture, np.array(QUAD), FACTS))
    large = measure(FaceView(aligned_of(picture), twice, 2 * np.array(QUAD), {**FACTS, "face_px": 440.0}))
    assert small["effective_px"] == 220.0
    assert large["effective_px"] <= 220.0 * 2**0.25


def test_faces_in_the_same_crop_are_counted_by_their_middle() -> None:
    within, beside = np.array(QUAD) + 60.0, np.array(QUAD) + 200.0
    view = FaceView(aligned_of(draw_portrait(1)), draw_portrait(1), np.array(QUAD), FACTS, [within, beside])
    assert measure(view)["other_faces"] == 1.0


@pytest.mark.parametrize(("point", "expected"), [((180, 160), True), ((69, 160), False), ((70, 50), True)])
def test_a_point_is_inside_a_quad_up_to_its_border(point: tuple[int, int], expected: bool) -> None:
    assert inside(np.array(point), np.array(QUAD)) is expected


EXTREMES = {
    "blank": np.full((300, 300, 3), 255, np.uint8),
    "one colour": np.full((300, 300, 3), (12, 200, 40), np.uint8),
    "one pixel": np.full((1, 1, 3), 9, np.uint8),
    "tiny": draw_portrait(1)[:5, :7],
    "wide": draw_portrait(1)[100:102],
    "tall": np.ascontiguousarray(draw_portrait(1)[:, 100:101]),
    "noise": np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8),
}
QUADS = {
    "inside": ((70.0, 50.0), (70.0, 270.0), (290.0, 270.0), (290.0, 50.0)),
    "outside": ((900.0, 900.0), (900.0, 1200.0), (1200.0, 1200.0), (1200.0, 900.0)),
    "negative": ((-500.0, -400.0), (-500.0, -100.0), (-200.0, -100.0), (-200.0, -400.0)),
    "a point": ((3.0, 3.0),) * 4,
    "a line": ((0.0, 0.0), (0.0, 0.0), (90.0, 0.0), (90.0, 0.0)),
    "huge": ((-9e4, -9e4), (-9e4, 9e4), (9e4, 9e4), (9e4, -9e4)),
}


@pytest.mark.parametrize("quad", QUADS.values(), ids=QUADS.keys())
@pytest.mark.parametrize("picture", EXTREMES.values(), ids=EXTREMES.keys())
def test_extreme_pictures_have_finite_scores_and_warn_of_nothing(picture: np.ndarray, quad: object) -> None:
    square = cv2.resize(picture, (min(picture.shape[:2]),) * 2)
    facts = {"face_px": 0.0, "pad_fraction": 1.0, "confidence": 0.0}
    scores = measure(FaceView(square, picture, np.array(quad), facts))
    assert np.isfinite(list(scores.values())).all()


@pytest.mark.parametrize("picture", EXTREMES.values(), ids=EXTREMES.keys())
def test_extreme_pictures_can_be_sketched_and_compared(picture: np.ndarray) -> None:
    square = cv2.resize(picture, (min(picture.shape[:2]),) * 2)
    size = (picture.shape[1], picture.shape[0])
    for quad in QUADS.values():
        one, other = (
            ComparedFace(face_id, sketch_face(square), sketch_work(picture), np.array(quad), size) for face_id in "ab"
        )
        for mirrored in (False, True):
            compare(one, other, mirrored)
