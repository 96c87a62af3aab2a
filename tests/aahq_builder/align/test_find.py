"""A photographed face is found, and found again in turned, scaled, mirrored and padded copies of its picture."""

import functools
from dataclasses import replace

import cv2
import numpy as np
import pytest
import skimage.data

from aahq_builder.align.augmentation import AugmentedCopy, to_copy, to_picture
from aahq_builder.align.confidence import DEFAULT_BOUND, confidence
from aahq_builder.align.detectors import Detection
from aahq_builder.align.find import (
    CERTAIN_HOG,
    FURTHER,
    MIN_HOG,
    SMALL,
    FoundFace,
    _settled,
    without_repeats,
)
from aahq_builder.align.geometry import quad_side
from aahq_builder.align.landmarks import FaceBox
from aahq_builder.align.search import Proposal, Search
from aahq_builder.align.verification import CONTEXT, DlibVerifier
from tests.aahq_builder.align.builds import finder


def astronaut() -> np.ndarray:
    picture: np.ndarray = skimage.data.astronaut()
    return picture


@functools.cache
def quad_of_the_astronaut() -> np.ndarray:
    return the_face(astronaut())


def the_face(picture: np.ndarray) -> np.ndarray:
    faces = [face for face in finder().find(picture) if face.confidence >= DEFAULT_BOUND]
    assert len(faces) == 1
    return faces[0].quad


