import math

import torch

from blendgan.losses.adversarial import discriminator_loss, generator_loss


def test_an_undecided_critic_costs_two_log_two_and_log_two():
    undecided = torch.zeros(4, 1)
    assert discriminator_loss(undecided, undecided).item() == torch.tensor(2 * math.log(2)).item()
    assert generator_loss(undecided).item() == torch.tensor(math.log(2)).item()


def test_losses_equal_the_logarithms_of_the_probabilities():
    real, fake = torch.randn(5, 1, dtype=torch.float64), torch.randn(3, 1, dtype=torch.float64)
    expected = -real.sigmoid().log().mean() - (1 - fake.sigmoid()).log().mean()
    torch.testing.assert_close(discriminator_loss(real, fake), expected)
    torch.testing.assert_close(generator_loss(fake), -fake.sigmoid().log().mean())


def test_a_confident_critic_does_not_overflow():
    assert discriminator_loss(torch.full((2, 1), 1e4), torch.full((2, 1), -1e4)).item() == 0.0
