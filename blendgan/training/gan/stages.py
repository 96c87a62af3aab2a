"""The two stages of an adversarial training: natural faces alone, then faces and styles.

The paper begins with a published StyleGAN2 and its discriminator. Where there is none, the first stage makes one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from blendgan.checkpoints.store import Role
from blendgan.networks.discriminators import AnyDiscriminator
from blendgan.networks.generator import Generator
from blendgan.training.gan.objective import ROLES


@dataclass(frozen=True)
class Stages:
    """Which step belongs to which stage."""

    natural_steps: int = 0
    """So many steps train the generator's natural half and D_face alone."""
    trunks_from_face: bool = False
    """The discriminators of styles begin with what D_face has learned to see."""

    def roles(self, step: int) -> Sequence[Role]:
        """The discriminators that a step trains and listens to."""
        return ROLES if step >= self.natural_steps else ("face",)

    def begins_styles(self, step: int) -> bool:
        """Whether it is the first step with styles."""
        return step == self.natural_steps

    def step_of_stage(self, step: int) -> int:
        """The steps of its own stage before `step`."""
        return step - self.natural_steps if step >= self.natural_steps else step


STYLES_FROM_THE_FIRST_STEP = Stages()


@torch.no_grad()
def copy_trunk(face: AnyDiscriminator, other: AnyDiscriminator) -> None:
    """Let `other` begin with the convolutions of `face`; its output layers stay its own."""
    other.trunk.load_state_dict(face.trunk.state_dict())


@torch.no_grad()
def start_face_weights(generator: Generator, value: float, coarse_layers: int) -> None:
    """Let style act from the beginning on all but the first `coarse_layers` layers, which decide on shapes."""
    generator.blending.face_weight[:, coarse_layers:] = value
