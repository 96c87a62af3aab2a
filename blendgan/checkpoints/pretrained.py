"""Networks of others that losses and metrics look through, with their published weights, which lie on this machine.

Nothing is downloaded: a file is named, or was left by an earlier download of its library, or the measure stays off.
"""

import importlib.util
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from blendgan.checkpoints.cache import downloaded
from blendgan.checkpoints.keys import check_state
from blendgan.checkpoints.mapping import to_ours
from blendgan.checkpoints.untrusted import read_pt
from blendgan.errors import UserError
from blendgan.networks.identity import FaceDescriptor

ALEXNET = "alexnet-owt-7be5be79.pth"
INCEPTION = "weights-inception-2015-12-05-6726825d.pth"
Describe = Callable[[UInt8[Tensor, "batch 3 size size"]], Float[Tensor, "batch dim"]]


def on_this_machine(given: Path | None, name: str, package: str) -> Path | None:
    """The file that was named, or else the one of an earlier download; None without it or without its package."""
    installed = importlib.util.find_spec(package) is not None
    if given is not None:
        if not given.is_file():
            raise UserError(f"{given} is not a file; name the downloaded {name}")
        if not installed:
            raise UserError(f"{given} needs the package {package}: pip install 'aahq-blendgan[metrics]'")
        return given
    if not installed:
        return None
    cached = downloaded(name)
    return cached if cached.is_file() else None


def load_lpips(alexnet: Path) -> nn.Module:
    """LPIPS (Zhang et al. 2018) on torchvision's AlexNet; the package brings the weights of its own layers."""
    distance = _untrained_lpips(lpips=True)
    # the package cuts torchvision's `features` into slices and keeps the numbers of the layers
    ours: dict[str, Tensor] = distance.net.state_dict()
    official = {f"features.{name.partition('.')[2]}": name for name in ours}
    given = {name: tensor for name, tensor in read_pt(alexnet).items() if name.startswith("features.")}
    check_state(given, {name: ours[place] for name, place in official.items()}, alexnet)
    distance.net.load_state_dict({place: given[name] for name, place in official.items()})
    frozen: nn.Module = distance.eval().requires_grad_(False)
    return frozen


def stand_in_for_lpips(seed: int = 0) -> nn.Module:
    """The same distance on a seeded random AlexNet, its layers weighing alike: where no weights are. Say so."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        distance: nn.Module = _untrained_lpips(lpips=False)
    return distance.eval().requires_grad_(False)


def _untrained_lpips(lpips: bool) -> Any:
    import lpips as package

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package calls torchvision as it was years ago
        return package.LPIPS(net="alex", pnet_rand=True, lpips=lpips, verbose=False)


def load_face_descriptor(arcface: Path) -> FaceDescriptor:
    """ArcFace's IR-SE50 from the file that pSp names `model_ir_se50.pth`."""
    descriptor = FaceDescriptor()
    # how many batches a normalisation has seen is in some files only, and of no use here
    ours, given = (
        {name: tensor for name, tensor in state.items() if not name.endswith("num_batches_tracked")}
        for state in (descriptor.state_dict(), read_pt(arcface))
    )
    descriptor.load_state_dict(to_ours("identity", given, ours, arcface), strict=False)
    return descriptor


def load_inception(weights: Path, device: torch.device) -> Describe:
    """Features of FID: Inception-v3 of 2015 as torch-fidelity ships it, from pictures of 0..255 in any size."""
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    read_pt(weights)  # one sentence where the file is not what it should be
    extractor = FeatureExtractorInceptionV3("inception-v3", ["2048"], feature_extractor_weights_path=str(weights))
    extractor = extractor.to(device).eval()

    @torch.no_grad()
    def describe(pixels: UInt8[Tensor, "batch 3 size size"]) -> Float[Tensor, "batch 2048"]:
        (features,) = extractor(pixels)
        described: Tensor = features
        return described

    return describe
