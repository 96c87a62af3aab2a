"""Do a trained model's pictures carry the style they were asked for? Its own style encoder judges.

python benchmarks/gan_styles.py [MODEL] [FOLDER OF ARTWORKS]      default: the demo's model and faces

Each of 10 references paints 10 faces; a picture agrees if its style code is nearer (by cosine) to its reference, shown
to the encoder at the model's size, than to the nine others: one in ten by chance. The same for faces without style is
printed as the baseline.
"""

import json
import sys
from pathlib import Path

import torch

import blendgan
from blendgan.data.folder import open_folder
from blendgan.data.stream import read_batch
from blendgan.metrics.retrieval import style_agreement

FACES = STYLES = 10


@torch.inference_mode()
def main() -> None:
    """Paint and compare."""
    model = Path(sys.argv[1] if len(sys.argv) > 1 else "demo/work/runs/gan/final")
    artworks = Path(sys.argv[2] if len(sys.argv) > 2 else "demo/work/faces-release")
    generator, encoder = blendgan.load_generator(model), blendgan.load_style_encoder(model)
    chosen = [k * len(open_folder(artworks, generator.config.size)) // STYLES for k in range(STYLES)]
    z_style = encoder(read_batch(open_folder(artworks, encoder.config.image_size), chosen))
    references = encoder(read_batch(open_folder(artworks, generator.config.size), chosen))
    z_face = torch.randn(FACES, generator.config.latent_dim, generator=torch.Generator().manual_seed(0))
    styled = [encoder(generator.generate(z_face, z[None].expand(FACES, -1))) for z in z_style]
    natural = encoder(generator.generate(z_face)).expand(STYLES, -1, -1)
    shares = {
        "agreeing": round(style_agreement(torch.stack(styled), references), 3),
        "agreeing_without_style": round(style_agreement(natural, references), 3),
    }
    print(json.dumps({"compares": f"{STYLES} styles x {FACES} faces of {model}, chance {1 / STYLES}", **shares}))


if __name__ == "__main__":
    main()
