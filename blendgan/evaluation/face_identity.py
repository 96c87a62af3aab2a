"""Likeness of faces by dlib's recognition network, which learned to tell people apart in photographs."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import interpolate

from blendgan.checkpoints.cache import packaged
from blendgan.data.pixels import to_pixels
from blendgan.metrics.faces import centred_cosines

WEIGHTS = "dlib_face_recognition_resnet_model_v1.dat"
LEFT, TOP, SIDE = 0.12, 0.24, 0.76
"""Where the network's crop of a face lies in the square of FFHQ, as parts of its side: eyes and mouth meet."""
CROP_PX = 150


@torch.no_grad()
def identity_likeness(
    styled: Float[Tensor, "*styles n 3 size size"], natural: Float[Tensor, "n 3 size size"]
) -> Float[Tensor, "*styles n n"]:
    """Cosines of the network's 128 values after the mean of each set was taken off; 0.06 s a picture."""
    described = identities(styled.reshape(-1, *natural.shape[1:]))
    return centred_cosines(described.view(*styled.shape[:-3], -1), identities(natural))


def identities(images: Float[Tensor, "n 3 size size"]) -> Float[Tensor, "n 128"]:
    """The network's values of aligned faces in [-1, 1]."""
    whole = round(CROP_PX / SIDE)
    left, top = round(LEFT * whole), round(TOP * whole)
    resized = interpolate(images, size=whole, mode="bicubic", antialias=True)
    crops = to_pixels(resized[:, :, top : top + CROP_PX, left : left + CROP_PX]).permute(0, 2, 3, 1).cpu().numpy()
    found = _network().compute_face_descriptor([np.ascontiguousarray(crop) for crop in crops])
    return torch.from_numpy(np.array(found)).float().to(images.device)


def dlib_weights() -> Path:
    """The network's file, which the package face_recognition_models brings."""
    return packaged(WEIGHTS)


@cache
def _network() -> Any:
    import dlib

    return dlib.face_recognition_model_v1(str(dlib_weights()))
