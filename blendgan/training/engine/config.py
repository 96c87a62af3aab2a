"""Settings and flags that all training stages share. Each stage adds its own, in a `config.py` beside it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tyro

from blendgan.command import CommonConfig
from blendgan.config import Count, CountOrZero, MayChange, Positive, Precision, Seed
from blendgan.training.engine.tracking import Tracker


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How a stage is trained: every field is a flag, its value the preset's where the flag is left out."""

    steps: MayChange[Count] = 200_000
    """Training length in steps, over all reruns together."""
    batch: Count = 8
    """Pictures per step, over all processes."""
    micro_batch: MayChange[CountOrZero] = 0
    """Pictures that a process holds at once; their gradients are added up. 0 is all of its batch; fewer take less
    memory in the same training."""
    learning_rate: Positive = 0.002
    """Step size of Adam."""
    log_every: MayChange[Count] = 50
    """Steps between two rows of the log."""
    sample_every: MayChange[Count] = 2000
    """Steps between two sample grids."""
    evaluate_every: MayChange[Count] = 5000
    """Steps between two measurements of quality, by which the best model is kept."""
    checkpoint_every: MayChange[Count] = 2000
    """Steps between two checkpoints; a kill loses at most so many."""


@dataclass(frozen=True, kw_only=True)
class TrainConfig(CommonConfig):
    """Flags of a run of any stage."""

    out: Path
    """Folder of the run. The same command again resumes; the model is in its subfolder `final`."""
    seed: Seed = 0
    """Decides first weights, order of the pictures and all random numbers."""
    device: MayChange[Literal["auto", "cpu", "cuda"]] = "auto"
    """Where to train; auto takes a GPU if there is one."""
    precision: Precision = "auto"
    """Arithmetic of convolutions and products; auto takes bf16 on a GPU that has it, else fp32, and goes on with what
    a run was begun with. With bf16 the penalties on gradients are computed in tf32."""
    data_workers: MayChange[CountOrZero | None] = None
    """Processes that decode pictures, for each set; the order of the pictures does not depend on it. Default: the cores
    that a process can have, at most 8, and none where the decoded pictures take less than a gigabyte."""
    tracker: MayChange[Tracker] = "none"
    """Log to an experiment tracker, too: trackio (on this machine) or Weights & Biases. Their packages are extra."""
    data_changed: MayChange[bool] = False
    """Go on although data or models have changed since the run was begun; config.json keeps what they were."""
    settings: tyro.conf.OmitArgPrefixes[TrainingSettings] = TrainingSettings()
    """How the stage is trained."""
