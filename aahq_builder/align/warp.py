"""From a picture and a quad to the aligned face, exactly as FFHQ was made.

Pure: uint8 RGB [H, W, 3] and corners [4, 2] in pixels in, uint8 [size, size, 3] out.
"""

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from aahq_builder.align.geometry import quad_side

OVERSAMPLING = 4
"""FFHQ samples the quad at 4096 px before it averages down to 1024."""
BLUR_SIGMA = 0.02
"""Blur of the mirrored border, in sides of the quad."""
MIN_BORDER = 0.3
"""Least width of a mirrored border, in sides of the quad."""


def warp_reference(pixels: np.ndarray, quad: np.ndarray, size: int) -> np.ndarray:
    """The aligned face by the formulation of the FFHQ paper's tools: slow, and equal to theirs within rounding."""
    quad = quad.astype(np.float64)
    pixels, quad = _shrink(pixels, quad, size)
    margin = max(int(np.rint(0.1 * quad_side(quad))), 3)
    pixels, quad = _crop(pixels, quad, margin)
    pixels, quad = _pad(pixels, quad, margin)
    large = size * OVERSAMPLING
    corners = tuple((quad + 0.5).flatten())
    sampled = Image.fromarray(pixels).transform(
        (large, large), Image.Transform.QUAD, corners, Image.Resampling.BILINEAR
    )
    return np.asarray(sampled.resize((size, size), Image.Resampling.LANCZOS))


def _shrink(pixels: np.ndarray, quad: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Reduce by the whole factor that still leaves two pixels for each one of the result."""
    factor = int(np.floor(quad_side(quad) / size * 0.5))
    if factor <= 1:
        return pixels, quad
    height, width = pixels.shape[:2]
    smaller = (int(np.rint(width / factor)), int(np.rint(height / factor)))
    return np.asarray(Image.fromarray(pixels).resize(smaller, Image.Resampling.LANCZOS)), quad / factor


def _crop(pixels: np.ndarray, quad: np.ndarray, margin: int) -> tuple[np.ndarray, np.ndarray]:
    """Keep the quad's bounding box and a margin."""
    height, width = pixels.shape[:2]
    left, top = np.maximum(np.floor(quad.min(axis=0)).astype(int) - margin, 0)
    right, bottom = np.minimum(np.ceil(quad.max(axis=0)).astype(int) + margin, (width, height))
    return pixels[top:bottom, left:right], quad - np.array((left, top))


def _pad(pixels: np.ndarray, quad: np.ndarray, margin: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the quad leaves the picture, mirror it and let the mirror image fade into blur and the median colour."""
    height, width = pixels.shape[:2]
    side = quad_side(quad)
    before = np.maximum(margin - np.floor(quad.min(axis=0)).astype(int), 0)
    after = np.maximum(np.ceil(quad.max(axis=0)).astype(int) - (width, height) + margin, 0)
    widest = max(*before, *after)
    if widest <= margin - 4:
        return pixels, quad
    least = int(np.rint(MIN_BORDER * side))
    (left, top), (right, bottom) = np.maximum(before, least), np.maximum(after, least)
    padded = np.pad(pixels.astype(np.float32), ((top, bottom), (left, right), (0, 0)), mode="reflect")
    outside = border_depth(padded.shape, (left, top), (right, bottom))[..., None]
    sigma = BLUR_SIGMA * side
    padded += (gaussian_filter(padded, [sigma, sigma, 0]) - padded) * np.clip(outside * 3 + 1, 0, 1)
    padded += (np.median(padded, axis=(0, 1)) - padded) * np.clip(outside, 0, 1)
    return np.clip(np.rint(padded), 0, 255).astype(np.uint8), quad + np.array((left, top))


def border_depth(shape: tuple[int, ...], before: tuple[int, int], after: tuple[int, int]) -> np.ndarray:
    """How deep each pixel lies in a border of these widths: 1 at the outer edge, 0 at the inner, negative inside."""
    height, width = shape[:2]
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    across = np.minimum(x / np.float32(before[0]), np.float32(width - 1 - x) / np.float32(after[0]))
    down = np.minimum(y / np.float32(before[1]), np.float32(height - 1 - y) / np.float32(after[1]))
    depth: np.ndarray = 1 - np.minimum(across, down)
    return depth
