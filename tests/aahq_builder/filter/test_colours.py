import cv2
import numpy as np
import pytest

from aahq_builder.filter.colours import EVERYWHERE, RegisteredColours, colour_relation, unchanged_chromatic
from aahq_builder.filter.registration import IDENTITY
from aahq_builder.filter.sketch import sketch_work
from tests.drawn_templates import TEMPLATES, Features, Template, draw_work
from tests.recolourings import RECOLOURINGS

FEATURES = Features(1, 1, 2, 0, 1, 0, 0, 0, 1, 0, 0, 1)
PICTURE = draw_work(TEMPLATES[1], FEATURES)


def registered(first: np.ndarray, second: np.ndarray, transform: np.ndarray = IDENTITY) -> RegisteredColours:
    return RegisteredColours.of(sketch_work(first).colours, sketch_work(second).colours, transform)


def relation(first: np.ndarray, second: np.ndarray) -> str:
    """As if the face filled the whole artwork."""
    return colour_relation(registered(first, second), registered(first, second))


def test_a_picture_has_the_colours_of_itself() -> None:
    assert registered(PICTURE, PICTURE).residual() == 0.0
    assert registered(PICTURE, PICTURE).difference() == 0.0
    assert relation(PICTURE, PICTURE) == "same"


def test_a_reencoded_picture_has_the_same_colours() -> None:
    jpeg = cv2.imdecode(cv2.imencode(".jpg", PICTURE, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], cv2.IMREAD_COLOR_BGR)
    assert relation(PICTURE, np.asarray(jpeg)) == "same"


@pytest.mark.parametrize("name", RECOLOURINGS)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_picture_that_was_recoloured_as_a_whole_is_mapped(template: Template, name: str) -> None:
    picture = draw_work(template, FEATURES)
    copy = RECOLOURINGS[name](picture)
    assert relation(picture, copy) == "mapped"
    assert relation(copy, picture) == "mapped"


@pytest.mark.parametrize("feature", ["skin", "hair_colour", "clothes_colour", "ground"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_one_feature_in_another_colour_is_a_change(template: Template, feature: str) -> None:
    other = FEATURES._replace(**{feature: 3})
    pictures = [draw_work(template, features) for features in (FEATURES, other)]
    assert relation(*pictures) == "changed"


@pytest.mark.parametrize("template", TEMPLATES)
def test_hair_skin_and_clothes_in_other_colours_on_the_same_ground_are_a_change(template: Template) -> None:
    other = FEATURES._replace(skin=4, hair_colour=5, clothes_colour=3)
    pictures = [draw_work(template, features) for features in (FEATURES, other)]
    assert relation(*pictures) == "changed"


def test_what_either_picture_does_not_cover_does_not_count() -> None:
    shifted = np.array([[1.0, 0, 32], [0, 1, 0]], np.float32)
    found = registered(PICTURE, PICTURE[:, ::-1].copy(), shifted)
    # half the width, and two pixels less at every side of what is left
    assert found.inside.sum() == (64 - 4) * (32 - 4)
    assert not found.inside[:, 30:].any()


def test_the_padding_of_a_face_does_not_count() -> None:
    above = EVERYWHERE.copy()
    above[:20] = 0
    colours = sketch_work(PICTURE).colours
    padded = colours.copy()
    padded[:10] = 255 - padded[:10]
    whole = RegisteredColours.of(colours, padded, IDENTITY)
    without = RegisteredColours.of(colours, padded, IDENTITY, (EVERYWHERE, above))
    assert whole.residual() > 100
    assert without.residual() < 1.0
    assert not without.inside[:22].any()


def test_a_small_patch_is_seen_wherever_it_lies() -> None:
    for x, y in ((60, 200), (160, 160), (230, 90), (150, 250)):
        changed = PICTURE.copy()
        changed[y : y + 32, x : x + 32] = 255 - changed[y : y + 32, x : x + 32]
        assert relation(PICTURE, changed) == "changed"


def test_unchanged_colours_are_counted_among_those_with_a_hue() -> None:
    first = np.repeat([[200.0, 100, 50], [100.0, 100, 100]], [20, 30], axis=0)
    second = first.copy()
    second[:15] = (50.0, 100, 200)
    assert unchanged_chromatic(first, second) == 5 / 20


def test_too_little_in_common_is_a_change() -> None:
    apart = registered(PICTURE, PICTURE, np.array([[1.0, 0, 60], [0, 1, 0]], np.float32))
    assert colour_relation(apart, apart) == "changed"


def test_blank_pictures_have_the_same_colours_and_warn_of_nothing() -> None:
    blank = np.full((40, 40, 3), 128, np.uint8)
    assert relation(blank, blank) == "same"
