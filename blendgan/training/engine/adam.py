"""Adam as StyleGAN2 uses it: no first moment, and a correction for steps that only now and then carry a penalty."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

BETAS = (0.0, 0.99)


def adam(parameters: Iterable[nn.Parameter], learning_rate: float, interval: int | None = None) -> torch.optim.Adam:
    """Adam for a network whose regulariser runs every `interval` steps as a step of its own.

    With one more update per interval, the rate and the memory are those of the same time in updates:
    lr * c and betas^c with c = interval / (interval + 1) (Karras et al. 2020, appendix B).
    """
    share = interval / (interval + 1) if interval else 1.0
    return torch.optim.Adam(
        list(parameters), lr=learning_rate * share, betas=(BETAS[0] ** share, BETAS[1] ** share), fused=True
    )


def separate_rate(optimizer: torch.optim.Optimizer, parameters: Iterable[Tensor], factor: float) -> None:
    """Move parameters to a group of their own, with `factor` times the learning rate of the others."""
    moved = list(parameters)
    first = optimizer.param_groups[0]
    first["params"] = [other for other in first["params"] if not any(other is parameter for parameter in moved)]
    optimizer.add_param_group({**first, "params": moved, "lr": first["lr"] * factor})
