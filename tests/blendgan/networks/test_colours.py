"""Products with colours against sums written out, and their first and second derivatives."""

import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck
from torch.testing import assert_close

from blendgan.networks.colours import gathered, spread


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64).requires_grad_()


@pytest.mark.parametrize("sets", [1, 2])
def test_values_and_derivatives(sets: int) -> None:
    x, pictures, weight = drawn(2, 5, 3, 4), drawn(2, 3, 3, 4), drawn(sets, 5, 3)
    each = weight.expand(2, 5, 3)
    assert_close(gathered(x, weight), torch.einsum("nchw,nck->nkhw", x, each))
    assert_close(spread(pictures, weight, torch.float64), torch.einsum("nkhw,nck->nchw", pictures, each))
    for function, source in ((gathered, x), (lambda i, w: spread(i, w, torch.float64), pictures)):
        assert gradcheck(function, (source, weight), fast_mode=True)
        assert gradgradcheck(lambda *some, call=function: call(*some).square(), (source, weight), fast_mode=True)


def test_colours_keep_full_precision_beside_half_activations() -> None:
    x, weight = torch.randn(1, 8, 4, 4, dtype=torch.bfloat16), torch.randn(1, 8, 3)
    assert gathered(x, weight).dtype == torch.float32
    assert spread(torch.randn(1, 3, 4, 4), weight, torch.bfloat16).dtype == torch.bfloat16
