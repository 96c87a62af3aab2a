"""Between 8-bit pictures and the tensors of networks, and from one size to another."""

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor


def area_averaged(
    pixels: UInt8[np.ndarray, "height width 3"], width: int, height: int
) -> UInt8[np.ndarray, "new_height new_width 3"]:
    """A smaller picture that keeps the mean colour of what it shrinks; the same one if it has this size already."""
    if pixels.shape[:2] == (height, width):
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX))


def resize(image: Float[Tensor, "3 height width"], side: int) -> Float[Tensor, "3 side side"]:
    """Averaged where it shrinks, pixels repeated where it grows, as the encoders do it themselves."""
    return F.adaptive_avg_pool2d(image.float(), side)


def to_signed(pixels: UInt8[Tensor, "*batch 3 height width"]) -> Float[Tensor, "*batch 3 height width"]:
    """0..255 to [-1, 1]."""
    return pixels.float() / 127.5 - 1


def to_pixels(images: Float[Tensor, "*batch 3 height width"]) -> UInt8[Tensor, "*batch 3 height width"]:
    """[-1, 1] to 0..255, rounded; what lies outside is clamped."""
    return ((images.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
