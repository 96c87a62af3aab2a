"""Style in numbers: VGG-19 Gram matrices, sketched to a size that can be kept, or the codes of a style encoder.

The Gram features of one face are 610,304 values (Gatys et al. 2016; BlendGAN feeds them to its style encoder). A count
sketch (Charikar et al. 2002) keeps distances: with 2,048 values per layer the squared distance of two faces is kept
with a standard error of 3 % per layer, whatever the number of faces, so features can be computed one at a time,
stored, and never computed again.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, UInt8

if TYPE_CHECKING:
    from torch import Tensor

FEATURES_VERSION = "2"
BATCH = {"cpu": 4, "cuda": 64}
"""Faces in one pass: more do not help a CPU; a GPU would wait for its orders, and 64 Gram vectors are 156 MB there."""
GRAM_BLOCKS = tuple(channels * channels for channels in (64, 128, 256, 512, 512))
SKETCH_PER_BLOCK = 2048
SKETCH_SEED = 20211028
WEIGHTS_IN_WORDS = {
    "imagenet": "ImageNet's weights",
    "random": "seeded random weights, because ImageNet's are not on this machine",
}


@dataclass(frozen=True)
class StyleFeatures:
    """A measure of style: what turns aligned faces into feature vectors."""

    name: str
    """Identifies the measure and its weights in folder names and rows."""
    remark: str
    """A sentence about the measure, shown with every map."""
    block_sizes: tuple[int, ...]
    """Lengths of the parts of a feature vector (one VGG layer each) that are scaled to the same total variance."""
    extract: Callable[[UInt8[np.ndarray, "faces height width 3"]], Float[np.ndarray, "faces features"]]
    image_px: int = 256
    """Side that the network sees; larger faces are averaged down to it before they are handed over."""
    batch: int = 4
    """Faces in one pass that suit the device."""

    @property
    def size(self) -> int:
        """Length of a feature vector."""
        return sum(self.block_sizes)


class CountSketch:
    """A seeded linear map from long blocks to short ones that keeps inner products on average.

    Every value is added, with a random sign, to one random bucket of its block: for vectors x and y
    E<Sx, Sy> = <x, y>, with variance at most (|x|^2 |y|^2 + <x, y>^2) / buckets, however uneven the values are.
    """

    def __init__(self, block_sizes: Sequence[int], buckets: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        total = sum(block_sizes)
        first_bucket = np.repeat(np.arange(len(block_sizes)) * buckets, block_sizes)
        self.buckets = first_bucket + rng.integers(0, buckets, total)
        self.signs = rng.choice(np.array([-1.0, 1.0]), total)
        self.size = len(block_sizes) * buckets

    def __call__(self, values: Float[np.ndarray, "faces long"]) -> Float[np.ndarray, "faces short"]:
        """Sketch each row."""
        rows = [np.bincount(self.buckets, weights=row * self.signs, minlength=self.size) for row in values]
        return np.array(rows, dtype=np.float32).reshape(len(values), self.size)


def to_tensor(faces: UInt8[np.ndarray, "faces height width 3"], device: str) -> "Tensor":
    """Pictures as the networks see them: RGB [B, 3, H, W] in [-1, 1]."""
    import torch

    return torch.from_numpy(faces).to(device).permute(0, 3, 1, 2).float().div(127.5).sub(1)


def open_style_features(style_encoder: Path | None, device: str, threads: int) -> StyleFeatures:
    """The codes of this style encoder, or Gram features if none is named."""
    import torch

    torch.set_num_threads(min(threads, torch.get_num_threads()))  # no more than $OMP_NUM_THREADS allows
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return encoder_style_features(style_encoder, device) if style_encoder else gram_style_features(device)


def gram_style_features(device: str) -> StyleFeatures:
    """Sketched VGG-19 Gram matrices; ImageNet's weights if they are on this machine, else seeded random ones."""
    import torch

    from blendgan import load_gram_features

    network = load_gram_features("auto").to(device)
    weights = network.config.backbone
    sketch = CountSketch(GRAM_BLOCKS, SKETCH_PER_BLOCK, SKETCH_SEED)

    def extract(faces: UInt8[np.ndarray, "faces height width 3"]) -> Float[np.ndarray, "faces features"]:
        with torch.inference_mode():
            return sketch(network(to_tensor(faces, device)).cpu().numpy())

    return StyleFeatures(
        image_px=network.config.image_size,
        batch=BATCH[device],
        name=f"gram-{weights}-{FEATURES_VERSION}",
        remark=f"Style is measured by VGG-19 Gram matrices (610,304 values) with {WEIGHTS_IN_WORDS[weights]}.",
        block_sizes=(SKETCH_PER_BLOCK,) * len(GRAM_BLOCKS),
        extract=extract,
    )


def encoder_style_features(path: Path, device: str) -> StyleFeatures:
    """Codes of a trained style encoder."""
    import torch

    from blendgan import load_style_encoder, style_codes
    from blendgan.checkpoints.store import network_home

    encoder = load_style_encoder(path).to(device)
    weights = encoder.config.backbone

    def extract(faces: UInt8[np.ndarray, "faces height width 3"]) -> Float[np.ndarray, "faces features"]:
        with torch.inference_mode():
            return style_codes(to_tensor(faces, device), encoder, len(faces)).cpu().numpy()

    # the network's own file names its weights; that of the model around it is the same for every encoder
    described = network_home(path, "style_encoder") / "config.json"
    fingerprint = hashlib.sha256(described.read_bytes()).hexdigest()[:8]
    return StyleFeatures(
        image_px=encoder.config.image_size,
        batch=BATCH[device],
        name=f"codes-{fingerprint}-{FEATURES_VERSION}",
        remark=f"Style is measured by the codes of a style encoder over VGG-19 with {WEIGHTS_IN_WORDS[weights]}.",
        block_sizes=(encoder.config.latent_dim,),
        extract=extract,
    )
