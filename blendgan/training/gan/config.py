"""Settings and flags of the adversarial stage. Defaults are the paper's or StyleGAN2's, except where marked."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from blendgan.config import Allowed, Count, CountOrZero, MayChange, Positive, Resolution, Share, Weight
from blendgan.errors import UserError
from blendgan.training.engine.config import TrainConfig, TrainingSettings


@dataclass(frozen=True, kw_only=True)
class AdversarialSettings(TrainingSettings):
    """How a generator is trained against three discriminators, whatever its size."""

    sample_every: MayChange[Count] = 1000
    checkpoint_every: MayChange[Count] = 1000
    r1_gamma: Weight = 10.0
    """Weight of the gradient penalty on real pictures (R1)."""
    r1_every: Count = 16
    """Steps between two gradient penalties of a discriminator."""
    path_weight: Weight = 2.0
    """Weight of the path-length penalty."""
    path_every: Count = 4
    """Steps between two path-length penalties."""
    ada_target: Annotated[float, Allowed("0 (off) or a number below 1, such as 0.6", lambda x: 0 <= x < 1)] = 0.0
    """Augment pictures for the discriminators, adaptively, for data sets of a few thousand or fewer: how sure of real
    ones they may become (mean sign of their logits), 0 (off) to 1; ADA's paper takes 0.6, BlendGAN's does without."""
    ada_images: Count = 500_000
    """Pictures in which the probability of augmentation can rise from 0 to 1."""
    mixing: Share = 0.9
    """How often two face codes are mixed, 0 to 1."""
    ema_half_life: Positive = 312.5
    """Half-life in steps of the averaged generator; the default is StyleGAN2's 10,000 pictures in batches of 32."""
    face_weight_rate: Weight = 1.0
    """Learning rate of the face weights, in multiples of --learning-rate; not in the paper."""
    noise_rate: Weight = 1.0
    """Learning rate of the noise's strengths, in multiples of --learning-rate; not in the paper. In short trainings
    noise drowns the picture before anything else is learned: 0 leaves it out."""
    face_loss: Weight = 1.0
    """Weight of the face discriminator in the generator's loss; not in the paper."""
    style_loss: Weight = 1.0
    """Weight of the style discriminator in the generator's loss; not in the paper."""
    style_latent_loss: Weight = 1.0
    """Weight of the style-latent discriminator in the generator's loss; not in the paper."""
    same_face_loss: Weight = 0.0
    """Weight of a loss for styled pictures that do not show the face of their natural twin; ours, not in the paper."""
    same_face_form: Literal["edges", "features"] = "edges"
    """What that loss compares: the edges of grey at 16 px, or features of VGG-19 without their statistics."""
    cuda_graphs: MayChange[bool] = True
    """On one GPU that holds its whole batch: record the updates once and replay them, without the host's overhead."""
    torch_compile: MayChange[bool] = False
    """Let torch.compile fuse what is not of second order, instead of recording; not measured on a GPU yet."""
    recent_codes: Count = 1024
    """Style codes of the fakes are those of this many artworks seen last."""


@dataclass(frozen=True, kw_only=True)
class GanSettings(AdversarialSettings):
    """How `blendgan-train gan` trains, and the networks that it makes."""

    size: Resolution = 1024
    """Side of the pictures in px: a power of two from 8 to 1024."""
    latent_dim: Count = 512
    """Length of the face codes."""
    mapping_layers: Count = 8
    """Layers of each mapping network."""
    channel_base: Count = 32768
    """Channels of a layer times its side in px, up to --channel-max."""
    channel_max: Count = 512
    """Most channels that a layer has."""
    natural_steps: CountOrZero = 0
    """So many of --steps come first and train natural faces alone, generator and face discriminator. The paper takes a
    published StyleGAN2 in their place (--init)."""
    trunks_from_face: bool = False
    """Both discriminators of styles begin with the convolutions of the face discriminator, as it is after
    --natural-steps or in --init; not in the paper."""
    mismatch_loss: Weight = 0.0
    """Weight of a loss of the style-latent discriminator: an artwork with the style code of another one is false as
    well (matching-aware, Reed et al. 2016); not in the paper."""
    style_codes: Literal["encoder", "gram"] = "encoder"
    """What the generator takes for a style code: the encoder's, or the Gram vector itself, which leaks what the picture
    shows (the ablation of section D of the supplementary material)."""
    face_weight_start: Share = 1.0
    """What the face weights begin at; in the paper at 1, where styles have no influence yet."""
    face_weight_coarse_layers: CountOrZero = 0
    """So many of the first layers, which decide on shapes, begin at 1 all the same."""


@dataclass(frozen=True, kw_only=True)
class TrainGanConfig(TrainConfig):
    """Flags of `blendgan-train gan`."""

    faces: Path
    """Square photographs of faces: a folder, a Parquet release, a StyleGAN zip, or hf:ORG/NAME on the Hub."""
    artworks: Path
    """Square artistic faces, as --faces."""
    style_encoder: Path | None = None
    """Model folder with a trained style encoder; only the tiny preset can do without."""
    init: Path | None = None
    """Model folder to start from, such as a converted StyleGAN2: its generator and face discriminator."""
    preset: Literal["tiny", "demo", "64", "256", "1024", "paper"] = "paper"
    """What settings are whose flags are left out. tiny trains on a CPU in minutes, demo in a quarter of an hour,
    natural faces first: 32 px."""
    inception: MayChange[Path | None] = None
    """File with the weights of FID's Inception-v3 (default: where torch-fidelity leaves them); without it no FID."""
    alexnet: MayChange[Path | None] = None
    """File with torchvision's AlexNet (default: where torchvision leaves it); without it no diversity by LPIPS."""
    settings: tyro.conf.OmitArgPrefixes[GanSettings] = GanSettings()

    def check(self) -> None:
        """Ranges, and what depends on two settings."""
        super().check()
        if self.settings.channel_base < self.settings.size:
            raise UserError(
                f"--channel-base is {self.settings.channel_base}; give --size ({self.settings.size}) or more, so that "
                "every layer has a channel"
            )
