"""A network that learns: with its optimiser, and with gradients averaged over the processes.

An update is `zero`, one or more calls of `backward` whose gradients add up, and `step`. Beside it what StyleGAN2 makes
of the two usual helpers: Adam without a first moment, and the moving average of the weights.
"""

from collections.abc import Iterable
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from blendgan.checkpoints.torch_file import State
from blendgan.training.engine.optimizer import SecondMomentAdam
from blendgan.training.parallel.distributed import World
from blendgan.training.parallel.gradient_average import GradientAverage

BETA2 = 0.99

N = TypeVar("N", bound=nn.Module)


class Learner(Generic[N]):
    """A network on its device, and all that an update of its weights needs."""

    def __init__(self, network: N, optimizer: torch.optim.Optimizer, world: World) -> None:
        self.network, self.optimizer = network, optimizer
        self.average = GradientAverage(network.parameters(), world)

    def zero(self) -> None:
        """Begin an update: forget the gradients of the one before."""
        self.optimizer.zero_grad(set_to_none=True)

    def backward(self, loss: Tensor, gradient: Tensor | None = None, *, is_last: bool = True) -> None:
        """Add the gradients of `loss`; where it is no scalar, `gradient` holds the derivatives by its values.

        With the last call of an update the gradients start on their way to the other processes.
        """
        if is_last:
            self.average.start()
        loss.backward(gradient)  # type: ignore[no-untyped-call]

    def step(self) -> None:
        """Wait for the other processes' gradients and change the weights."""
        self.average.finish()
        self.optimizer.step()

    def state(self) -> State:
        """Weights and the optimiser's memory."""
        return {"network": self.network.state_dict(), "optimizer": self.optimizer.state_dict()}

    def load_state(self, state: State) -> None:
        """Go back to `state`."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])


def freeze(*modules: nn.Module, frozen: bool = True) -> None:
    """Stop (or let) gradients reach the parameters of `modules`; they still pass through to what came before."""
    for module in modules:
        module.requires_grad_(not frozen)


def adam(parameters: Iterable[nn.Parameter], learning_rate: float, interval: int | None = None) -> SecondMomentAdam:
    """Adam without a first moment, for a network whose regulariser runs every `interval` steps as a step of its own.

    With one more update per interval, the rate and the memory are those of the same time in updates:
    lr * c and beta^c with c = interval / (interval + 1) (Karras et al. 2020, appendix B).
    """
    share = interval / (interval + 1) if interval else 1.0
    return SecondMomentAdam(list(parameters), learning_rate * share, BETA2**share)


def separate_rate(optimizer: torch.optim.Optimizer, parameters: Iterable[Tensor], factor: float) -> None:
    """Move parameters to a group of their own, with `factor` times the learning rate of the others."""
    moved = list(parameters)
    first = optimizer.param_groups[0]
    first["params"] = [other for other in first["params"] if not any(other is parameter for parameter in moved)]
    optimizer.add_param_group({**first, "params": moved, "lr": first["lr"] * factor})


def decay_of_half_life(half_life_steps: float, step: int) -> float:
    """Per-step decay for which old weights count half after `half_life_steps`; shorter while `step` is still small.

    The ramp keeps the random first weights out of the average: at step t the half-life is at most t / 10.
    """
    return 0.5 ** (1 / max(min(half_life_steps, step / 10), 1e-8)) if step else 0.0


@torch.no_grad()
def update_ema(average: nn.Module, network: nn.Module, decay: float) -> None:
    """average <- decay * average + (1 - decay) * network for parameters (Yazici et al. 2019); buffers are copied."""
    torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), 1 - decay)
    for mine, theirs in zip(average.buffers(), network.buffers(), strict=True):
        mine.copy_(theirs)
