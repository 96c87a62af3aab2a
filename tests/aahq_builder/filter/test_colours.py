import cv2
import numpy as np
import pytest

from aahq_builder.filter.colours import RegisteredColours, apply_map, colour_relation, fit_map
from aahq_builder.filter.registration import IDENTITY
from aahq_builder.filter.sketch import sketch_work
from tests.drawn_templates import TEMPLATES, Features, draw_work

FEATURES = Features(1, 1, 2, 0, 1, 0, 0, 0, 1, 0, 0, 1)
PICTURE = draw_work(TEMPLATES[1], FEATURES)
HUE_BY_120_DEGREES = [2, 0, 1]


def registered(first: np.ndarray, second: np.ndarray, transform: np.ndarray = IDENTITY) -> RegisteredColours:
    return RegisteredColours.of(sketch_work(first).colours, sketch_work(second).colours, transform)


def relation(first: np.ndarray, second: np.ndarray) -> str:
    """As if the face filled the whole artwork."""
    return colour_relation(registered(first, second), registered(first, second))


def graded(picture: np.ndarray, gamma: float, gains: tuple[float, float, float]) -> np.ndarray:
    return np.round(255 * np.clip((picture / 255.0) ** gamma * gains, 0, 1)).astype(np.uint8)


def test_a_picture_has_the_colours_of_itself() -> None:
    assert registered(PICTURE, PICTURE).worst_region() == 0.0
    assert registered(PICTURE, PICTURE).difference() == 0.0
    assert relation(PICTURE, PICTURE) == "same"


def test_a_reencoded_picture_has_the_same_colours() -> None:
    jpeg = cv2.imdecode(cv2.imencode(".jpg", PICTURE, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], cv2.IMREAD_COLOR_BGR)
    assert relation(PICTURE, np.asarray(jpeg)) == "same"


@pytest.mark.parametrize(
    "copy",
    [
        PICTURE[..., HUE_BY_120_DEGREES],
        graded(PICTURE, 1.5, (1.0, 1.0, 1.0)),
        graded(PICTURE, 0.8, (1.15, 1.0, 0.85)),
        np.repeat(PICTURE.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8),
        255 - PICTURE,
    ],
    ids=["hue", "darker", "warmer", "grey", "negative"],
)
def test_a_picture_that_was_recoloured_as_a_whole_is_mapped(copy: np.ndarray) -> None:
    assert relation(PICTURE, copy) == "mapped"
    assert relation(copy, PICTURE) == "mapped"


@pytest.mark.parametrize("feature", ["skin", "hair_colour", "clothes_colour", "ground"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_one_feature_in_another_colour_is_a_change(template: object, feature: str) -> None:
    other = FEATURES._replace(**{feature: 3})
    pictures = [draw_work(template, features) for features in (FEATURES, other)]  # type: ignore[arg-type]
    assert relation(*pictures) == "changed"


@pytest.mark.parametrize("template", TEMPLATES)
def test_hair_skin_and_clothes_in_other_colours_on_the_same_ground_are_a_change(template: object) -> None:
    other = FEATURES._replace(skin=4, hair_colour=5, clothes_colour=3)
    pictures = [draw_work(template, features) for features in (FEATURES, other)]  # type: ignore[arg-type]
    assert relation(*pictures) == "changed"


def test_the_map_is_found_although_a_quarter_was_painted_over() -> None:
    random = np.random.default_rng(0)
    truth = np.vstack([0.9 * np.eye(3)[[1, 2, 0]], [0.05, -0.05, 0.0]])
    second = random.uniform(20, 230, (16, 16, 3)).astype(np.float32)
    first = apply_map(truth, second)
    first[:8, :8] = random.uniform(0, 255, (8, 8, 3))
    found = fit_map([RegisteredColours(first, second, np.ones((16, 16), bool))])
    assert found == pytest.approx(truth, abs=0.03)


def test_cells_outside_either_picture_do_not_count() -> None:
    shifted = np.array([[1.0, 0, 32], [0, 1, 0]], np.float32)
    found = registered(PICTURE, PICTURE[:, ::-1].copy(), shifted)
    assert found.inside.sum() == 16 * 8
    assert not found.inside[:, 8:].any()


def test_too_little_in_common_is_a_change() -> None:
    apart = registered(PICTURE, PICTURE, np.array([[1.0, 0, 60], [0, 1, 0]], np.float32))
    assert colour_relation(apart, apart) == "changed"


def test_blank_pictures_have_the_same_colours_and_warn_of_nothing() -> None:
    blank = np.full((40, 40, 3), 128, np.uint8)
    assert relation(blank, blank) == "same"
