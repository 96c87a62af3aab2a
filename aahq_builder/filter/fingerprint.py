"""What identifies a picture: hashes that survive re-encoding."""

import imagehash
import numpy as np
from PIL import Image

FINGERPRINT_VERSION = "1"


def perceptual_hash(pixels: np.ndarray) -> str:
    """64-bit DCT hash of uint8 RGB [H, W, 3] as 16 hex digits; re-encoded and resized copies differ in a few bits."""
    return str(imagehash.phash(Image.fromarray(pixels)))
