"""How much of a reference's content gets into its style code, and from there into pictures."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from blendgan.checkpoints.store import load_generator, load_style_encoder
from blendgan.data.pixels import resize
from blendgan.evaluation.drawings import Drawings, natural_faces, open_drawings
from blendgan.evaluation.jury import LIKENESSES, described
from blendgan.metrics.faces import faces_kept
from blendgan.metrics.retrieval import content_leak, style_retrieval
from blendgan.networks.generator import Generator
from pipelines.paper.grid import LARGEST, Proportion

FEWEST = 3
CHUNK = 8
"""Pictures that are painted at once."""


@dataclass(frozen=True)
class Compared:
    """What a model makes of references whose style and face are known, at i = 0."""

    drawings: Drawings
    natural: Float[Tensor, "latents 3 size size"]
    painted: Float[Tensor, "latents styles faces 3 size size"]
    shares: list[Proportion]

    @property
    def side(self) -> int:
        """Of the pictures in px."""
        return int(self.natural.shape[-1])


@torch.inference_mode()
def compare(model: Path, drawings: Path, undrawn: Path, num_latents: int, seed: int) -> Compared:
    """Paint random faces in the style of every drawing, and measure what leaks."""
    generator, encoder = load_generator(model).eval(), load_style_encoder(model)
    side = min(generator.config.size, LARGEST)
    drawn = open_drawings(drawings, max(side, encoder.config.image_size), at_least=FEWEST)
    encode = encoder.codes_of_length(generator.config.style_dim)
    codes = described(encode, drawn.read(encoder.config.image_size))
    z_face = torch.randn(num_latents, generator.config.latent_dim, generator=torch.Generator().manual_seed(seed))
    w_face = generator.map_face(z_face)
    natural = pictures(generator, w_face, side)
    w_style = generator.map_style(codes.flatten(0, 1))
    painted = torch.stack(
        [pictures(generator, generator.blend(one.expand_as(w_style), w_style), side) for one in w_face]
    ).reshape(num_latents, *codes.shape[:2], 3, side, side)
    faces = natural_faces(undrawn, side, drawn.faces)
    return Compared(drawn, natural, painted, [*of_codes(codes), *of_pictures(painted, natural, faces)])


def pictures(generator: Generator, w: Float[Tensor, "n layers dim"], side: int) -> Float[Tensor, "n 3 size size"]:
    """What latents look like, at `side` px."""
    parts = (generator.synthesize(part).clamp(-1, 1) for part in torch.split(w, CHUNK))
    return torch.cat([torch.stack([resize(image, side) for image in part]) for part in parts])


def of_codes(codes: Float[Tensor, "styles faces dim"]) -> Iterator[Proportion]:
    """Whether nearest neighbours among the codes share a style, and, of other styles, a face."""
    num_styles, num_faces = codes.shape[:2]
    flat, number = codes.flatten(0, 1), torch.arange(num_styles * num_faces)
    styles, faces = number // num_faces, number % num_faces
    others = num_styles * num_faces - 1
    yield Proportion("nearest code of the same style", style_retrieval(flat, styles), (num_faces - 1) / others)
    yield Proportion(
        "leak: nearest of the other styles is the same face", content_leak(flat, styles, faces), 1 / num_faces
    )


def of_pictures(
    painted: Float[Tensor, "latents styles faces 3 size size"],
    natural: Float[Tensor, "latents 3 size size"],
    faces: Float[Tensor, "faces 3 size size"],
) -> Iterator[Proportion]:
    """Whether pictures are most like the natural one of their own latent, and most like the face of their reference."""
    for name, likeness in LIKENESSES.items():
        kept = [faces_kept(likeness(painted[:, :, f].transpose(0, 1), natural)) for f in range(len(faces))]
        leaked = [faces_kept(likeness(each, faces)) for each in painted]
        yield Proportion(f"own face kept by {name}", sum(kept) / len(kept), 1 / len(natural))
        yield Proportion(
            f"leak into pictures: reference's face found by {name}", sum(leaked) / len(leaked), 1 / len(faces)
        )