def copied(
    degrees: float = 0, scale: float = 1, mirrored: bool = False, border: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """A matrix from the picture to the copy, and the copy."""
    picture = astronaut()
    size = round((512 + 2 * border) * scale)
    turn = np.radians(degrees)
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    if mirrored:
        linear[0] = -linear[0]
    matrix = np.column_stack([linear, np.full(2, (size - 1) / 2) - linear @ np.full(2, 255.5)])
    return matrix, cv2.warpAffine(picture, matrix, (size, size), flags=cv2.INTER_AREA, borderValue=(90, 90, 90))


@pytest.mark.parametrize(
    "change",
    [
        {"degrees": 30},
        {"degrees": -30},
        {"scale": 0.6},
        {"scale": 1.7},
        {"mirrored": True},
        {"border": 200},
        {"degrees": 14, "scale": 1.2, "mirrored": True},
    ],
    ids=str,
)
def test_the_same_face_is_found_in_a_changed_copy_within_two_percent(change: dict[str, float]) -> None:
    matrix, copy = copied(**change)  # type: ignore[arg-type]
    found = to_picture(the_face(copy), matrix)
    if change.get("mirrored"):
        found = found[[3, 2, 1, 0]]
    expected = quad_of_the_astronaut()
    assert np.linalg.norm(found - expected, axis=1).mean() < 0.02 * quad_side(expected)


def test_the_crop_holds_the_eyes_in_its_upper_half() -> None:
    quad = quad_of_the_astronaut()
    matrix = np.column_stack([np.eye(2) / quad_side(quad), -quad[0] / quad_side(quad)])
    # the eyes as seen in the photograph
    eyes = to_copy(np.array([[207.0, 109.0], [245.0, 107.0]]), matrix)
    assert (eyes[:, 1] > 0.35).all() and (eyes[:, 1] < 0.55).all()
    assert eyes[0, 0] < 0.5 < eyes[1, 0]


@pytest.mark.parametrize(
    "picture", [np.full((300, 300, 3), 128), np.random.default_rng(0).integers(0, 256, (300, 300, 3))]
)
def test_nothing_is_found_where_nothing_is(picture: np.ndarray) -> None:
    assert not [face for face in finder().find(picture.astype(np.uint8)) if face.confidence >= DEFAULT_BOUND]


def test_confidence_grows_with_what_both_detectors_say() -> None:
    weak, hog, mmod = ({"hog": h, "mmod": m} for h, m in ((-1.0, 0.0), (1.0, 0.0), (-1.0, 1.0)))
    assert confidence(weak) < 0.05
    assert confidence(weak) < confidence(hog) < confidence({"hog": 1.0, "mmod": 1.0})
    assert confidence(mmod) > DEFAULT_BOUND > confidence(weak)


def test_without_the_network_confidence_grows_with_gradients_alone() -> None:
    sure = [confidence({"hog": hog}) for hog in (CERTAIN_HOG, 1.0, 1.5)]
    assert DEFAULT_BOUND < sure[0] < sure[1] < sure[2] < 1


class Fixed:
    """Sees a face of the expected size in the middle of whatever it is shown."""

    def __init__(self, name: str, score: float) -> None:
        self.name, self.score, self.asked = name, score, 0

    def detect(self, pixels: np.ndarray) -> list[Detection]:
        self.asked += 1
        return [Detection(np.full(2, len(pixels) / 2), len(pixels) / CONTEXT, self.score)]


@pytest.mark.parametrize(("hog", "asked"), [(-1.2, 0), (-0.9, 1), (0.4, 1), (0.6, 0)])
def test_the_network_is_asked_only_where_gradients_leave_a_doubt(hog: float, asked: int) -> None:
    verifier = DlibVerifier(Fixed("dlib", hog), network := Fixed("mmod", 1.1))
    proposal = Proposal("dlib", FaceBox.of_quad(quad_of_the_astronaut()), 0.0)
    face = replace(finder(), dlib_verifier=verifier).verify(astronaut(), proposal)
    assert network.asked == asked == bool(face and "mmod" in face.scores)
    assert (face is None) == (hog < MIN_HOG)


def test_beside_a_face_to_believe_the_network_is_not_asked_about_disagreeing_landmarks() -> None:
    verifier = DlibVerifier(Fixed("dlib", 0.0), network := Fixed("mmod", 1.1))
    wall = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    proposal = Proposal("dlib", FaceBox(np.array([150.0, 150.0]), 100, 0), 0.0)
    face = (asking := replace(finder(), dlib_verifier=verifier)).verify(wall, proposal)
    assert face and face.scores["landmark_disagreement"] > FURTHER.consensus and network.asked == 1
    assert asking.verify(wall, proposal, FURTHER) is None and network.asked == 1


class Never:
    name = "never"

    def detect(self, pixels: np.ndarray) -> list[Detection]:
        raise AssertionError("there is a face to believe already")


def test_a_face_to_believe_ends_the_search() -> None:
    longer = Search(Never(), (AugmentedCopy(),), 500)
    coarse_first = replace(finder(), stages=[finder().stages[0], [longer]])
    np.testing.assert_array_equal(the_face(astronaut()), coarse_first.find(astronaut())[0].quad)
    with pytest.raises(AssertionError):
        coarse_first.find(np.full((300, 300, 3), 128, dtype=np.uint8))


def test_every_face_of_a_large_group_is_found_at_its_place_and_nothing_else() -> None:
    corners = np.array([[0, 0], [1488, 0], [700, 500], [100, 1088]])
    group = np.full((1600, 2000, 3), 128, dtype=np.uint8)
    for x, y in corners:
        group[y : y + 512, x : x + 512] = astronaut()
    faces = [face for face in finder().find(group) if face.confidence >= DEFAULT_BOUND]
    expected = quad_of_the_astronaut()
    assert quad_side(expected) < 180, "a twelfth of the picture: the searches of the whole picture cannot see them"
    found = sorted((face.quad for face in faces), key=lambda quad: float(quad[0, 0]))
    wanted = [expected + corner for corner in sorted(corners.tolist())]
    assert len(found) == len(wanted)
    for quad, place in zip(found, wanted, strict=True):
        assert np.linalg.norm(quad - place, axis=1).mean() < 0.03 * quad_side(expected)


def test_small_faces_are_searched_for_where_no_large_one_is_believed_and_the_picture_has_the_pixels() -> None:
    large, small, doubtful = face_at(0, 0, 600, 0.9), face_at(0, 0, 200, 0.9), face_at(0, 0, 600, 0.2)
    picture = np.zeros((1500, 2000, 3), dtype=np.uint8)
    assert not finder()._fine_search(picture, [small, large])
    assert [len(finder()._fine_search(picture, known)) for known in ([], [small], [doubtful])] == [1, 1, 1]
    assert not finder()._fine_search(picture[:600, :700], [])


def test_of_small_faces_only_the_likely_ones_are_recorded() -> None:
    proposal = Proposal("dlib", FaceBox.of_quad(quad_of_the_astronaut()), 0.0)
    for mmod, is_recorded in ((0.0, False), (1.1, True)):
        asking = replace(finder(), dlib_verifier=DlibVerifier(Fixed("dlib", -0.5), Fixed("mmod", mmod)))
        face = asking.verify(astronaut(), proposal)
        assert face and (face.confidence >= SMALL.confidence) == is_recorded
        assert (asking.verify(astronaut(), proposal, SMALL) is not None) == is_recorded


def test_at_the_place_of_a_believed_face_there_is_no_room_for_another() -> None:
    face = face_at(0, 0, 100, 0.9)
    own = FaceBox.of_quad(face.quad)
    nose = replace(own, side=own.side / 3)
    assert _settled(own, face) and _settled(nose, face)
    assert not _settled(replace(own, centre=own.centre + 60), face)
    assert not _settled(own, replace(face, confidence=0.2)), "another copy may show it better"


def face_at(x: float, y: float, side: float, sure: float) -> FoundFace:
    quad = np.array([[x, y], [x, y + side], [x + side, y + side], [x + side, y]])
    return FoundFace("dlib", sure, np.zeros((68, 2)), quad, {})


def test_of_several_crops_of_one_face_the_surest_stays_and_neighbours_stay_too() -> None:
    surest, shifted, inner = face_at(0, 0, 100, 0.9), face_at(15, 5, 95, 0.8), face_at(25, 30, 50, 0.7)
    cheek_to_cheek = face_at(50, 0, 100, 0.6)
    assert without_repeats([inner, cheek_to_cheek, shifted, surest]) == [surest, cheek_to_cheek]
