"""Under which rights the pictures stand that a model has learned from, in this run and in the runs it builds on."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from blendgan.checkpoints.store import networks_in, read_config
from blendgan.training.engine.config import TrainConfig

BUILT_UPON = ("style_encoder", "init", "model")
"""Flags that name a model from which a run starts."""


def rights_of_run(description: Mapping[str, Any], config: TrainConfig) -> dict[str, int]:
    """Pictures by their rights and licence ('open CC0-1.0'): the run's own, and those of the models it starts from."""
    total: Counter[str] = Counter()
    for counts in description["data"].values():
        total.update(counts)
    for flag in BUILT_UPON:
        folder = getattr(config, flag, None)
        if folder is not None:
            total |= rights_of_model(folder)
    return dict(sorted(total.items()))


def rights_of_model(folder: Path) -> Counter[str]:
    """What the networks in `folder` (or the one that it is) were trained on, as their `config.json` say."""
    homes = [folder / name for name in networks_in(folder)] or [folder]
    total: Counter[str] = Counter()
    for home in homes:
        total |= Counter(read_config(home).get("rights", {}))
    return total
