import dataclasses
import itertools

import cv2
import numpy as np
import pytest

from aahq_builder.filter.duplicates import (
    ComparedFace,
    Pair,
    compare,
    duplicate_of,
    duplicate_type,
    equal_pairs,
    face_transform,
)
from aahq_builder.filter.registration import IDENTITY
from aahq_builder.filter.sketch import sketch_face, sketch_work
from tests.aahq_builder.filter.build import QUAD, aligned_of, draw_portrait
from tests.drawn_templates import DRESS, TEMPLATES, Features, Template, draw_work, template_works
from tests.drawn_templates import QUAD as TEMPLATE_QUAD
from tests.recolourings import RECOLOURINGS


def compared(picture: np.ndarray, quad: object = QUAD, face_id: str = "a-0") -> ComparedFace:
    height, width = picture.shape[:2]
    return ComparedFace(
        face_id, sketch_face(aligned_of(picture, quad)), sketch_work(picture), np.array(quad, float), (width, height)
    )


def mirrored(picture: np.ndarray) -> np.ndarray:
    return picture[:, ::-1].copy()


def mirrored_quad(width: int = 360) -> np.ndarray:
    quad = np.array(QUAD)
    return np.column_stack([width - quad[:, 0], quad[:, 1]])[[3, 2, 1, 0]]


def hue_turned(picture: np.ndarray) -> np.ndarray:
    return picture[:, :, [2, 0, 1]]


def reason(first: np.ndarray, second: np.ndarray, quad: object = QUAD, flip: bool = False) -> str:
    return reason_of(compared(first), compared(second, quad, "b-0"), flip)


def reason_of(first: ComparedFace, second: ComparedFace, flip: bool = False) -> str:
    resemblance = compare(first, second, flip)
    return duplicate_type(resemblance, 0.5) if resemblance else ""


PICTURE = draw_portrait(3)
FEATURES = Features(1, 1, 2, 0, 1, 0, 0, 0, 1, 0, 0, 1)


def test_a_reencoded_copy_is_named_so() -> None:
    jpeg = cv2.imdecode(cv2.imencode(".jpg", PICTURE, [cv2.IMWRITE_JPEG_QUALITY, 50])[1], cv2.IMREAD_COLOR)
    assert reason(PICTURE, jpeg) == "reencoded"


def test_a_smaller_copy_is_named_so() -> None:
    small = cv2.resize(PICTURE, (252, 252), interpolation=cv2.INTER_AREA)
    assert reason(PICTURE, small, np.array(QUAD) * 0.7) == "resized"


def test_a_cropped_copy_is_named_so() -> None:
    assert reason(PICTURE, PICTURE[20:340, 30:354], np.array(QUAD) - (30, 20)) == "cropped"


def test_a_mirrored_copy_is_named_so() -> None:
    assert reason(PICTURE, mirrored(PICTURE), mirrored_quad(), flip=True) == "mirrored"


def test_a_recoloured_copy_is_named_so() -> None:
    assert reason(PICTURE, hue_turned(PICTURE)) == "recoloured"


def test_a_copy_of_two_thirds_of_the_picture_is_named_cropped() -> None:
    part = PICTURE[20:270, 50:310]
    assert reason(PICTURE, part, np.array(QUAD) - (50, 20)) == "cropped"
    assert reason_of(compared(part, np.array(QUAD) - (50, 20)), compared(PICTURE, QUAD, "b-0")) == "cropped"


def test_a_face_drawn_over_in_part_is_another_work() -> None:
    changed = PICTURE.copy()
    for x in range(125, 240, 12):  # a beard
        cv2.line(changed, (x, 175), (x + 8, 235), (30, 25, 20), 5)
    assert reason(PICTURE, changed) == ""


def test_another_dress_below_the_same_face_is_another_work() -> None:
    changed = PICTURE.copy()
    changed[290:] = cv2.GaussianBlur(changed[290:, :, [2, 0, 1]], (0, 0), 3)
    assert reason(PICTURE, changed) == ""


