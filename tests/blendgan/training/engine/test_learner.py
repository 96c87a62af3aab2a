import copy
import math

import torch
from torch import nn
from torch.optim import Adam

from blendgan.training.engine.learner import Learner, adam, decay_of_half_life, freeze, separate_rate, update_ema
from blendgan.training.engine.optimizer import PlainAdam
from blendgan.training.parallel.distributed import World
from tests.blendgan.training.small import assert_same


def make_learner() -> Learner[nn.Linear]:
    torch.manual_seed(0)
    network = nn.Linear(3, 1)
    return Learner(network, adam(network.parameters(), 0.01), World(torch.device("cpu")))


def update(learner: Learner[nn.Linear], x: torch.Tensor) -> None:
    learner.zero()
    learner.backward(learner.network(x).square().mean())
    learner.step()


def test_gradients_of_several_calls_add_up_and_are_forgotten_before_the_next_update():
    learner, x = make_learner(), torch.randn(4, 3)
    learner.backward(learner.network(x[:2]).mean() / 2, is_last=False)
    learner.backward(learner.network(x[2:]).mean() / 2)
    # the derivative of a mean of w x + b by w is the mean of x
    torch.testing.assert_close(learner.network.weight.grad, x.mean(dim=0, keepdim=True))
    learner.zero()
    assert learner.network.weight.grad is None


def test_what_is_no_scalar_goes_back_with_given_derivatives():
    learner, x, given = make_learner(), torch.randn(4, 3), torch.randn(4, 1)
    learner.backward(learner.network(x), given)
    torch.testing.assert_close(learner.network.weight.grad, given.T @ x)


def test_a_learner_that_goes_back_to_a_state_goes_on_as_the_first_one_did():
    first, second, x = make_learner(), make_learner(), torch.randn(4, 3)
    update(first, x)
    second.load_state(copy.deepcopy(first.state()))
    update(first, x)
    update(second, x)
    assert_same(second.state(), first.state())


def test_a_frozen_network_passes_gradients_on_and_keeps_none():
    network, x = nn.Linear(3, 1), torch.randn(2, 3, requires_grad=True)
    freeze(network)
    network(x).sum().backward()
    assert network.weight.grad is None
    assert x.grad is not None
    freeze(network, frozen=False)
    assert network.weight.requires_grad


def test_lazy_penalties_shrink_rate_and_memory_together():
    (group,) = adam([nn.Parameter(torch.ones(1))], 0.002, interval=16).param_groups
    assert group["lr"] == 0.002 * 16 / 17
    assert group["betas"] == (0.0, 0.99 ** (16 / 17))


def test_without_penalties_it_is_plain_adam():
    parameter, twin = nn.Parameter(torch.ones(4)), nn.Parameter(torch.ones(4))
    mine, reference = adam([parameter], 0.01), torch.optim.Adam([twin], lr=0.01, betas=(0.0, 0.99))
    for _ in range(3):
        for weights, optimizer in ((parameter, mine), (twin, reference)):
            optimizer.zero_grad()
            (weights**3).sum().backward()
            optimizer.step()
    torch.testing.assert_close(parameter, twin)


def test_the_plain_one_is_pytorchs_own():
    parameter, twin = nn.Parameter(torch.ones(4)), nn.Parameter(torch.ones(4))
    mine, reference = (kind([weights], lr=0.01, fused=True) for kind, weights in ((PlainAdam, parameter), (Adam, twin)))
    for _ in range(3):
        for weights, optimizer in ((parameter, mine), (twin, reference)):
            optimizer.zero_grad()
            (weights**3).sum().backward()
            optimizer.step()
    assert torch.equal(parameter, twin)
    mine.load_state_dict(reference.state_dict())
    assert mine.state_dict().keys() == reference.state_dict().keys()


def test_without_a_first_moment_it_is_pytorchs_fused_adam_to_the_last_bit_and_goes_on_from_its_state():
    random = torch.Generator().manual_seed(0)
    shapes = ((3,), (7, 5), (1,), (16, 8, 3, 3))
    twins = [[nn.Parameter(torch.ones(shape)) for shape in shapes] for _ in range(3)]
    reference = torch.optim.Adam(twins[0], lr=0.01, betas=(0.0, 0.99), fused=True)
    mine, resumed = adam(twins[1], 0.01), adam(twins[2], 0.01)
    for step in range(6):
        gradients = [torch.randn(shape, generator=random) * 10.0 ** (step - 3) for shape in shapes]
        for parameters, optimizer in zip(twins, (reference, mine, resumed), strict=True):
            if optimizer is resumed and step == 3:
                for parameter, other in zip(parameters, twins[0], strict=True):
                    parameter.data.copy_(other.data)
                optimizer.load_state_dict(copy.deepcopy(reference.state_dict()))
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.grad = gradient.clone()
        for optimizer in (reference, mine, resumed) if step >= 3 else (reference, mine):
            optimizer.step()
        assert all(torch.equal(*pair) for pair in zip(twins[0], twins[1], strict=True))
    assert all(torch.equal(*pair) for pair in zip(twins[0], twins[2], strict=True))
    assert {name for state in resumed.state.values() for name in state} == {"step", "exp_avg_sq"}


def test_one_parameter_can_learn_at_a_rate_of_its_own():
    quick, slow = nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(1))
    optimizer = adam([quick, slow], 0.01)
    separate_rate(optimizer, [quick], 5.0)
    (quick + slow).sum().backward()
    optimizer.step()
    # the first step of Adam is the rate itself, against the sign of the gradient
    torch.testing.assert_close(quick.detach(), torch.tensor([0.95]))
    torch.testing.assert_close(slow.detach(), torch.tensor([0.99]))


def test_weights_of_a_half_life_ago_count_half():
    assert math.isclose(decay_of_half_life(20, 10_000) ** 20, 0.5)


def test_at_the_start_the_average_follows_quickly_and_takes_the_first_weights_whole():
    assert decay_of_half_life(1000, 0) == 0.0
    assert math.isclose(decay_of_half_life(1000, 100) ** 10, 0.5)


def test_the_average_equals_a_loop_over_parameters_and_copies_buffers():
    average, network = nn.BatchNorm1d(3), nn.BatchNorm1d(3)
    nn.init.normal_(network.weight)
    network.running_mean.fill_(5.0)  # type: ignore[union-attr]
    expected = 0.9 * average.weight.detach() + 0.1 * network.weight.detach()
    update_ema(average, network, 0.9)
    torch.testing.assert_close(average.weight.detach(), expected)
    assert torch.equal(average.running_mean, torch.full((3,), 5.0))  # type: ignore[arg-type]
