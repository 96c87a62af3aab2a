"""Where model files lie, and under what terms they may be used."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aahq_builder.align.weights import locate
from aahq_builder.errors import UserError
from blendgan.checkpoints.cache import packaged

S3FD, FAN = "s3fd-619a316812.pth", "2DFAN4-11f355bf06.pth.tar"
BLAZEFACE, ANCHORS = "blazeface-<hash>.pth", "anchors-<hash>.npy"

TERMS = {
    "dlib": "dlib's HOG detector, Boost Software License",
    "mmod": "dlib's CNN detector, CC0 by its author",
    "dlib-68": "trained on iBUG 300-W, whose licence excludes commercial use",
    "fan": "S3FD of face-alignment (code BSD-3): its weights state no licence, treat them as non-commercial",
    "blazeface": "BlazeFace of MediaPipe, Apache-2.0, as converted for PyTorch",
    "2dfan-4": "2DFAN of face-alignment (code BSD-3): weights without a stated licence, trained on 300W-LP, "
    "whose source iBUG 300-W excludes commercial use",
    "yunet": "YuNet of the OpenCV model zoo, MIT, if the file given with --yunet-model is that one",
}
"""Terms by the names that rows carry as `detector` and `landmark_model`, and scores as their names."""


@dataclass(frozen=True)
class ModelFile:
    """A weight file and its terms."""

    name: str
    path: Path
    terms: str
    """One line for the person who uses it; empty when there is nothing to mind."""


def shape_predictor(path: Path | None) -> ModelFile:
    """The 68-point landmark model: the user's own file, else the one of the package face_recognition_models."""
    if path is None:
        terms = f"landmark model dlib-68: {TERMS['dlib-68']}; --landmarks PATH takes another"
        return ModelFile("dlib-68", packaged("shape_predictor_68_face_landmarks.dat"), terms)
    if not path.is_file():
        raise UserError(f"--landmarks {path} is no file; give a dlib shape predictor of 68 points, or leave it out")
    return ModelFile(path.stem, path, "")


def face_network() -> ModelFile:
    """dlib's convolutional face detector, public domain."""
    return ModelFile("mmod", packaged("mmod_human_face_detector.dat"), "")


def fan_detector(name: Literal["sfd", "blazeface"], folder: Path | None) -> list[ModelFile]:
    """The files of one of face-alignment's detectors, in the user's folder or torch's cache."""
    if name == "sfd":
        return [ModelFile("fan", locate(S3FD, folder), f"detector fan: {TERMS['fan']}")]
    anchors = ModelFile("blazeface-anchors", locate(ANCHORS, folder), "")
    return [ModelFile("blazeface", locate(BLAZEFACE, folder), ""), anchors]


def fan_landmarks(folder: Path | None) -> ModelFile:
    """2DFAN's weights, in the user's folder or torch's cache."""
    return ModelFile("2dfan-4", locate(FAN, folder), f"landmark model 2dfan-4: {TERMS['2dfan-4']}")


def yunet(path: Path) -> ModelFile:
    """The user's YuNet file."""
    if not path.is_file():
        raise UserError(f"--yunet-model {path} is no file; give face_detection_yunet_*.onnx of the OpenCV model zoo")
    return ModelFile("yunet", path, "")


def device_of(name: Literal["auto", "cpu", "cuda"]) -> str:
    """The device that networks run on, checked."""
    import torch

    if name == "cuda" and not torch.cuda.is_available():
        raise UserError("--device cuda, but PyTorch sees no GPU; leave it out, or install a PyTorch build with CUDA")
    return "cuda" if name != "cpu" and torch.cuda.is_available() else "cpu"