def test_a_quad_without_an_area_resembles_nothing() -> None:
    flat = np.array([[70.0, 50], [70, 270], [70, 270], [70, 50]])
    other = dataclasses.replace(compared(PICTURE, face_id="b-0"), quad=flat)
    assert compare(compared(PICTURE), other, False) is None


def test_another_picture_is_no_duplicate() -> None:
    noise = cv2.GaussianBlur(np.random.default_rng(2).integers(0, 255, (360, 360, 3), dtype=np.uint8), (0, 0), 4)
    assert reason(PICTURE, noise) == ""


def test_the_same_template_in_other_colours_on_another_background_is_no_duplicate() -> None:
    assert reason(draw_portrait(3), draw_portrait(4)) == ""


def test_landmarks_that_differ_are_corrected_by_how_the_artworks_lie() -> None:
    moved = np.add(QUAD, (45.0, -30.0))
    resemblance = compare(compared(PICTURE), compared(PICTURE, moved, "b-0"), False)
    assert resemblance is not None
    assert resemblance.work_share == pytest.approx(1.0, abs=0.01)
    assert resemblance.face_share > 0.8


def test_equal_quads_in_equally_placed_artworks_lie_on_each_other() -> None:
    assert face_transform(compared(PICTURE), compared(PICTURE), IDENTITY) == pytest.approx(IDENTITY, abs=1e-5)


def test_a_quad_moved_by_a_tenth_of_its_side_moves_the_face_by_a_tenth_of_its_pixels() -> None:
    moved = np.add(QUAD, (22.0, 0.0))
    transform = face_transform(compared(PICTURE), compared(PICTURE, moved), IDENTITY)
    # 22 of 220 px; the kept 88 % of the side are 64 px
    assert transform[:, 2] == pytest.approx([-0.1 * 64 / 0.88, 0.0], abs=1e-4)
    assert transform[:, :2] == pytest.approx(np.eye(2), abs=1e-5)


def test_mirroring_a_face_is_sketching_the_mirrored_picture() -> None:
    turned = compared(mirrored(PICTURE), mirrored_quad())
    back = compared(PICTURE).mirrored()
    assert np.allclose(back.quad, turned.quad)
    assert np.abs(back.work.magnitude.astype(int) - turned.work.magnitude).max() <= 1
    assert np.abs(back.work.descriptor.astype(int) - turned.work.descriptor).max() <= 1


def pair(first: str, second: str) -> Pair:
    return Pair(first, second, "reencoded", 0.9)


def test_each_face_is_paired_with_the_first_of_its_value() -> None:
    found = equal_pairs([("a", "x"), ("c", "x"), ("d", "x"), ("b", "y")], "bytes")
    assert [(each.first, each.second, each.reason) for each in found] == [("a", "c", "bytes"), ("a", "d", "bytes")]


def test_the_best_copy_is_kept_and_the_lowest_id_breaks_a_tie() -> None:
    pairs = [pair("a", "b"), pair("b", "c"), pair("x", "y")]
    quality = {"a": (1, 100), "b": (1, 300), "c": (0, 900), "x": (1, 5), "y": (1, 5)}
    for order in itertools.permutations(pairs):
        assert duplicate_of([], order, quality) == {"a": "b", "c": "b", "y": "x"}


def test_a_face_falls_only_for_a_kept_face_that_it_is_paired_with() -> None:
    chain = [pair("a", "b"), pair("b", "c"), pair("c", "d")]
    quality = {name: (value,) for name, value in zip("abcd", (4, 3, 2, 1), strict=True)}
    assert duplicate_of([], chain, quality) == {"b": "a", "d": "c"}


