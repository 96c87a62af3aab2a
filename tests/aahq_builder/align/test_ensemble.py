"""What each choice of `--detector` loads, finds and records."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from aahq_builder.align.augmentation import AugmentedCopy
from aahq_builder.align.config import AlignConfig
from aahq_builder.align.detectors import Detection
from aahq_builder.align.ensemble import ModelFiles, make_finder
from aahq_builder.align.find import FaceFinder
from aahq_builder.align.geometry import crop_quad, four_points
from aahq_builder.align.landmark_verification import LandmarkVerifier
from aahq_builder.align.landmarks import FaceBox
from aahq_builder.align.search import Search
from aahq_builder.errors import UserError
from tests.aahq_builder.align.builds import finder
from tests.drawn_faces import draw_portrait
from tests.fan_files import QUAD_PX, draw_marked_face, marked_points, write_fan_files
from tests.yunet_file import write_yunet


@pytest.fixture(scope="module")
def yunet_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("yunet") / "yunet.onnx"
    path.write_bytes(write_yunet())
    return path


@pytest.fixture(scope="module")
def fan_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fan_files(tmp_path_factory.mktemp("fan"))


def names(searches: Sequence[Search]) -> list[str]:
    return [search.detector.name for search in searches]


def test_auto_asks_what_is_named_and_nothing_else(yunet_model: Path, fan_weights: Path) -> None:
    alone = finder()
    assert not alone.always and not alone.landmark_verifiers
    both = make_finder(AlignConfig(yunet_model=yunet_model, fan_weights=fan_weights))
    assert [names(searches) for searches in both.stages] == [names(searches) for searches in alone.stages]
    assert names(both.always) == ["fan", "yunet"]
    assert [verifier.detector.name for verifier in both.landmark_verifiers] == ["fan", "yunet"]
    assert both.landmark_model.name == "dlib-68"


def test_the_models_of_a_run_are_listed_once_each(yunet_model: Path, fan_weights: Path) -> None:
    def listed(config: AlignConfig) -> list[str]:
        return [file.name for file in ModelFiles.of(config).all()]

    assert listed(AlignConfig()) == ["dlib-68", "mmod"]
    assert listed(AlignConfig(detector="fan", fan_weights=fan_weights)) == ["2dfan-4", "mmod", "fan"]
    blazeface = AlignConfig(fan_weights=fan_weights, fan_detector="blazeface")
    assert listed(blazeface) == ["dlib-68", "mmod", "2dfan-4", "blazeface", "blazeface-anchors"]
    assert make_finder(blazeface).landmark_verifiers[0].detector.name == "blazeface"
    assert listed(AlignConfig(yunet_model=yunet_model)) == ["dlib-68", "mmod", "yunet"]


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [
        ({"detector": "yunet"}, "--yunet-model PATH"),
        ({"detector": "dlib", "yunet_model": Path("y.onnx")}, "--detector auto or yunet"),
        ({"detector": "mmod", "fan_weights": Path("w")}, "--detector auto or fan"),
        ({"device": "cuda"}, "--detector fan"),
        ({"detector": "fan", "fan_detector": "blazeface"}, "--fan-weights"),
        ({"detector": "fan", "landmarks": Path("p.dat")}, "2DFAN"),
    ],
    ids=str,
)
def test_a_model_that_the_detector_does_not_ask_is_an_error(settings: dict[str, object], remedy: str) -> None:
    with pytest.raises(UserError, match=remedy):
        AlignConfig(**settings).check()  # type: ignore[arg-type]


def test_missing_model_files_are_named_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no file"):
        ModelFiles.of(AlignConfig(yunet_model=tmp_path / "none.onnx"))
    with pytest.raises(UserError, match="2DFAN4"):
        ModelFiles.of(AlignConfig(fan_weights=tmp_path))


def test_a_further_model_that_sees_nothing_changes_no_crop_and_no_confidence(yunet_model: Path) -> None:
    portrait = draw_portrait(0)
    (alone,), (asked,) = (some.find(portrait) for some in (finder(), make_finder(AlignConfig(yunet_model=yunet_model))))
    np.testing.assert_array_equal(asked.quad, alone.quad)
    assert (asked.detector, asked.confidence) == (alone.detector, alone.confidence)
    assert asked.scores == {**alone.scores, "yunet": 0.0, "yunet_agreement": 0.0}


class Insider:
    """Knows where the face is, in whatever copy of the picture it is shown."""

    name = "insider"

    def __init__(self, finder: FaceFinder, pixels: np.ndarray) -> None:
        self.finder, self.side = finder, len(pixels)
        (self.face,) = finder.find(pixels)

    def detect(self, pixels: np.ndarray) -> list[Detection]:
        if len(pixels) != self.side:  # verification: the face fills the middle
            points = self.finder.landmark_model.predict(self._chip(pixels)[None])[0]
            quad = crop_quad(four_points(points * 200 / 256))
            box = FaceBox.of_quad(quad)
            return [Detection(box.centre, box.side, 0.8, four_points(points * 200 / 256))]
        box = FaceBox.of_quad(self.face.quad)
        return [Detection(box.centre, box.side, 0.8)]

    @staticmethod
    def _chip(pixels: np.ndarray) -> np.ndarray:

        chip: np.ndarray = cv2.resize(pixels, (256, 256))
        return chip


def test_a_face_that_only_one_detector_finds_is_recorded_as_its_find_and_gains_by_agreement() -> None:
    portrait, dlib = draw_portrait(0), finder()
    insider = Insider(dlib, portrait)
    search = Search(insider, (AugmentedCopy(zoom=1.05),), len(portrait))  # undoes the frame, so that pixels coincide
    alone = replace(dlib, stages=[], always=[search], landmark_verifiers=[LandmarkVerifier(insider)])
    (found,) = alone.find(portrait)
    assert found.detector == "insider"
    assert found.scores["insider_agreement"] > 0.8
    assert found.confidence > insider.face.confidence
    both = replace(alone, stages=dlib.stages)
    (merged,) = both.find(portrait)
    assert merged.detector == "dlib"
    np.testing.assert_allclose(merged.quad, insider.face.quad)


@pytest.mark.campaign  # test_stage.py finds it too, by the whole command
def test_fan_finds_a_drawn_face_with_its_own_landmarks(fan_weights: Path) -> None:
    picture = np.zeros((600, 600, 3), dtype=np.uint8)
    draw_marked_face(picture, (250, 300), degrees=12)
    finder = make_finder(AlignConfig(detector="fan", fan_weights=fan_weights, device="cpu"))
    (found,) = finder.find(picture)
    assert (found.detector, finder.landmark_model.name) == ("fan", "2dfan-4")
    expected = crop_quad(marked_points((250, 300), 12))
    assert np.linalg.norm(found.quad - expected, axis=1).mean() < 0.03 * QUAD_PX
    assert found.confidence > 0.9
    assert found.scores["hog"] < -1.3, "dlib sees no face here, so only fan vouches for it"
