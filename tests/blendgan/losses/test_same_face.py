import pytest
import torch
from torch import Tensor, nn

from blendgan.losses.same_face import EDGES_PX, SMALLEST, edges, features_without_statistics, same_face


def pictures(size: int = EDGES_PX, count: int = 3) -> Tensor:
    return torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_edges_are_those_of_a_slow_loop():
    images = pictures(2 * EDGES_PX)
    grey = images.mean(dim=1)
    grey = (grey[:, ::2, ::2] + grey[:, 1::2, ::2] + grey[:, ::2, 1::2] + grey[:, 1::2, 1::2]) / 4
    for picture, found in zip(grey.tolist(), edges(images), strict=True):
        steep = [
            ((picture[y][x] - picture[y][x - 1]) ** 2 + (picture[y][x] - picture[y - 1][x]) ** 2 + SMALLEST) ** 0.5
            for y in range(1, EDGES_PX)
            for x in range(1, EDGES_PX)
        ]
        mean = sum(steep) / len(steep)
        torch.testing.assert_close(found, torch.tensor([value - mean for value in steep]), atol=1e-5, rtol=1e-5)


def test_the_same_face_costs_nothing_in_negative_and_in_other_colours():
    """Edges are where they were when light and dark are exchanged, and when colours are."""
    images = pictures()
    assert float(same_face(edges, images, images)) == pytest.approx(0, abs=1e-6)
    assert float(same_face(edges, -images, images)) == pytest.approx(0, abs=1e-6)
    assert float(same_face(edges, images.flip(1), images)) == pytest.approx(0, abs=1e-6)
    assert float(same_face(edges, images.roll(1, dims=0), images)) > 0.5


def test_features_do_not_see_the_strength_and_the_shift_of_a_channel():
    describe = features_without_statistics([nn.Identity()])
    images = pictures(8)
    painted = images * torch.tensor([0.5, 2.0, 3.0])[:, None, None] + torch.tensor([0.1, -0.2, 0.3])[:, None, None]
    assert float(same_face(describe, painted, images)) == pytest.approx(0, abs=1e-3)
    assert float(same_face(describe, images.roll(1, dims=0), images)) > 0.5


def test_nothing_flows_into_the_natural_picture():
    styled, natural = pictures().requires_grad_(), pictures().flip(0).requires_grad_()
    same_face(edges, styled, natural).backward()
    assert natural.grad is None
    assert styled.grad is not None
    assert torch.isfinite(styled.grad).all()


def test_a_picture_of_one_colour_has_a_finite_slope():
    flat = torch.zeros(1, 3, EDGES_PX, EDGES_PX, requires_grad=True)
    same_face(edges, flat, pictures(count=1)).backward()
    assert torch.isfinite(flat.grad).all()
