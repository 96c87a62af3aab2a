"""Do a trained model's pictures carry the style they were asked for, and still show the face? Two judges.

python benchmarks/gan_styles.py [MODEL] [FOLDER OF ARTWORKS]      default: the demo's model and faces

Each of 10 references paints 10 faces; a picture agrees if its style code is nearer (by cosine) to its reference, shown
to the encoder at the model's size, than to the nine others: one in ten by chance. The references are spread evenly over
the folder (all of them are used in turn, five sets of ten; none is chosen by eye). The face is kept if, among the ten
natural pictures, the light and dark of the styled one are most like those of its own: a model that copies its
references agrees with every style and keeps no face.
"""

import json
import sys
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, normalize

import blendgan
from blendgan.data.folder import open_folder
from blendgan.data.stream import read_batch
from blendgan.metrics.retrieval import style_agreement
from pipelines.demo import DemoConfig

FACES = STYLES = 10
SETS = 5
SHADING_PX = 16


def shading(images: Tensor) -> Tensor:
    """What sets each picture's light and dark apart from those of the others beside it, coarse."""
    grey = adaptive_avg_pool2d(images.mean(dim=1, keepdim=True), SHADING_PX).flatten(1)
    return normalize(grey - grey.mean(dim=0), dim=1)


def faces_kept(styled: Tensor, natural: Tensor) -> float:
    """Share of styled pictures most like their own natural one; light and dark may be exchanged, as in a negative."""
    likeness = (shading(styled) @ shading(natural).T).abs()
    return float((likeness.argmax(dim=1) == torch.arange(len(natural))).float().mean())


@torch.inference_mode()
def main() -> None:
    """Paint and compare."""
    model = Path(sys.argv[1]) if len(sys.argv) > 1 else DemoConfig().gan / "final"
    artworks = Path(sys.argv[2]) if len(sys.argv) > 2 else DemoConfig().faces
    generator, encoder = blendgan.load_generator(model), blendgan.load_style_encoder(model)
    given = open_folder(artworks, max(encoder.config.image_size, generator.config.size))
    seen = open_folder(artworks, generator.config.size)
    z_face = torch.randn(FACES, generator.config.latent_dim, generator=torch.Generator().manual_seed(0))
    natural = generator.generate(z_face)
    unstyled = encoder(natural).expand(STYLES, -1, -1)
    rounds = []
    for number in range(SETS):
        chosen = [(number + SETS * k) * len(seen) // (SETS * STYLES) for k in range(STYLES)]
        z_style, references = encoder(read_batch(given, chosen)), encoder(read_batch(seen, chosen))
        painted = [generator.generate(z_face, z[None].expand(FACES, -1)) for z in z_style]
        codes = torch.stack([encoder(images) for images in painted])
        kept = [faces_kept(images, natural) for images in painted]
        agreeing = [style_agreement(codes, references), style_agreement(unstyled, references)]
        rounds.append([*agreeing, sum(kept) / STYLES])
    names = ("agreeing", "agreeing_without_style", "keeping_the_face")
    shares = {name: round(sum(column) / SETS, 3) for name, column in zip(names, zip(*rounds, strict=True), strict=True)}
    worst = {"agreeing_in_the_worst_set": round(min(agreeing for agreeing, *_ in rounds), 3)}
    compares = f"{SETS} sets of {STYLES} styles x {FACES} faces of {model}, chance {1 / STYLES}"
    print(json.dumps({"compares": compares, **shares, **worst}))


if __name__ == "__main__":
    main()
