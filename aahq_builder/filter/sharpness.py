"""How sharp edges are, by their steepness relative to their own contrast.

Photographs are blurred where they lack fine texture; flat-shaded art lacks it everywhere and is still sharp. So texture
(the variance of a Laplacian) is not measured here, only edges: a perfect step scores 1 whatever its contrast, and an
edge blurred by a Gaussian of `sigma` px scores about 0.8 / sigma.
"""

import cv2
import numpy as np

WINDOW_PX = 9
"""Neighbourhood in which an edge's contrast is taken; wider than the blur that matters."""
MIN_CONTRAST = 0.08
"""Weaker edges are grain and compression noise. Share of the full range of luminance."""
PERCENTILE = 90.0
"""A sharp face has a few sharp edges (lids, pupils, mouth) among soft shading; a blurred one has none."""
MIN_EDGE_POINTS = 32
DETAIL_SCALES = tuple(2.0 ** (-step / 4) for step in range(1, 13))
LOST_DETAIL = 0.01
"""Root mean square of what a reduction loses, of the full range, from which one sees it."""


def luminance(pixels: np.ndarray) -> np.ndarray:
    """Rec. 601 luma in [0, 1] of uint8 RGB [H, W, 3]."""
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255.0


def edge_steepness(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Per pixel of luminance [H, W]: slope relative to local contrast in [0, 1]; whether there is an edge."""
    slope_x = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)
    slope_y = cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=1, scale=0.5)
    kernel = np.ones((WINDOW_PX, WINDOW_PX), np.uint8)
    contrast = cv2.dilate(grey, kernel) - cv2.erode(grey, kernel)
    # numpy, not cv2.magnitude: its last bit depends on how rows fall to threads
    slope = np.sqrt(slope_x * slope_x + slope_y * slope_y)
    # a central difference over two pixels sees half of a one-pixel step
    steepness = 2.0 * slope / np.maximum(contrast, MIN_CONTRAST)
    return np.minimum(steepness, 1.0), contrast >= MIN_CONTRAST


def sharpness(steepness: np.ndarray, edges: np.ndarray) -> float | None:
    """Steepness of the sharpest tenth of the pixels near an edge; None where too few edges are to judge by."""
    values = steepness[edges]
    if len(values) < MIN_EDGE_POINTS:
        return None
    return float(np.percentile(values, PERCENTILE))


def detail_scale(grey: np.ndarray) -> float:
    """Smallest scale, from 1/8 to 1, at which luminance [H, W] still holds all visible detail.

    A picture that was enlarged to twice its size scores about 0.5: enlarging adds pixels and no detail.
    """
    from scipy.fft import dctn

    energy = dctn(grey, norm="ortho") ** 2 / grey.size
    height, width = grey.shape
    # cosines of at most this share of the highest frequency survive a reduction to this scale
    reach = np.maximum(np.arange(height)[:, None] / height, np.arange(width)[None, :] / width)
    lost = [float(energy[reach >= scale].sum()) for scale in DETAIL_SCALES]
    return min((scale for scale, loss in zip(DETAIL_SCALES, lost, strict=True) if loss <= LOST_DETAIL**2), default=1.0)
