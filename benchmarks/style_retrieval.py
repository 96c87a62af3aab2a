"""Does contrast make codes of style out of Gram matrices? Portraits in ten drawing styles, tested on unseen faces.

python benchmarks/style_retrieval.py [FOLDER OF ALIGNED FACES]      default: the demo's faces

Prints how often the nearest neighbour has the same style (higher is better) and how often the nearest neighbour among
other styles shows the same face (lower is better), for raw Gram vectors and for trained codes. VGG-19 has the weights
that this machine has; random ones are said so.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from drawing_styles import STYLES
from torch import Tensor

from blendgan.checkpoints.backbone import fill_backbone
from blendgan.console import Console
from blendgan.data.folder import open_folder
from blendgan.metrics.retrieval import content_leak, style_retrieval
from blendgan.networks.style_encoder import TINY_STYLE_ENCODER, StyleEncoder
from blendgan.training.distributed import World
from blendgan.training.presets import StyleEncoderSettings
from blendgan.training.style_encoder import CachedPairs, StyleEncoderTrainer, view_grams

SIZE, TEST_FACES, TRAIN_FACES, VIEWS, STEPS = 128, 25, 45, 3, 400
SETTINGS = StyleEncoderSettings(
    steps=STEPS, batch=128, size=SIZE, taps=TINY_STYLE_ENCODER.taps, latent_dim=128, temperature=0.3, cached_views=VIEWS
)
WORLD = World(torch.device("cpu"))


class Rendered:
    """Every face in every style: picture k is face k // styles in style k % styles."""

    size = SIZE

    def __init__(self, faces: list[np.ndarray]) -> None:
        self.pictures = [style(face) for face in faces for style in STYLES.values()]

    def __len__(self) -> int:
        return len(self.pictures)

    def name(self, index: int) -> str:
        """Face and style."""
        return f"face {index // len(STYLES)}, {list(STYLES)[index % len(STYLES)]}"

    def read(self, index: int) -> np.ndarray:
        """[size, size, 3] uint8 RGB."""
        return self.pictures[index]


def scores(codes: Tensor) -> dict[str, float]:
    """Retrieval and leak of test pictures in the order of `Rendered`."""
    number = torch.arange(len(codes))
    styles, faces = number % len(STYLES), number // len(STYLES)
    return {
        "same_style": round(style_retrieval(codes, styles), 3),
        "same_face_among_other_styles": round(content_leak(codes, styles, faces), 3),
    }


def main() -> None:
    """Render, train on some faces, test on the others."""
    folder = open_folder(Path(sys.argv[1] if len(sys.argv) > 1 else "demo/work/faces-release"), SIZE)
    order = np.random.default_rng(0).permutation(len(folder))
    faces = [folder.read(int(index)) for index in order]
    test, train = Rendered(faces[:TEST_FACES]), Rendered(faces[TEST_FACES : TEST_FACES + TRAIN_FACES])
    torch.manual_seed(0)
    encoder = StyleEncoder(TINY_STYLE_ENCODER)
    fill_backbone(encoder.gram, "auto")
    encoder.requires_grad_(False)
    console = Console()
    test_grams = torch.cat(
        [
            encoder.gram(torch.from_numpy(np.stack([picture])).permute(0, 3, 1, 2) / 127.5 - 1)
            for picture in test.pictures
        ]
    )
    grams = view_grams(encoder.gram, train, VIEWS, 0, console)
    trainer = StyleEncoderTrainer(encoder, CachedPairs(grams, SETTINGS, 0, WORLD), SETTINGS, WORLD)
    for step, pair in enumerate(trainer.stream(0, STEPS)):
        trainer.step(step, pair, (0, step))
    with torch.no_grad():
        codes = trainer.codes(test_grams)
    standardised = (test_grams - trainer.gram_mean) / trainer.gram_deviation
    facts: dict[str, Any] = {
        "raw_gram": scores(test_grams),
        "standardised_gram": scores(standardised),
        "style_codes": scores(codes),
    }
    for name, numbers in facts.items():
        print(name, numbers)
    raw, ours = facts["raw_gram"], facts["style_codes"]
    leak = ours["same_face_among_other_styles"] / max(raw["same_face_among_other_styles"], 1e-9)
    facts["compares"] = (
        f"style codes / raw Gram vectors, {len(STYLES)} styles, {len(train) // len(STYLES)} faces to train, "
        f"{TEST_FACES} unseen to test, VGG-19 weights {encoder.config.backbone}"
    )
    ratios = {"same_style_ratio": round(ours["same_style"] / raw["same_style"], 2), "same_face_ratio": round(leak, 2)}
    print(json.dumps(facts | ratios))


if __name__ == "__main__":
    main()
