"""Which detectors search, in which order, and which verify: the choices of `--detector`.

With every choice dlib's two detectors verify. `auto` adds the models that are named on the command line, and only
these: a cache that happens to be filled changes nothing, so that the same command gives the same rows on any machine.
"""

from dataclasses import dataclass
from typing import Literal

from aahq_builder.align import models
from aahq_builder.align.augmentation import AugmentedCopy
from aahq_builder.align.config import AlignConfig
from aahq_builder.align.detectors import Detector
from aahq_builder.align.detectors.dlib_hog import DlibHog
from aahq_builder.align.detectors.dlib_mmod import DlibMmod
from aahq_builder.align.detectors.fan_blazeface import FanBlazeFace
from aahq_builder.align.detectors.fan_s3fd import FanS3fd
from aahq_builder.align.detectors.yunet import YuNet
from aahq_builder.align.fan_landmarks import FanLandmarks
from aahq_builder.align.find import FaceFinder
from aahq_builder.align.landmark_verification import LandmarkVerifier
from aahq_builder.align.landmarks import DlibShapePredictor
from aahq_builder.align.models import ModelFile
from aahq_builder.align.search import TURNED, UPRIGHT, Search
from aahq_builder.align.verification import DlibVerifier
from aahq_builder.align.weights import ensure

DetectorName = Literal["auto", "dlib", "mmod", "fan", "yunet"]

PROPOSAL_THRESHOLD, FINE_THRESHOLD = -0.5, -1.0
"""Of HOG's scores. At the lower one, one face in twenty more is proposed, beside as many places that are none."""
VERIFICATION_THRESHOLD = -1.0
PROBABILITY_THRESHOLD = 0.5
"""Of S3FD and YuNet, whose scores are probabilities."""
HOG_PX, MMOD_PX, FURTHER_PX = 1000, 640, 640
"""Sides of the copies that are searched: faces from a twelfth (HOG) or an eighth of the picture are found in them."""
COARSE_PX = 707
"""Side of the copy of the coarse search: half as many pixels, for half the time."""
FINE_PX = 2100
"""Largest side of the copy of the fine search: crops of 140 px are found in pictures of 2000 px and less."""


@dataclass(frozen=True)
class ModelFiles:
    """The weight files that a choice loads."""

    landmarks: ModelFile
    mmod: ModelFile
    yunet: ModelFile | None
    fan: list[ModelFile]
    """2DFAN, and the files of face-alignment's detector; none if they take no part."""

    @classmethod
    def of(cls, config: AlignConfig) -> "ModelFiles":
        """Find them; a `UserError` tells what to do about a missing one."""
        folder, fan = config.fan_weights, []
        if config.uses_fan:
            fan = [models.fan_landmarks(folder), *models.fan_detector(config.fan_detector, folder)]
        return cls(
            fan[0] if config.detector == "fan" else models.shape_predictor(config.landmarks),
            models.face_network(),
            models.yunet(config.yunet_model) if config.yunet_model else None,
            fan,
        )

    def verified(self) -> "ModelFiles":
        """Itself, after the weights of fan were fetched if need be and their hashes compared with their names."""
        for file in self.fan:
            ensure(file.path)
        return self

    def all(self) -> list[ModelFile]:
        """Each once."""
        return list(dict.fromkeys([self.landmarks, self.mmod, *self.fan, *filter(None, [self.yunet])]))


def make_finder(config: AlignConfig) -> FaceFinder:
    """Load the models of a choice."""
    files = ModelFiles.of(config).verified()
    hog, mmod = DlibHog(VERIFICATION_THRESHOLD), DlibMmod(files.mmod.path)
    verifiers = [_fan_verifier(files, config)] if files.fan else []
    if files.yunet:
        verifiers.append(LandmarkVerifier(YuNet(files.yunet.path, PROBABILITY_THRESHOLD)))
    landmarks = verifiers[0].landmark_model if config.detector == "fan" else None
    landmarks = landmarks or DlibShapePredictor(files.landmarks.path, files.landmarks.name)
    further = [Search(verifier.detector, (AugmentedCopy(),), FURTHER_PX) for verifier in verifiers]
    stages, fine = _stages(config.detector, hog, mmod), _fine(config.detector, hog)
    return FaceFinder(landmarks, DlibVerifier(hog, mmod), stages, further, fine, verifiers)


def _fan_verifier(files: ModelFiles, config: AlignConfig) -> LandmarkVerifier:
    device = models.device_of(config.device)
    landmarks, weights, *anchors = (file.path for file in files.fan)
    detector: Detector
    if anchors:
        detector = FanBlazeFace(weights, anchors[0], device, PROBABILITY_THRESHOLD)
    else:
        detector = FanS3fd(weights, device, PROBABILITY_THRESHOLD)
    return LandmarkVerifier(detector, FanLandmarks(landmarks, device))


def _fine(name: DetectorName, hog: DlibHog) -> Search | None:
    """What searches for small faces: HOG, for the network would take half a minute."""
    if name not in ("auto", "dlib"):
        return None
    return Search(hog.at(FINE_THRESHOLD), (AugmentedCopy(),), FINE_PX, trimmed=True)


def _stages(name: DetectorName, hog: DlibHog, mmod: Detector) -> list[list[Search]]:
    """What dlib's detectors search, in stages that end with the first in which a believed face is found."""
    hog = hog.at(PROPOSAL_THRESHOLD)
    coarse = Search(hog, (AugmentedCopy(),), COARSE_PX)
    upright = Search(hog, UPRIGHT, HOG_PX)
    again = [Search(hog, TURNED, HOG_PX), Search(hog, (AugmentedCopy(mirrored=True),), HOG_PX, stretched=True)]
    match name:
        case "dlib":
            return [[upright]]
        case "mmod":
            return [[Search(mmod, (AugmentedCopy(),), MMOD_PX)]]
        case "fan" | "yunet":
            return []
        case "auto":
            return [[coarse], [upright], again]