def test_exact_copies_stand_for_each_other() -> None:
    quality = {name: (value,) for name, value in zip("abcde", (1, 2, 3, 4, 0), strict=True)}
    exact = [pair("a", "b"), pair("b", "c")]
    assert duplicate_of(exact, [pair("a", "d"), pair("b", "e")], quality) == {"a": "d", "b": "d", "c": "d"}
    assert duplicate_of(exact, [], quality) == {"a": "c", "b": "c"}


def compared_work(template: Template, features: Features, face_id: str) -> ComparedFace:
    return compared(draw_work(template, features, 360), 360 * np.array(TEMPLATE_QUAD), face_id)


@pytest.mark.parametrize("template", TEMPLATES)
def test_works_of_one_template_are_different_works(template: Template) -> None:
    works = [compared_work(template, work, str(n)) for n, work in enumerate(template_works(10, 3, DRESS))]
    assert {reason_of(one, other) for one, other in itertools.combinations(works, 2)} == {""}


@pytest.mark.parametrize("feature", ["skin", "hair", "hair_colour", "clothes", "clothes_colour", "accessory"])
def test_a_work_that_differs_in_one_feature_is_another_work(feature: str) -> None:
    other = FEATURES._replace(**{feature: 3})
    assert reason_of(*(compared_work(TEMPLATES[1], each, str(n)) for n, each in enumerate((FEATURES, other)))) == ""


@pytest.mark.parametrize("mouth", [1, 2])
def test_another_expression_is_another_work(mouth: int) -> None:
    other = FEATURES._replace(mouth=mouth)
    assert reason_of(*(compared_work(TEMPLATES[1], each, str(n)) for n, each in enumerate((FEATURES, other)))) == ""


@pytest.mark.parametrize("name", RECOLOURINGS)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_work_that_was_recoloured_as_a_whole_is_a_copy(template: Template, name: str) -> None:
    picture, quad = draw_work(template, template_works(1, 5)[0], 360), 360 * np.array(TEMPLATE_QUAD)
    assert reason_of(compared(picture, quad), compared(RECOLOURINGS[name](picture), quad, "b-0")) == "recoloured"


@pytest.mark.parametrize("name", RECOLOURINGS)
@pytest.mark.parametrize("feature", ["hair", "hair_colour", "clothes"])
def test_another_work_that_was_recoloured_as_a_whole_is_no_copy(feature: str, name: str) -> None:
    quad = 360 * np.array(TEMPLATE_QUAD)
    other = RECOLOURINGS[name](draw_work(TEMPLATES[1], FEATURES._replace(**{feature: 0}), 360))
    assert reason_of(compared_work(TEMPLATES[1], FEATURES, "a-0"), compared(other, quad, "b-0")) == ""


@pytest.mark.parametrize("name", ["grey", "sepia", "warmer"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_what_was_cropped_reencoded_and_recoloured_is_a_copy(template: Template, name: str) -> None:
    picture, quad = draw_work(template, FEATURES, 360), 360 * np.array(TEMPLATE_QUAD)
    part = RECOLOURINGS[name](picture)[8:350, 12:352].copy()
    jpeg = np.asarray(cv2.imdecode(cv2.imencode(".jpg", part, [cv2.IMWRITE_JPEG_QUALITY, 75])[1], cv2.IMREAD_COLOR))
    assert reason_of(compared(picture, quad), compared(jpeg, quad - (12, 8), "b-0")) == "recoloured"


@pytest.mark.parametrize("name", ["grey", "sepia"])
def test_a_mirrored_copy_in_other_colours_is_named_mirrored(name: str) -> None:
    assert reason(PICTURE, mirrored(RECOLOURINGS[name](PICTURE)), mirrored_quad(), flip=True) == "mirrored"


def test_padding_that_a_crop_adds_is_no_change() -> None:
    quad = np.add(QUAD, (0.0, -50.0))
    assert reason_of(compared(PICTURE, quad), compared(PICTURE[45:], quad - (0, 45), "b-0")) == "cropped"
