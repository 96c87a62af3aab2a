"""Which detectors search first and which look again: the choices of `--detector`."""

from pathlib import Path
from typing import Literal

from aahq_builder.align.detectors import Detector
from aahq_builder.align.detectors.dlib_hog import DlibHog
from aahq_builder.align.detectors.dlib_mmod import DlibMmod
from aahq_builder.align.find import FaceFinder, Witnesses
from aahq_builder.align.landmarks import DlibShapePredictor
from aahq_builder.align.looks import Look
from aahq_builder.align.models import face_network, shape_predictor
from aahq_builder.align.search import TURNED_LOOKS, UPRIGHT_LOOKS, Search

DetectorName = Literal["auto", "dlib", "mmod"]

PROPOSAL_THRESHOLD = -0.5
WITNESS_THRESHOLD = -1.0
HOG_PX, MMOD_PX = 1000, 640
"""Sides of the copies that are searched: with faces from 80 px in them, from a twelfth or an eighth of the picture."""


def make_finder(name: DetectorName, landmarks: Path | None) -> FaceFinder:
    """Load the models of a choice."""
    model = shape_predictor(landmarks)
    mmod = DlibMmod(face_network().path)
    first, second = _searches(name, DlibHog(PROPOSAL_THRESHOLD), mmod)
    witnesses = Witnesses(DlibHog(WITNESS_THRESHOLD), mmod)
    return FaceFinder(DlibShapePredictor(model.path, model.name), witnesses, first, second)


def _searches(name: DetectorName, hog: Detector, mmod: Detector) -> tuple[list[Search], list[Search]]:
    upright = Search(hog, UPRIGHT_LOOKS, HOG_PX)
    again = [Search(hog, TURNED_LOOKS, HOG_PX), Search(hog, UPRIGHT_LOOKS[:2], HOG_PX, stretched=True)]
    match name:
        case "dlib":
            return [upright], []
        case "mmod":
            return [Search(mmod, (Look(),), MMOD_PX)], []
        case "auto":
            return [upright], again
