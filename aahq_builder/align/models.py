"""Where model files lie, and under what terms they may be used."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from aahq_builder.errors import UserError


@dataclass(frozen=True)
class ModelFile:
    """A weight file and its terms."""

    name: str
    path: Path
    terms: str
    """One line for the person who uses it; empty when there is nothing to mind."""


SHAPE_PREDICTOR_TERMS = (
    "landmark model dlib-68: trained on iBUG 300-W, whose licence excludes commercial use; "
    "--landmarks PATH takes another"
)


def shape_predictor(path: Path | None) -> ModelFile:
    """The 68-point landmark model: the user's own file, else the one of the package face_recognition_models."""
    if path is None:
        return ModelFile("dlib-68", packaged("shape_predictor_68_face_landmarks.dat"), SHAPE_PREDICTOR_TERMS)
    if not path.is_file():
        raise UserError(f"--landmarks {path} is no file; give a dlib shape predictor of 68 points, or leave it out")
    return ModelFile(path.stem, path, "")


def face_network() -> ModelFile:
    """dlib's convolutional face detector, public domain."""
    return ModelFile("mmod", packaged("mmod_human_face_detector.dat"), "")


def packaged(file: str) -> Path:
    """A file of face_recognition_models, found without importing it: its import needs a module that is gone today."""
    spec = importlib.util.find_spec("face_recognition_models")
    folders = spec.submodule_search_locations if spec else None
    path = Path(folders[0]) / "models" / file if folders else None
    if path is None or not path.is_file():
        raise UserError(f"{file} is missing; install it with: pip install face-recognition-models==0.3.0")
    return path
