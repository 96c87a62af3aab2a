"""What the adversarial stage minimises (BlendGAN, section 3): who judges what, and the four objectives.

    discriminator   real                        fake
    face            photograph                  G(z_face), style path off (i = n)
    style           artwork                     G(z_face, z_style), all layers blended (i = 0)
    style_latent    artwork, its own code       the same styled picture, z_style

The natural and the styled fake share their face code and one pass of the generator; `style` and `style_latent` judge
the same styled picture. An option that is not the paper's shows `style_latent` artworks with other codes, too.
Networks, tensors and random numbers come in, losses go out; no weight changes here.
"""

from collections.abc import Mapping
from typing import NamedTuple, get_args

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from blendgan.checkpoints.store import Role
from blendgan.losses.adversarial import discriminator_loss, generator_loss, r1_penalty, rejection_loss
from blendgan.losses.path_length import path_lengths
from blendgan.networks.convolution import without_weight_gradients
from blendgan.networks.discriminators import AnyDiscriminator, ProjectionDiscriminator
from blendgan.networks.generator import Generator
from blendgan.training.parallel.micro_batches import Share
from blendgan.training.parallel.randomness import Draws

ROLES: tuple[Role, ...] = get_args(Role)


class CodedPictures(NamedTuple):
    """Pictures as one discriminator sees them, with the style codes that they are said to be painted in."""

    images: Float[Tensor, "batch 3 size size"]
    codes: Float[Tensor, "batch style_dim"]


class GanBatch(NamedTuple):
    """Natural and styled pictures, real or generated, and the style codes of the styled ones."""

    faces: Float[Tensor, "batch 3 size size"]
    artworks: Float[Tensor, "batch 3 size size"]
    codes: Float[Tensor, "batch style_dim"]

    def part(self, share: Share) -> "GanBatch":
        """The samples of a share."""
        return GanBatch(share.of(self.faces), share.of(self.artworks), share.of(self.codes))

    def of(self, role: str) -> CodedPictures:
        """What the discriminator `role` judges: natural pictures, or the styled ones."""
        return CodedPictures(self.faces if role == "face" else self.artworks, self.codes)


def discriminator_objective(
    discriminator: AnyDiscriminator, real: CodedPictures, fake: CodedPictures
) -> tuple[Float[Tensor, ""], Float[Tensor, "batch 1"]]:
    """Tell real from fake; also the logits of the real pictures, from which the augmentation adapts."""
    real_logits = discriminator(*real)
    return discriminator_loss(real_logits, discriminator(*fake)), real_logits


def matching_objective(
    discriminator: ProjectionDiscriminator, real: CodedPictures, fake: CodedPictures
) -> tuple[Float[Tensor, ""], Float[Tensor, ""], Float[Tensor, "batch 1"]]:
    """`discriminator_objective` with a second loss between: real pictures are false with the codes of the fakes.

    These are codes of other artworks, now and then of one of the same style. So the code must be looked at to tell real
    from false (the matching-aware discriminator of Reed et al. 2016, there for texts).
    """
    own, other = discriminator(real.images, torch.stack([real.codes, fake.codes]))
    return discriminator_loss(own, discriminator(*fake)), rejection_loss(other), own


def r1_objective(discriminator: AnyDiscriminator, real: CodedPictures) -> Float[Tensor, ""]:
    """Be flat around real pictures: the penalty, not yet weighted.

    The pictures are those behind the augmentation, whose lookup of pixels has no second derivative.
    """
    images = real.images.clone().requires_grad_()
    logits = discriminator.forward(images, real.codes)  # as in `path_length_objective`
    with without_weight_gradients():
        return r1_penalty(images, logits)


def generator_objective(
    discriminators: Mapping[str, AnyDiscriminator], fakes: Mapping[str, CodedPictures]
) -> dict[str, Float[Tensor, ""]]:
    """Fool all three: the loss before each discriminator."""
    return {role: generator_loss(discriminator(*fakes[role])) for role, discriminator in discriminators.items()}


def path_length_objective(
    generator: Generator, w: Float[Tensor, "batch layers dim"], draws: Draws
) -> Float[Tensor, " batch"]:
    """Path lengths of the pictures of `w`; their spread around the running mean is punished (`path_length_penalty`)."""
    # `forward`, since what torch.compile makes of a network has no second derivative
    images = generator.synthesis.forward(w, generator.synthesis.noise_maps(len(w), draws.noise))
    directions = draws.normal(len(w), *images.shape[1:])
    with without_weight_gradients():
        return path_lengths(images, w, directions)


class FaceCodes(NamedTuple):
    """Random faces, some of which change to a second face at a random layer (style mixing)."""

    first: Float[Tensor, "count dim"]
    second: Float[Tensor, "count dim"]
    crossover: Int64[Tensor, " count"]
    """The layer of the change; the number of layers where there is none."""


def face_codes(generator: Generator, count: int, mixing: float, draws: Draws) -> FaceCodes:
    """Codes of `count` faces, the share `mixing` of them mixed."""
    layers, dim = generator.config.num_layers, generator.config.latent_dim
    first, second = draws.normal(count, dim), draws.normal(count, dim)
    crossover = draws.integers(1, layers, count)
    return FaceCodes(first, second, torch.where(draws.uniform(count) < mixing, crossover, layers))


def face_latents(generator: Generator, codes: FaceCodes) -> Float[Tensor, "count layers dim"]:
    """Latents of the faces, layer by layer of the one or the other."""
    layer = torch.arange(generator.config.num_layers, device=codes.crossover.device)
    first, second = generator.map_face(codes.first), generator.map_face(codes.second)
    return torch.where((layer < codes.crossover[:, None])[..., None], first, second)


def fakes(generator: Generator, codes: FaceCodes, z_style: Float[Tensor, "batch style_dim"], draws: Draws) -> GanBatch:
    """Natural and styled pictures of the same faces, from one pass."""
    w_face = face_latents(generator, codes)
    w = torch.cat([w_face, blended(generator, w_face, z_style)])
    natural, styled = generator.synthesize(w, noise=draws.noise).chunk(2)
    return GanBatch(natural, styled, z_style)


def natural_fakes(generator: Generator, codes: FaceCodes, draws: Draws) -> Float[Tensor, "batch 3 size size"]:
    """Natural pictures alone."""
    return generator.synthesize(face_latents(generator, codes), noise=draws.noise)


def blended(
    generator: Generator, w_face: Float[Tensor, "batch layers dim"], z_style: Float[Tensor, "batch style_dim"]
) -> Float[Tensor, "batch layers dim"]:
    """Styled latents: all layers blended."""
    return generator.blend(w_face, generator.map_style(z_style))
