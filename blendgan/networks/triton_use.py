"""Whether our Triton kernels compute: where there is a GPU and Triton is installed."""

from importlib.util import find_spec

import torch
from torch import Tensor

HAS_TRITON = find_spec("triton") is not None and torch.cuda.is_available()
"""Whether there is a use for the kernels at all: importing Triton takes a while."""


def on_triton(tensor: Tensor) -> bool:
    """Whether the kernels take this tensor."""
    return tensor.is_cuda and HAS_TRITON
