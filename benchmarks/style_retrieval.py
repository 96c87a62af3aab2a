"""Does contrast make codes of style out of Gram matrices? Portraits in twelve techniques, tested on unseen faces.

python benchmarks/style_retrieval.py [FOLDER OF ALIGNED FACES]      default: the demo's faces

Prints how often the nearest neighbour has the same style (higher is better) and how often the nearest neighbour among
other styles shows the same face (lower is better), for raw Gram vectors, for codes of an untrained encoder of the same
shape, and for trained codes. Several splits into training and test faces, each with random weights of its own; the
settings were chosen on four other splits of the demo's faces. Codes are short on purpose: long ones have room for the
palette, which is the face's here. Neither styles nor faces are told in training.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from blendgan.checkpoints.backbone import fill_backbone
from blendgan.console import Console
from blendgan.data.folder import open_folder
from blendgan.data.stream import read_batch
from blendgan.metrics.retrieval import content_leak, style_retrieval
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig
from blendgan.networks.symmetric_gram import DistinctEntries
from blendgan.training.parallel.distributed import World
from blendgan.training.style_encoder.config import StyleEncoderSettings
from blendgan.training.style_encoder.pairs import CachedPairs, gram_vectors, view_grams
from blendgan.training.style_encoder.trainer import StyleEncoderTrainer
from pipelines.demo_config import DemoConfig
from pipelines.drawing.painting_techniques import TECHNIQUES

SIZE, TEST_FACES, SPLITS, STYLES = 128, 30, 4, len(TECHNIQUES)
SETTINGS = StyleEncoderSettings(
    steps=900, batch=128, size=SIZE, taps=("relu1_2", "relu2_2"), latent_dim=20, temperature=0.5, cached_views=3
)
CONFIG = StyleEncoderConfig(image_size=SIZE, taps=SETTINGS.taps, latent_dim=SETTINGS.latent_dim)
WORLD = World(torch.device("cpu"))
ENTRIES = DistinctEntries(CONFIG.widths)


class Rendered:
    """Every face in every style: picture k is face k // styles in style k % styles."""

    size = SIZE

    def __init__(self, faces: list[np.ndarray]) -> None:
        self.pictures = [technique(face) for face in faces for technique in TECHNIQUES.values()]

    def __len__(self) -> int:
        return len(self.pictures)

    def name(self, index: int) -> str:
        """Face and style."""
        return f"face {index // STYLES}, {list(TECHNIQUES)[index % STYLES]}"

    def read(self, index: int) -> np.ndarray:
        """[size, size, 3] uint8 RGB."""
        return self.pictures[index]


def scores(codes: Tensor) -> dict[str, float]:
    """Retrieval and leak of test pictures in the order of `Rendered`."""
    number = torch.arange(len(codes))
    styles, faces = number % STYLES, number // STYLES
    return {"same_style": style_retrieval(codes, styles), "same_face": content_leak(codes, styles, faces)}


def of_faces(values: Tensor, faces: Tensor) -> Tensor:
    """The rows of these faces in all styles."""
    return values.unflatten(0, (-1, STYLES))[faces].flatten(0, 1)


def one_split(plain: Tensor, views: Tensor, split: int) -> dict[str, dict[str, float]]:
    """Train on some faces, test on the others."""
    order = torch.randperm(len(plain) // STYLES, generator=torch.Generator().manual_seed(split))
    test = of_faces(plain, order[:TEST_FACES])
    torch.manual_seed(split)
    encoder = StyleEncoder(CONFIG).requires_grad_(False)
    pairs = CachedPairs(of_faces(views, order[TEST_FACES:]), SETTINGS, split, WORLD)
    trainer = StyleEncoderTrainer(encoder, pairs, SETTINGS, WORLD)
    with torch.no_grad():
        facts = {"raw_gram": scores(ENTRIES.isometric(test)), "untrained_codes": scores(trainer.codes(test))}
        for step, pair in enumerate(trainer.stream(0, SETTINGS.steps)):
            with torch.enable_grad():
                trainer.step(step, pair, (split, step))
        return facts | {"style_codes": scores(trainer.codes(test))}


def main() -> None:
    """Render, look at every picture once, train and test on each split."""
    folder = open_folder(Path(sys.argv[1]) if len(sys.argv) > 1 else DemoConfig().faces, SIZE)
    pictures = Rendered([folder.read(index) for index in range(len(folder))])
    extractor = StyleEncoder(CONFIG).gram
    fill_backbone(extractor, "auto")
    chunks = range(0, len(pictures), STYLES)
    plain = torch.cat([gram_vectors(extractor, ENTRIES, read_batch(pictures, range(at, at + STYLES))) for at in chunks])
    views = view_grams(extractor, pictures, SETTINGS.cached_views, 0, Console())
    splits = [one_split(plain, views, split) for split in range(SPLITS)]
    for number, split in enumerate(splits):
        print(number, {name: {key: round(value, 3) for key, value in facts.items()} for name, facts in split.items()})
    kinds, measures = splits[0], ("same_style", "same_face")
    facts: dict[str, Any] = {
        kind: {name: round(float(np.mean([split[kind][name] for split in splits])), 3) for name in measures}
        for kind in kinds
    }
    for name in measures:
        facts[f"{name}_ratio"] = round(facts["style_codes"][name] / facts["raw_gram"][name], 2)
        facts[f"{name}_ratios"] = [round(s["style_codes"][name] / s["raw_gram"][name], 2) for s in splits]
    facts["compares"] = (
        f"style codes / raw Gram vectors, {STYLES} styles, {len(folder) - TEST_FACES} faces to train, "
        f"{TEST_FACES} unseen to test, VGG-19 weights {extractor.config.backbone}, mean of {SPLITS} splits"
    )
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
