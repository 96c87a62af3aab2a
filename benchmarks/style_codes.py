"""Style codes per second against a formulation that scales the 610,304 x 512 weights at every call.

python benchmarks/style_codes.py
"""

import json
from copy import deepcopy
from math import sqrt

import torch
import torch.nn.functional as F
from generator import fastest
from torch import Tensor

from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig


def plain_encoder(encoder: StyleEncoder) -> StyleEncoder:
    """The same encoder with the backbone's weights in the usual layout; the large first layer is shared."""
    with torch.device("meta"):
        plain = StyleEncoder(encoder.config)
    plain.gram = deepcopy(encoder.gram).to(memory_format=torch.contiguous_format)
    plain.mlp = encoder.mlp
    return plain


def reference_codes(encoder: StyleEncoder, images: Tensor) -> Tensor:
    """Channel by channel in memory; every layer scales its weights, the first one 1.25 GB of them."""
    x = F.adaptive_avg_pool2d(images, 256)
    grams = []
    for index, layer in enumerate(encoder.gram.layers):
        x = layer(x)
        if index in encoder.gram.stops:
            flat = x.flatten(2)
            grams.append((flat @ flat.transpose(1, 2) / x[0].numel()).flatten(1))
    code = torch.cat(grams, dim=1)
    for layer in encoder.mlp:
        code = F.linear(code, layer.weight * layer.scale, layer.bias * layer.lr_mul)
        code = F.leaky_relu(code, 0.2) * sqrt(2) if layer.activate else code
    return code


@torch.inference_mode()
def main() -> None:
    """One image at a time, as the published programs do, and a batch."""
    torch.manual_seed(0)
    encoder = StyleEncoder(StyleEncoderConfig()).eval()
    image = torch.rand(1, 3, 1024, 1024) * 2 - 1
    reference = plain_encoder(encoder)
    reference_s, expected = fastest(lambda: reference_codes(reference, image))
    print(f"scaling the weights at every call: {reference_s:.3f} s per image")
    ours_s, codes = fastest(lambda: encoder(image))
    error = ((codes - expected).abs().max() / expected.abs().max()).item()
    print(f"ours, one image:                   {ours_s:.3f} s, largest relative difference {error:.1e}")
    batch_s, _ = fastest(lambda: encoder(image.expand(8, -1, -1, -1)))
    print(f"ours, batch of 8:                  {batch_s / 8:.3f} s per image")
    facts = {
        "compares": "weights scaled at every call / ours, one 1024 px image, one core",
        "ratio": round(reference_s / ours_s, 2),
        "ratio_batch_of_8": round(reference_s * 8 / batch_s, 2),
        "largest_relative_difference": error,
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
