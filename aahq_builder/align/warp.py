"""From a picture and a quad to the aligned face, exactly as FFHQ was made.

Pure: uint8 RGB [H, W, 3] and corners [4, 2] in pixels in, uint8 [size, size, 3] out.
"""

import numpy as np
from PIL import Image

from aahq_builder.align.geometry import quad_side

OVERSAMPLING = 4
"""FFHQ samples the quad at 4096 px before it averages down to 1024."""
BLUR_SIGMA = 0.02
"""Blur of the mirrored border, in sides of the quad."""
MIN_BORDER = 0.3
"""Least width of a mirrored border, in sides of the quad."""


def warp_reference(pixels: np.ndarray, quad: np.ndarray, size: int, *, padding: bool = True) -> np.ndarray:
    """The aligned face by the formulation of the FFHQ tools: slow, and equal to theirs within rounding.

    Without `padding` what lies outside the picture is black.
    """
    pixels, quad = _shrink(pixels, quad, size)
    margin = crop_margin(quad_side(quad))
    pixels, quad = crop_to(pixels, quad, margin)
    if padding and (widths := border_widths(pixels, quad, margin)):
        pixels, quad = _pad(pixels, widths, BLUR_SIGMA * quad_side(quad)), quad + widths[0]
    large = size * OVERSAMPLING
    corners = tuple((quad + 0.5).flatten())
    sampled = Image.fromarray(pixels).transform(
        (large, large), Image.Transform.QUAD, corners, Image.Resampling.BILINEAR
    )
    return np.asarray(sampled.resize((size, size), Image.Resampling.LANCZOS))


def shrink_factor(side: float, size: int) -> int:
    """The whole factor of reduction that still leaves two pixels for each one of the result; 1 for none."""
    return max(int(side / size * 0.5), 1)


def _shrink(pixels: np.ndarray, quad: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    factor = shrink_factor(quad_side(quad), size)
    if factor == 1:
        return pixels, quad
    height, width = pixels.shape[:2]
    smaller = (int(np.rint(width / factor)), int(np.rint(height / factor)))
    return np.asarray(Image.fromarray(pixels).resize(smaller, Image.Resampling.LANCZOS)), quad / factor


def crop_margin(side: float) -> int:
    """How much of the picture is kept around the quad, px."""
    return max(int(np.rint(0.1 * side)), 3)


def crop_to(pixels: np.ndarray, quad: np.ndarray, margin: int) -> tuple[np.ndarray, np.ndarray]:
    """The quad's bounding box and a margin, as far as the picture goes; ValueError if they do not meet."""
    height, width = pixels.shape[:2]
    left, top = np.maximum(np.floor(quad.min(axis=0)).astype(int) - margin, 0)
    right, bottom = np.minimum(np.ceil(quad.max(axis=0)).astype(int) + margin, (width, height))
    if left >= right or top >= bottom:
        raise ValueError(f"the crop lies outside the picture of {width} x {height} px")
    return pixels[top:bottom, left:right], quad - np.array((left, top))


def border_widths(pixels: np.ndarray, quad: np.ndarray, margin: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Widths (left, top) and (right, bottom) of the border to mirror; None where the quad stays inside."""
    height, width = pixels.shape[:2]
    before = np.maximum(margin - np.floor(quad.min(axis=0)).astype(int), 0)
    after = np.maximum(np.ceil(quad.max(axis=0)).astype(int) - (width, height) + margin, 0)
    if max(*before, *after) <= margin - 4:
        return None
    least = int(np.rint(MIN_BORDER * quad_side(quad)))
    return np.maximum(before, least), np.maximum(after, least)


def _pad(pixels: np.ndarray, widths: tuple[np.ndarray, np.ndarray], sigma: float) -> np.ndarray:
    """Mirror the border and let the mirror image fade into blur and the median colour."""
    from scipy.ndimage import gaussian_filter

    (left, top), (right, bottom) = widths
    padded = np.pad(pixels.astype(np.float32), ((top, bottom), (left, right), (0, 0)), mode="reflect")
    height, width = padded.shape[:2]
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    depth = border_depth(x, y, (width, height), widths)[..., None]
    padded += (gaussian_filter(padded, [sigma, sigma, 0]) - padded) * np.clip(depth * 3 + 1, 0, 1)
    padded += (np.median(padded, axis=(0, 1)) - padded) * np.clip(depth, 0, 1)
    return np.clip(np.rint(padded), 0, 255).astype(np.uint8)


def border_depth(
    x: np.ndarray, y: np.ndarray, size: tuple[int, int], widths: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """How deep points of a padded picture lie in its border: 1 at the outer edge, 0 at the inner, negative inside.

    `size` is (width, height) with the border; `x` and `y` broadcast against each other.
    """
    (left, top), (right, bottom) = (width.astype(np.float32) for width in widths)
    across = np.minimum(x / left, (np.float32(size[0] - 1) - x) / right)
    down = np.minimum(y / top, (np.float32(size[1] - 1) - y) / bottom)
    depth: np.ndarray = np.float32(1) - np.minimum(across, down)
    return depth
