"""What the adversarial stage works on: pictures, style codes and networks."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from blendgan.checkpoints.store import Role
from blendgan.data.stream import Pictures
from blendgan.networks.discriminators import Discriminator, ProjectionDiscriminator
from blendgan.networks.generator import Generator
from blendgan.networks.style_encoder import StyleEncoder
from blendgan.training.gan.quality import Judge
from blendgan.training.gan.style_codes import StyleCodes
from blendgan.training.parallel.micro_batches import Share

Critic = Discriminator | ProjectionDiscriminator
ROLES: tuple[Role, ...] = ("face", "style", "style_latent")


@dataclass(frozen=True)
class GanBatch:
    """Real pictures of one step and the style codes of the artworks."""

    faces: Float[Tensor, "batch 3 size size"]
    artworks: Float[Tensor, "batch 3 size size"]
    codes: Float[Tensor, "batch style_dim"]

    def part(self, share: Share) -> "GanBatch":
        """The samples of a share."""
        return GanBatch(share.of(self.faces), share.of(self.artworks), share.of(self.codes))


@dataclass(frozen=True)
class GanData:
    """Faces and artworks, and the codes of the artworks."""

    faces: Pictures
    artworks: Pictures
    codes: StyleCodes
    seed: int
    workers: int = 0
    judge: Judge | None = None


@dataclass(frozen=True)
class Networks:
    """What is trained, and the frozen encoder that goes into the model."""

    generator: Generator
    discriminators: dict[str, Critic]
    style_encoder: StyleEncoder
