"""What a model makes of style and face, judged by what it never saw, beside what real drawings reach.

The drawings are of faces held out of training; the encoder that tells their styles apart has not conditioned the model
and learned from drawings of yet other faces. A figure of the model is read beside that of the drawings: nobody reaches
1, and a style that drops a face's shading cannot keep it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from statistics import mean
from typing import Any

import torch
from torch import Tensor

from blendgan.checkpoints.store import load_generator, load_style_encoder
from blendgan.data.folder import ImageFolder, open_folder
from blendgan.data.stream import read_batch
from blendgan.errors import UserError
from blendgan.evaluation.drawings import natural_faces, open_drawings
from blendgan.evaluation.jury import LIKENESSES, Jury, Likeness
from blendgan.metrics.diversity import mean_distance
from blendgan.networks.generator import Generator
from blendgan.networks.style_encoder import StyleEncoder
from blendgan.training.gan.quality import MAX_REAL, NUM_JUDGED, SUBSET, kid_distance

SETS, FACES, FEWEST = 5, 10, 2
"""Each set takes all styles of another held-out face as references, and paints ten faces, or as many as are left."""
COMPARED = 96
"""Natural pictures whose distances from each other are looked at."""


@dataclass(frozen=True)
class Beside:
    """A share of pictures: of the model, and of real drawings by the same judge."""

    model: float
    worst: float
    """The model's in the worst set of references."""
    drawings: float
    chance: float

    @property
    def of_drawings(self) -> float:
        """The model's as a part of the drawings'."""
        return self.model / max(self.drawings, 1e-9)


@dataclass(frozen=True)
class StyleFigures:
    """What `judge_model` finds."""

    agreement: Beside
    """Pictures whose code, by the judge, is nearer to their own reference than to those of the other styles."""
    gram_agreement: Beside
    """Pictures whose Gram vector is nearest to the mean one of their own style."""
    kept: Mapping[str, Beside]
    """Pictures most like their own natural one among ten, by the name of the likeness."""
    agreement_without_style: float
    """The agreement of natural pictures, which were asked for no style."""
    diversity: float
    """Mean distance between natural pictures over that between the faces of the training."""
    diversity_held_out: float
    """The same of held-out faces."""
    kid: Mapping[str, float]
    """KID of natural pictures to the faces of the training, named after its features; nothing for too few faces."""


@torch.inference_mode()
def judge_model(
    model: Path,
    *,
    judge: Path,
    drawings: Path,
    faces: Path,
    train_faces: Path,
    seed: int = 0,
    likenesses: Mapping[str, Likeness] = LIKENESSES,
) -> StyleFigures:
    """Judge a model folder that holds a generator and a style encoder.

    `drawings` are `STYLE/FACE.png` of the held-out `faces`; the style encoder `judge` learned from neither these nor
    from drawings of `train_faces`, the natural faces that the model was trained on.
    """
    generator, own, encoder = load_generator(model), load_style_encoder(model), load_style_encoder(judge)
    if alike(own, encoder):
        raise UserError(f"{judge} is the style encoder of {model} itself; give one that has not conditioned it")
    size = generator.config.size
    drawn = open_drawings(drawings, max(size, own.config.image_size), at_least=FEWEST + 1)
    trained = open_folder(train_faces, size)
    refuse_seen(drawn.faces, trained)
    held_out = natural_faces(faces, size, drawn.faces)
    jury, given = Jury(encoder, drawn.read(size), likenesses), drawn.read()
    random = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(drawn.faces), generator=random)
    count = min(FACES, len(order) - 1)
    rounds = []
    for reference in order[:SETS].tolist():
        others = order[order != reference][:count]
        z_face = torch.randn(count, generator.config.latent_dim, generator=random)
        natural = generator.generate(z_face)
        painted = torch.stack([generator.generate(z_face, z.expand(count, -1)) for z in own(given[:, reference])])
        of_model = jury.of_painted(reference, painted, natural)
        of_drawings = jury.of_drawings(reference, others, held_out[others])
        rounds.append((of_model, of_drawings, jury.unstyled(reference, natural)))
    return StyleFigures(**shares(rounds, len(drawn.styles), count), **of_natural(generator, trained, held_out, random))


Round = tuple[Mapping[str, float], Mapping[str, float], float]
"""Measures of the model's pictures and of drawings with one set of references, and the agreement without style."""


def shares(rounds: Sequence[Round], num_styles: int, num_faces: int) -> dict[str, Any]:
    """What the rounds found, measure by measure."""

    def beside(name: str, chance: float) -> Beside:
        model = [of_model[name] for of_model, _, _ in rounds]
        return Beside(mean(model), min(model), mean(of_drawings[name] for _, of_drawings, _ in rounds), chance)

    agreements = ("agreement", "gram_agreement")
    found = {name: beside(name, 1 / num_styles) for name in agreements}
    kept = {name: beside(name, 1 / num_faces) for name in rounds[0][0] if name not in agreements}
    return {**found, "kept": kept, "agreement_without_style": mean(unstyled for _, _, unstyled in rounds)}


def of_natural(generator: Generator, trained: ImageFolder, held_out: Tensor, random: torch.Generator) -> dict[str, Any]:
    """How different natural pictures are from each other, and how far from the faces of the training."""
    count = min(len(trained), MAX_REAL)
    real = read_batch(trained, [number * len(trained) // count for number in range(count)])
    z_face = torch.randn(NUM_JUDGED, generator.config.latent_dim, generator=random)
    natural = torch.cat([generator.generate(z) for z in torch.split(z_face, FACES)]).clamp(-1, 1)
    between = mean_distance(real)
    return {
        "diversity": mean_distance(natural[:COMPARED]) / between,
        "diversity_held_out": mean_distance(held_out) / between,
        "kid": kid_of(real, natural),
    }


def kid_of(real: Tensor, natural: Tensor) -> dict[str, float]:
    """KID as the training's log has it."""
    if len(real) < SUBSET:
        return {}
    distance = kid_distance(real.device)
    return {distance.name: distance.between(distance.describe(real), distance.describe(natural))}


def alike(encoder: StyleEncoder, other: StyleEncoder) -> bool:
    """Whether two style encoders are one and the same."""
    pairs = zip(encoder.mlp.parameters(), other.mlp.parameters(), strict=True)
    return encoder.config == other.config and all(torch.equal(mine, theirs) for mine, theirs in pairs)


def refuse_seen(held_out: Sequence[str], trained: ImageFolder) -> None:
    """A face that the model was trained on is not held out."""
    both = sorted({PurePath(trained.name(index)).stem for index in range(len(trained))} & set(held_out))
    if both:
        raise UserError(f"{len(both)} faces, {both[0]} first, are among the held-out ones and in {trained.root}")
