"""Values from the host to a device without waiting for it."""

import torch
from torch import Tensor


def upload(values: Tensor, device: torch.device) -> Tensor:
    """`values` on `device`.

    A GPU copies from pinned memory while the host goes on. A copy from ordinary memory begins when all work before it
    is done, whatever `non_blocking` says: in every step that would be a stall.
    """
    if device.type != "cuda":
        return values.to(device)
    return values.pin_memory().to(device, non_blocking=True)
