"""The moving average of a network's weights, which makes the better pictures (Yazici et al. 2019)."""

import torch
from torch import nn


def decay_of_half_life(half_life_steps: float, step: int) -> float:
    """Per-step decay for which old weights count half after `half_life_steps`; shorter while `step` is still small.

    The ramp keeps the random first weights out of the average: at step t the half-life is at most t / 10.
    """
    return 0.5 ** (1 / max(min(half_life_steps, step / 10), 1e-8)) if step else 0.0


@torch.no_grad()
def update_ema(average: nn.Module, network: nn.Module, decay: float) -> None:
    """average <- decay * average + (1 - decay) * network for parameters; buffers are copied."""
    torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), 1 - decay)
    for mine, theirs in zip(average.buffers(), network.buffers(), strict=True):
        mine.copy_(theirs)
