import numpy as np
import pytest
import torch

from blendgan.metrics.kid import kid, squared_mmd


def test_it_equals_torch_fidelitys_kernel():
    fidelity = pytest.importorskip("torch_fidelity.metric_kid")
    x, y = np.random.default_rng(0).standard_normal((2, 50, 16))
    y += 0.3
    cubic = {"kid_kernel_poly_degree": 3, "kid_kernel_poly_gamma": None, "kid_kernel_poly_coef0": 1}
    expected = fidelity.kernel_mmd(x, y, kid_kernel="poly", **cubic)
    torch.testing.assert_close(float(squared_mmd(torch.from_numpy(x), torch.from_numpy(y))), float(expected))


def test_it_equals_a_loop_over_pairs():
    x, y = torch.randn(2, 5, 3, dtype=torch.float64)

    def kernel(a: torch.Tensor, b: torch.Tensor) -> float:
        return float((a @ b / 3 + 1) ** 3)

    within = sum(kernel(z[i], z[j]) for z in (x, y) for i in range(5) for j in range(5) if i != j) / 20
    across = sum(kernel(a, b) for a in x for b in y) / 25
    torch.testing.assert_close(float(squared_mmd(x, y)), within - 2 * across)


def test_sets_of_one_kind_are_closer_than_sets_of_two():
    generator = torch.Generator().manual_seed(0)
    real, same, other = torch.randn(3, 300, 8, generator=generator).unbind()
    near, far = kid(real, same, 50, 20), kid(real, other + 1, 50, 20)
    assert abs(near.mean) < 0.1 < far.mean
    assert near.deviation > 0


def test_too_few_pictures_are_named():
    with pytest.raises(ValueError, match="there are 10 and 60"):
        kid(torch.zeros(10, 2), torch.zeros(60, 2), 50)
