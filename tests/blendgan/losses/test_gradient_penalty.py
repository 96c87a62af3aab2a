import torch

from blendgan.losses.gradient_penalty import r1_penalty


def test_r1_of_a_linear_critic_is_its_squared_norm():
    direction = torch.randn(3, 4, 4)
    images = torch.randn(5, 3, 4, 4, requires_grad=True)
    logits = (images * direction).sum(dim=(1, 2, 3))[:, None]
    torch.testing.assert_close(r1_penalty(images, logits), direction.square().sum())


def test_r1_of_a_quadratic_critic_has_the_gradient_that_algebra_gives():
    # D(x) = a |x|^2 / 2 has R1 = a^2 E|x|^2, whose derivative by a is 2 a E|x|^2
    scale = torch.tensor(3.0, requires_grad=True)
    images = torch.randn(2, 3, 4, 4, requires_grad=True)
    squares = images.square().sum(dim=(1, 2, 3))
    r1_penalty(images, scale * squares[:, None] / 2).backward()
    torch.testing.assert_close(scale.grad, 2 * 3.0 * squares.mean().detach())
