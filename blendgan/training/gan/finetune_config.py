"""Settings and flags of fine-tuning (section E of the supplementary material). Sizes and widths are the model's."""

from dataclasses import dataclass
from pathlib import Path

import tyro

from blendgan.config import Count, MayChange
from blendgan.training.engine.config import TrainConfig
from blendgan.training.gan.config import AdversarialSettings


@dataclass(frozen=True, kw_only=True)
class FinetuneSettings(AdversarialSettings):
    """The adversarial stage on one reference picture."""

    steps: MayChange[Count] = 1000
    batch: Count = 1
    log_every: MayChange[Count] = 10
    sample_every: MayChange[Count] = 100
    checkpoint_every: MayChange[Count] = 200


@dataclass(frozen=True, kw_only=True)
class TrainFinetuneConfig(TrainConfig):
    """Flags of `blendgan-train finetune`."""

    model: Path
    """Model folder to specialise: generator, style encoder, discriminators."""
    faces: Path
    """Square photographs of faces: a folder, a Parquet release, a StyleGAN zip, or hf:ORG/NAME on the Hub."""
    reference: Path
    """The one picture whose style is learned."""
    init: Path | None = None
    """Model folder with a face discriminator, if --model has none."""
    settings: tyro.conf.OmitArgPrefixes[FinetuneSettings] = FinetuneSettings()
