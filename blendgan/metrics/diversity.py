"""How different are pictures of one set from each other?"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor


def mean_distance(images: Float[Tensor, "n 3 size size"]) -> float:
    """Mean over all pairs of the root mean square difference of their pixels; 0 for pictures that are all alike."""
    flat = images.flatten(1)
    distances = torch.cdist(flat, flat, compute_mode="donot_use_mm_for_euclid_dist") / flat.shape[1] ** 0.5
    return float(distances.sum() / (len(images) * (len(images) - 1)))


def lpips_over_pairs(images: Float[Tensor, "n 3 size size"], network: Any, batch: int) -> float:
    """Mean LPIPS over all pairs of two or more pictures in [-1, 1], each pair once (the protocol of StarGAN v2).

    `network` is the package's `LPIPS`. Called with pairs it would look at every picture of ten nine times; here each is
    looked at once, `batch` at a time, and the package's own layers weigh the differences.
    """
    from lpips import normalize_tensor

    parts = [network.net(network.scaling_layer(some)) for some in torch.split(images, batch)]
    layers = [normalize_tensor(torch.cat(layer)) for layer in zip(*parts, strict=True)]
    total = 0.0
    for number, layer in enumerate(layers):
        for k in range(len(images) - 1):
            squares = (layer[k + 1 :] - layer[k]) ** 2
            weighed = network.lins[number](squares) if network.lpips else squares.sum(dim=1)
            total += float(weighed.flatten(1).mean(dim=1).sum())
    return total / (len(images) * (len(images) - 1) / 2)
