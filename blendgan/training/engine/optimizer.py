"""Adam without a first moment, and without the memory that PyTorch keeps for it."""

from collections.abc import Callable, Iterable
from inspect import unwrap
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.adam import adam


class _Unguarded(Optimizer):
    """PyTorch's methods below the guard of torch.compile, whose import at the first call delays a start by seconds."""

    add_param_group = unwrap(Optimizer.add_param_group)
    zero_grad = unwrap(Optimizer.zero_grad)
    state_dict = unwrap(Optimizer.state_dict)
    load_state_dict = unwrap(Optimizer.load_state_dict)


class PlainAdam(_Unguarded, torch.optim.Adam):
    """PyTorch's Adam."""

    step = torch.no_grad()(unwrap(torch.optim.Adam.step))


class SecondMomentAdam(_Unguarded):
    """PyTorch's fused Adam with beta1 = 0, to the last bit, at one value less per weight.

    The first moment of such an Adam is the gradient itself, so the gradient is handed over in its place.
    """

    def __init__(
        self, parameters: Iterable[nn.Parameter], learning_rate: float, beta2: float, epsilon: float = 1e-8
    ) -> None:
        # `fused` makes PyTorch keep the count of steps on the parameter's device when a state is loaded
        defaults = {"lr": learning_rate, "betas": (0.0, beta2), "eps": epsilon, "fused": True}
        super().__init__(parameters, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Update all weights that have a gradient."""
        assert closure is None
        for group in self.param_groups:
            learning = [parameter for parameter in group["params"] if parameter.grad is not None]
            gradients = [parameter.grad for parameter in learning]
            states = [self._state_of(parameter) for parameter in learning]
            adam(
                learning,
                gradients,
                gradients,
                [state["exp_avg_sq"] for state in states],
                [],
                [state["step"] for state in states],
                fused=True,
                amsgrad=False,
                beta1=0.0,
                beta2=group["betas"][1],
                lr=group["lr"],
                weight_decay=0.0,
                eps=group["eps"],
                maximize=False,
            )

    def _state_of(self, parameter: Tensor) -> dict[str, Tensor]:
        state: dict[str, Tensor] = self.state[parameter]
        if not state:
            state["step"] = torch.zeros((), device=parameter.device)
            state["exp_avg_sq"] = torch.zeros_like(parameter)
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take a state of this class, or of PyTorch's Adam with beta1 = 0, whose first moments say nothing."""
        kept = {
            number: {name: value for name, value in state.items() if name != "exp_avg"}
            for number, state in state_dict["state"].items()
        }
        super().load_state_dict({**state_dict, "state": kept})
