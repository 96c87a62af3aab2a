"""Pictures of the generator in training: the sample grid, and those that are measured."""

import torch
from jaxtyping import UInt8
from torch import Tensor

from blendgan.data.stream import read_batch
from blendgan.networks.generator import Generator
from blendgan.training.engine.grids import faces_by_styles, tile
from blendgan.training.engine.loop import SCORE
from blendgan.training.gan.build import GanData
from blendgan.training.gan.objective import ROLES
from blendgan.training.parallel.distributed import World
from blendgan.training.parallel.randomness import Draws

GRID_FACES, GRID_STYLES = 6, 5
EVALUATION = 9
"""Seed of the pictures that are measured."""
DIVERSE_FACES, DIVERSE_STYLES = 8, 5


@torch.no_grad()
def sample_grid(generator: Generator, data: GanData, world: World) -> UInt8[Tensor, "3 height width"]:
    """The same faces in the same styles, every time; the processes share its rows."""
    draws = Draws((data.seed, len(ROLES)), device=world.device)
    w_face = generator.map_face(draws.normal(GRID_FACES, generator.config.latent_dim))
    chosen = [k * len(data.artworks) // GRID_STYLES for k in range(GRID_STYLES)]

    def row(style: int | None) -> Tensor:
        if style is None:
            return tile(generator.synthesize(w_face)).cpu()
        w_style = generator.map_style(data.codes.table[style, :1]).expand_as(w_face)
        return tile(generator.synthesize(generator.blend(w_face, w_style))).cpu()

    natural, *styled = world.of_all([row(style) for style in world.mine([None, *chosen])])
    references = tile(read_batch(data.artworks, chosen))
    return faces_by_styles(natural, references.to(natural), torch.stack(styled))


@torch.no_grad()
def measures(generator: Generator, data: GanData, world: World) -> dict[str, float]:
    """Distances of natural pictures to the faces and of styled ones to the artworks; the mean KID is the score.

    The processes share the pictures; only the first one gets the figures.
    """
    judge = data.judge
    if judge is None:
        return {}
    draws = Draws((data.seed, EVALUATION), device=world.device)
    z_face = draws.normal(judge.num_fake, generator.config.latent_dim)
    z_style = data.codes.table[draws.integers(0, len(data.codes.table), judge.num_fake), 0]
    found = judge(
        natural=lambda part: generator.generate(z_face[part]),
        styled=lambda part: generator.generate(z_face[part], z_style[part]),
    )
    if judge.lpips is not None:
        faces = [z[None].expand(DIVERSE_STYLES, -1) for z in z_face[:DIVERSE_FACES]]
        found |= judge.diversity(faces, lambda z: generator.generate(z, z_style[:DIVERSE_STYLES]))
    kids = [value for name, value in found.items() if name.startswith("kid")]
    return found | ({SCORE: sum(kids) / len(kids)} if kids else {})
