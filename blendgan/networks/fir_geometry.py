"""Which filtering: the rates, the padding and the sizes of blurring, halving and doubling.

    out[i] = gain * sum over k = 0..3 of taps[k] * z[down * i + k - pad]

along each axis, where z is the input with a zero after every pixel if `up` is 2, and zero outside.
"""

from typing import Literal, NamedTuple

from torch import Tensor

TAPS = (1 / 8, 3 / 8, 3 / 8, 1 / 8)
FirMode = Literal["fir", "act_fir", "mask_fir", "fir_mask"]
"""FIR(x), FIR(phi(x + b)), FIR(phi'(reference + b) x), phi'(reference + b) FIR(x), where phi is leaky ReLU."""
SLOPE = 0.2
"""Of phi below zero."""


class Fir(NamedTuple):
    """Which filtering: one of `up` and `down` may be 2, `pad` zeros (0 to 3) come first, `gain` is the sum of taps."""

    up: int
    down: int
    pad: int
    gain: float
    size: tuple[int, int]
    """Height and width of the result in px; what lies beyond falls away."""

    def adjoint(self, size: tuple[int, int]) -> "Fir":
        """The operation that carries gradients back to an input of `size`."""
        return Fir(self.down, self.up, 3 - self.pad, self.gain, size)


def blurring(images: Tensor, padding: int, gain: float = 1.0) -> Fir:
    """Filter with `padding` zeros on every side: sides grow by 2 padding - 3 px."""
    height, width = images.shape[2:]
    return Fir(1, 1, padding, gain, (height + 2 * padding - 3, width + 2 * padding - 3))


def halving(images: Tensor) -> Fir:
    """Halve both sides. Filters only at the pixels that are kept."""
    height, width = images.shape[2:]
    return Fir(1, 2, 1, 1.0, (height // 2, width // 2))


def doubling(images: Tensor) -> Fir:
    """Double both sides: zeros between the pixels, then the filter with gain 4."""
    height, width = images.shape[2:]
    return Fir(2, 1, 2, 4.0, (2 * height, 2 * width))
