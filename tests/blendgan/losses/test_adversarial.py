import math

import torch

from blendgan.losses.adversarial import discriminator_loss, generator_loss, r1_penalty


def test_an_undecided_discriminator_costs_two_log_two_and_log_two():
    undecided = torch.zeros(4, 1)
    assert discriminator_loss(undecided, undecided).item() == torch.tensor(2 * math.log(2)).item()
    assert generator_loss(undecided).item() == torch.tensor(math.log(2)).item()


def test_losses_equal_the_logarithms_of_the_probabilities():
    real, fake = torch.randn(5, 1, dtype=torch.float64), torch.randn(3, 1, dtype=torch.float64)
    expected = -real.sigmoid().log().mean() - (1 - fake.sigmoid()).log().mean()
    torch.testing.assert_close(discriminator_loss(real, fake), expected)
    torch.testing.assert_close(generator_loss(fake), -fake.sigmoid().log().mean())


def test_a_confident_discriminator_does_not_overflow():
    assert discriminator_loss(torch.full((2, 1), 1e4), torch.full((2, 1), -1e4)).item() == 0.0


def test_r1_of_a_linear_discriminator_is_its_squared_norm():
    direction = torch.randn(3, 4, 4)
    images = torch.randn(5, 3, 4, 4, requires_grad=True)
    logits = (images * direction).sum(dim=(1, 2, 3))[:, None]
    torch.testing.assert_close(r1_penalty(images, logits), direction.square().sum())


def test_r1_of_a_quadratic_discriminator_has_the_gradient_that_algebra_gives():
    # D(x) = a |x|^2 / 2 has R1 = a^2 E|x|^2, whose derivative by a is 2 a E|x|^2
    scale = torch.tensor(3.0, requires_grad=True)
    images = torch.randn(2, 3, 4, 4, requires_grad=True)
    squares = images.square().sum(dim=(1, 2, 3))
    r1_penalty(images, scale * squares[:, None] / 2).backward()
    torch.testing.assert_close(scale.grad, 2 * 3.0 * squares.mean().detach())
