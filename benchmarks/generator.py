"""Images per second at 1024 px against the formulation of published ports, and the error of bfloat16.

python benchmarks/generator.py
"""

import json
import time
from collections.abc import Callable

import torch
from reference_generator import synthesize
from torch import Tensor

from blendgan.networks.generator import Generator, GeneratorConfig

SIZE, ROUNDS = 1024, 2


def fastest(function: Callable[[], Tensor]) -> tuple[float, Tensor]:
    """Processor seconds of the fastest of some rounds after a warm-up, and the result.

    Processor time of a single thread hardly depends on what else the machine is doing.
    """
    torch.set_num_threads(1)
    result, seconds = function(), []
    for _ in range(ROUNDS):
        began = time.process_time()
        result = function()
        seconds.append(time.process_time() - began)
    return min(seconds), result


@torch.inference_mode()
def main() -> None:
    """Time the same latents through each formulation."""
    torch.manual_seed(0)
    generator = Generator(GeneratorConfig(size=SIZE)).eval()
    for conv in generator.synthesis.convs:
        conv.noise_strength.fill_(0.1)
    w = generator.map_face(torch.randn(1, 512))
    reference_s, expected = fastest(lambda: synthesize(generator, w))
    print(f"reference formulation, fp32: {reference_s:.2f} s per image")
    ours_s, image = fastest(lambda: generator.synthesize(w))
    error = (image - expected).abs().max().item()
    print(
        f"ours, fp32:                  {ours_s:.2f} s, largest difference {error:.1e} (deviation {expected.std():.2f})"
    )
    with torch.autocast("cpu", torch.bfloat16):
        bf16_s, rough = fastest(lambda: generator.synthesize(w))
    bf16_error = (rough - expected).square().mean().sqrt().item() / expected.std().item()
    print(f"ours, bf16 autocast:         {bf16_s:.2f} s, root mean square error {bf16_error:.1%} of the deviation")
    facts = {
        "compares": f"grouped convolutions and full FIR / ours: one {SIZE} px image, one core",
        "fp32_ratio": round(reference_s / ours_s, 2),
        "fp32_max_difference": error,
        "bf16_over_fp32_ratio": round(ours_s / bf16_s, 2),
        "bf16_relative_rms_error": round(bf16_error, 4),
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
