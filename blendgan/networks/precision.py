"""Which layers compute in half precision where autocast asks for it: those of the four highest resolutions.

Below them few pixels decide about the whole picture, and little time is to be won (Karras et al. 2020, StyleGAN2-ADA,
appendix). Inside the networks autocast is off: activations carry the precision, and weights follow them.
"""

import torch
from torch import Tensor

HALF_RESOLUTIONS = 4


def dtype_at(resolution: int, size: int, like: Tensor) -> torch.dtype:
    """Precision of the activations at `resolution` in a network for pictures of `size` px; elsewhere that of `like`."""
    device = like.device.type
    if torch.is_autocast_enabled(device) and resolution * 2 ** (HALF_RESOLUTIONS - 1) >= size:
        return torch.get_autocast_dtype(device)
    return torch.float32 if like.dtype in (torch.bfloat16, torch.float16) else like.dtype


def without_autocast(like: Tensor) -> torch.autocast:
    """Leave precisions as they are."""
    return torch.autocast(like.device.type, enabled=False)
