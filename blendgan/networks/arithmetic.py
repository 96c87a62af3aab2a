"""What `--precision` means to PyTorch: bf16 under autocast, TF32 for what stays in single precision, or neither."""

import torch

from blendgan.config import Precision


def precision_on(device: torch.device, wanted: Precision) -> Precision:
    """What `auto` stands for on a device: bf16 on a GPU that computes in it, else fp32."""
    if wanted != "auto":
        return wanted
    halves = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return "bf16" if halves else "fp32"


def allow_tf32(precision: Precision) -> None:
    """Let GPUs round the operands of single-precision products and convolutions to TF32, but under fp32."""
    torch.set_float32_matmul_precision("highest" if precision == "fp32" else "high")
    torch.backends.cudnn.allow_tf32 = precision != "fp32"


def autocast(device: torch.device, precision: Precision) -> torch.autocast:
    """Half precision where it is asked for."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")
