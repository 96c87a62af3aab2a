"""The networks that pictures are looked at through, each under a name that tells its weights and goes with numbers.

Files are named, or were left by the libraries; where there are none, small seeded networks stand in and say so.
"""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from blendgan.checkpoints.backbone import backbone_file, load_gram_features
from blendgan.checkpoints.pretrained import (
    ALEXNET,
    INCEPTION,
    load_face_descriptor,
    load_inception,
    load_lpips,
    on_this_machine,
    stand_in_for_lpips,
)
from blendgan.data.pixels import to_pixels
from blendgan.errors import UserError
from blendgan.evaluation.config import EvalConfig
from blendgan.evaluation.face_identity import CROP_PX, SIDE, dlib_weights, identities
from blendgan.metrics.diversity import lpips_over_pairs
from blendgan.metrics.features import MAX_SIZE, pooled_features
from blendgan.networks.style_encoder import GramFeatures, StyleEncoderConfig
from blendgan.training.engine.inputs import facts_of_file

PACKAGES = ("torch_fidelity", "lpips")
GRAM_TAPS, GRAM_LARGEST = ("relu1_2", "relu2_2", "relu3_4"), 128
"""Layers of VGG-19, and the largest side in px that they look at."""
LPIPS_SMALLEST, LPIPS_LARGEST = 64, 256
"""In px: AlexNet needs some room, and StarGAN v2 compares pictures of 256 px."""


@dataclass(frozen=True)
class Extractor:
    """A network and what must be known of it to compare numbers."""

    name: str
    """With the weights it has."""
    resize: str
    """What is done to a picture before it."""
    compute: Callable[..., Tensor]
    """Of pictures in [-1, 1]: features, or how far they are apart."""
    stands_in: bool = False
    """Whether it has random weights in the place of trained ones."""


@dataclass(frozen=True)
class Extractors:
    """Those of one model's evaluation."""

    features: Extractor
    """For FID, KID, precision and recall."""
    perceptual: Extractor
    """The mean distance of pictures that are `lpips_sized`, over all pairs."""
    gram: Extractor
    """Gram vectors that no training of a style encoder has touched."""
    identity: Extractor
    """Whose cosine tells whether two faces are of one person."""


def load_extractors(config: EvalConfig, size: int, device: torch.device) -> Extractors:
    """All networks for pictures of a size, on the device."""
    if missing := [name for name in PACKAGES if importlib.util.find_spec(name) is None]:
        raise UserError(f"blendgan-eval needs the package {missing[0]}: pip install 'aahq-blendgan[metrics]'")
    gram = StyleEncoderConfig(image_size=min(size, GRAM_LARGEST), taps=GRAM_TAPS)
    vgg19 = load_gram_features("auto", gram).to(device)
    identity = dlib_identity() if config.arcface is None else arcface_identity(config.arcface, device)
    return Extractors(set_features(config, vgg19, device), perceptual(config, device), gram_vectors(vgg19), identity)


def set_features(config: EvalConfig, vgg19: GramFeatures, device: torch.device) -> Extractor:
    """Inception-v3 as FID has it, or VGG-19's third block as in the training's log."""
    weights = on_this_machine(config.inception, INCEPTION, "torch_fidelity")
    if weights is None:
        resize = f"averaged to {MAX_SIZE} px where larger"
        name = f"VGG-19 relu3_4, spatial mean ({weights_of(vgg19)})"
        return Extractor(name, resize, lambda images: pooled_features(vgg19, images), stands_in=True)
    inception = load_inception(weights, device)
    return Extractor(
        f"Inception-v3 ({known_by(weights)})",
        "enlarged or reduced to 299 px inside the network, bilinear as TensorFlow 1 does it, without antialiasing",
        lambda images: inception(to_pixels(images)),
    )


def perceptual(config: EvalConfig, device: torch.device) -> Extractor:
    """LPIPS on AlexNet, or its stand-in."""
    weights = on_this_machine(config.alexnet, ALEXNET, "lpips")
    network = (stand_in_for_lpips() if weights is None else load_lpips(weights)).to(device)
    said = "AlexNet (random weights of seed 0, its layers unweighted)" if weights is None else f"({known_by(weights)})"

    def spread(images: Tensor) -> Tensor:
        return torch.tensor(lpips_over_pairs(images, network, config.batch))

    resize = f"averaged to {LPIPS_LARGEST} px where larger, pixels repeated to {LPIPS_SMALLEST} px where smaller"
    name = said if weights is None else f"LPIPS 0.1 on AlexNet {said}"
    return Extractor(name, resize, spread, stands_in=weights is None)


def gram_vectors(vgg19: GramFeatures) -> Extractor:
    """Gram vectors of VGG-19's first three taps."""
    resize = f"averaged, or pixels repeated, to {vgg19.config.image_size} px"
    name = f"VGG-19 {', '.join(GRAM_TAPS)} ({weights_of(vgg19)})"
    return Extractor(name, resize, vgg19, stands_in=vgg19.config.backbone == "random")


def dlib_identity() -> Extractor:
    """dlib's recognition network, which is installed."""
    resize = f"resized to {round(CROP_PX / SIDE)} px, bicubic, of this the {CROP_PX} px around eyes and mouth"
    return Extractor(f"dlib's face network ({known_by(dlib_weights())})", resize, identities)


def arcface_identity(arcface: Path, device: torch.device) -> Extractor:
    """ArcFace."""
    descriptor = load_face_descriptor(arcface).to(device)
    resize = "averaged to 256 px, of these rows 35 to 222 and columns 32 to 219, averaged to 112 px"
    return Extractor(f"ArcFace IR-SE50 ({known_by(arcface)})", resize, descriptor)


def lpips_sized(images: Float[Tensor, "n 3 height width"]) -> Float[Tensor, "n 3 side side"]:
    """Pictures of a size that AlexNet can work with."""
    side = min(max(images.shape[-1], LPIPS_SMALLEST), LPIPS_LARGEST)
    return images if side == images.shape[-1] else adaptive_avg_pool2d(images, side)


def weights_of(vgg19: GramFeatures) -> str:
    """Which weights VGG-19 has."""
    file = backbone_file("auto") if vgg19.config.backbone == "imagenet" else None
    return "random weights of seed 0" if file is None else f"ImageNet, {known_by(file)}"


def known_by(weights: Path) -> str:
    """The first digits of a file's hash."""
    return f"SHA-256 {facts_of_file(weights)['sha256'][:8]}"
