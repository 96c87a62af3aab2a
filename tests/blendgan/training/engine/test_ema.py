import math

import torch
from torch import nn

from blendgan.training.engine.ema import decay_of_half_life, update_ema


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
