from collections.abc import Iterator

import pytest
import torch

from blendgan.networks.arithmetic import allow_tf32, autocast, precision_on


@pytest.fixture
def _switches() -> Iterator[None]:
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    yield
    torch.set_float32_matmul_precision(before[0])
    torch.backends.cudnn.allow_tf32 = before[1]


@pytest.mark.parametrize(("bf16", "expected"), [(True, "bf16"), (False, "fp32")])
def test_auto_is_half_precision_on_a_gpu_that_has_it(bf16: bool, expected: str, monkeypatch: pytest.MonkeyPatch):
    """PyTorch's answer is put in its place: this machine may have no GPU."""
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: bf16)
    assert precision_on(torch.device("cuda"), "auto") == expected
    assert precision_on(torch.device("cpu"), "auto") == "fp32"
    assert precision_on(torch.device("cuda"), "tf32") == "tf32"


@pytest.mark.usefixtures("_switches")
def test_only_fp32_keeps_all_digits_of_single_precision():
    for precision, rounded in (("bf16", True), ("fp32", False), ("tf32", True)):
        allow_tf32(precision)  # type: ignore[arg-type]
        assert torch.backends.cuda.matmul.allow_tf32 is rounded
        assert torch.backends.cudnn.allow_tf32 is rounded


def test_only_bf16_rounds_products():
    x = torch.full((1, 1), 1 + 2**-10)  # not a number of bf16
    for precision, expected in (("bf16", 1.0), ("tf32", (1 + 2**-10) ** 2), ("fp32", (1 + 2**-10) ** 2)):
        with autocast(torch.device("cpu"), precision):  # type: ignore[arg-type]
            assert float(x @ x) == expected
