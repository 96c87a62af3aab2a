"""Style transfer of 8 faces into 30 styles: each picture encoded once, against everything encoded anew for every pair.

    python benchmarks/transfer.py

The parts are timed one by one and added up as each program calls them: 240 pairs of the slow one would take an hour.
"""

import json

import torch
from generator import fastest
from reference_generator import synthesize
from style_codes import plain_encoder, reference_codes

from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.networks.inversion import InversionConfig, InversionEncoder
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig

FACES, STYLES, SIZE = 8, 30, 1024


@torch.inference_mode()
def main() -> None:
    """Time the encoders and the generator of both programs."""
    torch.manual_seed(0)
    image = torch.rand(1, 3, SIZE, SIZE) * 2 - 1
    inversion = InversionEncoder(InversionConfig()).eval()
    invert_s, w = fastest(lambda: inversion(image))
    del inversion
    generator = Generator(GeneratorConfig(size=SIZE)).eval()
    draw_s, _ = fastest(lambda: generator.synthesize(w))
    old_draw_s, _ = fastest(lambda: synthesize(generator, w))
    encoder = StyleEncoder(StyleEncoderConfig()).eval()
    encode_s, _ = fastest(lambda: encoder(image))
    plain = plain_encoder(encoder)
    old_encode_s, _ = fastest(lambda: reference_codes(plain, image))
    pairs = FACES * STYLES
    ours_s = FACES * invert_s + STYLES * encode_s + pairs * draw_s
    once_s = FACES * invert_s + STYLES * old_encode_s + pairs * old_draw_s
    old_s = pairs * (invert_s + old_encode_s + old_draw_s)
    print(f"seconds: inversion {invert_s:.2f}, style code {encode_s:.2f} (was {old_encode_s:.2f}), ", end="")
    print(f"image {draw_s:.2f} (was {old_draw_s:.2f})")
    facts = {
        "compares": f"reference formulations encoding at every pair / ours, {FACES} x {STYLES} at {SIZE} px",
        "ratio": round(old_s / ours_s, 2),
        "ratio_of_encoding_once_alone": round(old_s / once_s, 2),
        "encoded": FACES + STYLES,
        "encoded_before": 2 * pairs,
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
