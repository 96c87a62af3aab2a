import pytest
import torch

from blendgan.metrics.styles import cosines, gram_distances


def test_each_pair_has_the_cosine_of_its_angle() -> None:
    one, other = torch.tensor([[3.0, 0], [1, 1], [2, 0]]), torch.tensor([[5.0, 0], [1, 0], [-1, 0]])
    assert cosines(one, other).tolist() == pytest.approx([1, 0.5**0.5, -1])


def test_the_distance_of_gram_vectors_is_0_for_equal_ones_1_for_opposite_ones_and_knows_no_scale() -> None:
    one, other = torch.tensor([[3.0, 4], [3, 4], [3, 0]]), torch.tensor([[3.0, 4], [-6, -8], [0, 4]])
    expected = [0, 1, 5 / 7]
    assert gram_distances(one, other).tolist() == pytest.approx(expected)
    assert gram_distances(one * 1e3, other * 1e3).tolist() == pytest.approx(expected)
    assert gram_distances(torch.zeros(1, 2), torch.zeros(1, 2)).tolist() == [0]
