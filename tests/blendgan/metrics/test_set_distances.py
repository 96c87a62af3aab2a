import numpy as np
import pytest
import torch

from blendgan.metrics import set_distances as module
from blendgan.metrics.set_distances import Moments, frechet_distance, moments, set_distances


def test_moments_of_rows_in_portions_equal_numpys_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 3)
    features = torch.randn(8, 5) + 100
    found = moments(features)
    whole = features.double().numpy()
    np.testing.assert_allclose(found.mean, whole.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.covariance, np.cov(whole, rowvar=False), rtol=1e-9, atol=1e-12)


def test_the_distance_of_independent_gaussians_is_that_of_means_and_deviations() -> None:
    one = Moments(np.array([1.0, 2.0, 3.0]), np.diag([4.0, 9.0, 1.0]))
    other = Moments(np.array([1.0, 0.0, 6.0]), np.diag([1.0, 16.0, 1.0]))
    assert frechet_distance(one, other) == pytest.approx((4 + 9) + (2 - 1) ** 2 + (3 - 4) ** 2)


def test_a_set_is_among_itself_and_not_among_one_far_away() -> None:
    features = torch.randn(12, 4)
    same, far = set_distances(features, features), set_distances(features, features + 100)
    assert (same.precision, same.recall, same.fid) == (1, 1, pytest.approx(0, abs=1e-5))
    assert (far.precision, far.recall, far.fid) == (0, 0, pytest.approx(4 * 100**2, rel=1e-4))
    assert same.kid < far.kid
    assert same.kid_deviation is None  # every subset is the whole


def test_few_pictures_among_many_are_real_and_do_not_reach_all() -> None:
    real = torch.cat([torch.randn(6, 3), torch.randn(6, 3) + 50])
    found = set_distances(real[:6] + 1e-4, real)
    assert (found.precision, found.recall) == (1, 0.5)
    assert found.kid_deviation is not None


def test_moments_that_are_known_give_the_same_distance() -> None:
    one, other = torch.randn(7, 3), torch.randn(9, 3)
    assert set_distances(one, other, moments(other)) == set_distances(one, other)


def test_three_pictures_have_no_neighbours_to_compare() -> None:
    with pytest.raises(ValueError, match="give 4 or more"):
        set_distances(torch.randn(3, 2), torch.randn(9, 2))
