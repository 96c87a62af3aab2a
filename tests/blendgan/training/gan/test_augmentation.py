import math

import pytest
import torch
from torch import Tensor

from blendgan.training.gan.augmentation import (
    ADAPT_EVERY,
    Augmentation,
    colour_matrix,
    random_colours,
    random_positions,
    recolour,
    rotation,
    scaling,
    translation,
    warp,
)
from blendgan.training.parallel.distributed import World
from blendgan.training.parallel.randomness import Draws

CPU = torch.device("cpu")
ALWAYS = torch.tensor(1.0)
SIZE = 16


def images(count: int = 4) -> Tensor:
    return torch.rand(count, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_with_probability_zero_nothing_changes():
    augment = Augmentation(target=0.6, colour=True, images_to_certainty=1000, device=CPU)
    torch.testing.assert_close(augment(images(), Draws((0,))), images(), atol=1e-5, rtol=0)


def test_mirroring_quarter_turns_and_whole_pixels_move_pixels_without_mixing_them():
    ones = torch.ones(4)
    torch.testing.assert_close(warp(images(), scaling(-ones, 1.0)), images().flip(3))
    quarter = warp(images(), rotation(ones * math.pi / 2))
    torch.testing.assert_close(quarter, images().rot90(1, dims=(2, 3)), atol=1e-5, rtol=0)
    shifted = warp(images(), translation(torch.tensor([[3 * 2 / SIZE, 0.0]]).expand(4, 2)))
    torch.testing.assert_close(shifted[..., :-3], images()[..., 3:], atol=1e-5, rtol=0)
    # what was moved in from outside is the reflection of the border
    torch.testing.assert_close(shifted[..., -3:], images()[..., -3:].flip(3), atol=1e-5, rtol=0)


def test_every_move_can_be_undone_and_changes_areas_by_the_zoom_alone():
    positions = random_positions(4000, SIZE, ALWAYS, Draws((0,)))
    areas = torch.linalg.det(positions)
    assert 0.45 < (areas < 0).float().mean() < 0.55  # mirrored half of the time
    # rotations, shifts and the squeeze have determinant 1; the zoom's logarithm has deviation 0.2, and counts twice
    assert areas.abs().log2().std() == pytest.approx(2 * 0.2, rel=0.05)
    assert areas.abs().log2().mean() == pytest.approx(0, abs=0.02)
    undone = positions @ torch.linalg.inv(positions)
    torch.testing.assert_close(undone, torch.eye(3).expand(4000, 3, 3), atol=1e-4, rtol=0)


def test_hue_keeps_greys_and_lengths_and_a_third_of_a_turn_permutes_red_green_blue():
    one, angle = torch.ones(5), torch.linspace(-3, 3, 5)
    turned = colour_matrix(one, one, angle)
    torch.testing.assert_close(turned @ turned.mT, torch.eye(3).expand(5, 3, 3), atol=1e-6, rtol=0)
    torch.testing.assert_close(turned.sum(dim=2), torch.ones(5, 3))
    third = colour_matrix(one, one, one * 2 * math.pi / 3)[0]
    torch.testing.assert_close(third @ torch.eye(3)[0], torch.eye(3)[1], atol=1e-6, rtol=0)


def test_saturation_zero_gives_the_mean_of_the_colours_and_inverted_lightness_its_negative():
    one, zero = torch.ones(4), torch.zeros(4)
    grey = images().mean(dim=1, keepdim=True).expand(-1, 3, -1, -1)
    nothing = zero[:, None]
    torch.testing.assert_close(recolour(images(), colour_matrix(one, zero, zero), nothing), grey)
    inverted = recolour(images(), colour_matrix(-one, one, zero), nothing)
    torch.testing.assert_close(inverted, images() - 2 * grey)


def test_colour_maps_can_be_undone():
    matrices, shifts = random_colours(1000, ALWAYS, Draws((0,)))
    assert torch.linalg.det(matrices).abs().min() > 0
    assert shifts.std() == pytest.approx(0.2, rel=0.1)


def test_half_the_samples_are_changed_at_probability_one_half():
    matrices, shifts = random_colours(4000, torch.tensor(0.5), Draws((0,)))
    assert float((shifts != 0).float().mean()) == pytest.approx(0.5, abs=0.03)
    untouched = (matrices - torch.eye(3)).abs().amax(dim=(1, 2)) < 1e-6
    # contrast, saturation and hue each 1/2; inverted lightness 1/2 of 1/2
    assert float(untouched.float().mean()) == pytest.approx(0.5**3 * 0.75, abs=0.02)


def test_gradients_reach_the_pictures_through_the_adjoint():
    augment = Augmentation(target=0.6, colour=True, images_to_certainty=1000, device=CPU)
    augment.probability = ALWAYS
    shown, weights = images().requires_grad_(), images().flip(0)
    seen = augment(shown, Draws((3,)))
    (gradient,) = torch.autograd.grad((seen * weights).sum(), shown)
    # the transformations are linear but for the brightness: <A x, y> = <x, A' y>
    black = augment(torch.zeros_like(shown), Draws((3,)))
    torch.testing.assert_close(((seen - black) * weights).sum(), (shown * gradient).sum(), atol=1e-2, rtol=1e-4)


def test_pictures_are_augmented_alike_in_phases_with_and_without_autocast():
    augment = Augmentation(target=0.6, colour=True, images_to_certainty=1000, device=CPU)
    augment.probability = ALWAYS
    expected = augment(images(), Draws((2,)))
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(augment(images(), Draws((2,))), expected)
        # pictures that come in half precision are only rounded themselves
        assert torch.equal(augment(images().bfloat16(), Draws((2,))), augment(images().bfloat16().float(), Draws((2,))))


def test_pictures_in_double_precision_stay_so():
    augment = Augmentation(target=0.6, colour=True, images_to_certainty=1000, device=CPU)
    augment.probability = ALWAYS
    exact = augment(images().double(), Draws((2,)))
    assert exact.dtype == torch.float64
    torch.testing.assert_close(exact.float(), augment(images(), Draws((2,))), atol=1e-5, rtol=0)


def test_without_colour_a_plain_picture_stays_as_it_is():
    augment = Augmentation(target=0.6, colour=False, images_to_certainty=1000, device=CPU)
    augment.probability = ALWAYS
    plain = torch.tensor([0.1, -0.7, 0.5]).view(1, 3, 1, 1).expand(8, 3, SIZE, SIZE)
    torch.testing.assert_close(augment(plain, Draws((0,))), plain, atol=1e-5, rtol=0)


def test_probability_rises_while_the_discriminator_is_sure_and_falls_again_within_its_bounds():
    augment, world = Augmentation(target=0.6, colour=False, images_to_certainty=1000, device=CPU), World(CPU)

    def show(logit: float, images: int) -> float:
        for _ in range(ADAPT_EVERY):
            augment.watch(torch.full((4, 1), logit), world, 1.0)
        augment.adapt(images)
        return float(augment.probability)

    assert show(+2.0, 100) == pytest.approx(0.1)
    assert show(+2.0, 100) == pytest.approx(0.2)
    assert show(-2.0, 100) == pytest.approx(0.1)
    assert show(-2.0, 1000) == 0
    assert show(+2.0, 3000) == 1


def test_processes_share_the_transformations_of_one():
    augment = Augmentation(target=0.6, colour=True, images_to_certainty=1000, device=CPU)
    augment.probability = torch.tensor(0.7)
    whole = augment(images(6), Draws((1,)))
    for rank in range(2):
        torch.testing.assert_close(augment(images(6)[rank::2], Draws((1,), rank, 2)), whole[rank::2])
