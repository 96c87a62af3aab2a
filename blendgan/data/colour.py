"""Colours of a decoded picture into sRGB: embedded profiles, and PNG's gamma and primaries.

A profile counts by what it does, never by its name: one that leaves colours within `SAME` of where they are is sRGB.
"""

import io
from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from PIL import Image, ImageCms

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""
Convert = Callable[[Image.Image], Image.Image]
"""From grey, RGB or CMYK in the picture's own colours to sRGB in mode RGB."""
SAME = 2
"""Levels of 255 by which sRGB profiles of different makers differ."""
CACHED_PROFILE_BYTES = 1 << 20
PROFILE_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
SRGB_GAMMA = 1 / 2.2
"""What PNG writers state for sRGB; libpng takes 5 % around it for the same."""
SRGB_CHROMATICITY = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
"""x and y of white, red, green and blue."""
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def base_mode(image: Image.Image) -> str:
    """The mode in which the picture's colours are converted, once transparency and palette are taken off."""
    if image.mode in ("1", "L", "LA", "La") or image.mode.startswith(("I", "F")):
        return "L"
    return "CMYK" if image.mode == "CMYK" else "RGB"


def to_srgb(image: Image.Image) -> Convert | None:
    """How strips of this picture in `base_mode` become sRGB; None where they are as they shall be."""
    profile = image.info.get("icc_profile")
    if profile:
        return _by_profile(profile, base_mode(image))
    if image.format == "PNG" and "srgb" not in image.info:
        return _by_gamma(image.info.get("gamma"), image.info.get("chromaticity"), base_mode(image))
    return None


def grey_curve(convert: Convert) -> np.ndarray:
    """float [256]: where each level of grey goes."""
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    return np.asarray(convert(ramp), dtype=np.float64)[0, :, 1]


def _by_profile(profile: bytes, mode: str) -> Convert | None:
    """None if the profile is damaged, of another kind than the picture, or changes nothing."""
    matters = _matters if len(profile) <= CACHED_PROFILE_BYTES else _matters.__wrapped__
    return _transform(profile, mode) if matters(profile, mode) else None


@lru_cache(maxsize=32)
def _matters(profile: bytes, mode: str) -> bool:
    """Whether the profile moves any colour by more than `SAME`."""
    convert = _transform(profile, mode)
    if convert is None or mode == "CMYK":
        return convert is not None
    axis = np.linspace(0, 255, 256 if mode == "L" else 18).round().astype(np.uint8)
    probe = axis[None] if mode == "L" else np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(1, -1, 3)
    moved = np.asarray(convert(Image.fromarray(probe)), dtype=int)
    return bool(np.abs(moved - (probe[..., None] if mode == "L" else probe)).max() > SAME)


def _transform(profile: bytes, mode: str) -> Convert | None:
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        taken = PROFILE_MODES.get(opened.profile.xcolor_space.strip())
        if taken is None or (taken != mode and (mode, taken) != ("L", "RGB")):
            return None
        return partial(_apply, ImageCms.buildTransform(opened, ImageCms.createProfile("sRGB"), taken, "RGB"), taken)
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None  # viewers, too, show a picture with an unusable profile as if it had none


def _apply(transform: ImageCms.ImageCmsTransform, taken: str, strip: Image.Image) -> Image.Image:
    converted = ImageCms.applyTransform(strip if strip.mode == taken else strip.convert(taken), transform)
    assert converted is not None, "not in place"
    return converted


def _by_gamma(gamma: float | None, chromaticity: tuple[float, ...] | None, mode: str) -> Convert | None:
    """By PNG's gAMA and cHRM (colours are left alone without gAMA, as browsers do)."""
    if not gamma or not 0.01 < gamma < 10:
        return None
    primaries = None
    if chromaticity and mode == "RGB" and not np.allclose(chromaticity, SRGB_CHROMATICITY, atol=0.002):
        primaries = _to_srgb_primaries(chromaticity)
    if primaries is None and abs(gamma / SRGB_GAMMA - 1) < 0.05:
        return None
    linear = (np.arange(256) / 255) ** (1 / gamma)
    if primaries is None:
        table = np.round(srgb_encoded(linear) * 255).astype(np.uint8).tolist()
        return lambda strip: strip.point(table * len(strip.getbands())).convert("RGB")
    return partial(_through_primaries, linear.astype(np.float32), primaries.astype(np.float32))


def _through_primaries(linear: np.ndarray, primaries: np.ndarray, strip: Image.Image) -> Image.Image:
    moved = srgb_encoded(np.clip(linear[np.asarray(strip)] @ primaries.T, 0, 1))
    return Image.fromarray(np.round(moved * 255).astype(np.uint8))


def srgb_encoded(linear: np.ndarray) -> np.ndarray:
    """The curve of sRGB (IEC 61966-2-1): light in [0, 1] to values in [0, 1]."""
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)


def _to_srgb_primaries(chromaticity: tuple[float, ...]) -> np.ndarray | None:
    """[3, 3] from light in these primaries to light in sRGB's, white to white (Bradford); None if they span nothing."""
    try:
        given, wanted = _to_xyz(chromaticity), _to_xyz(SRGB_CHROMATICITY)
        cones = [BRADFORD @ matrix.sum(axis=1) for matrix in (given, wanted)]
        adaptation = np.linalg.solve(BRADFORD, np.diag(cones[1] / cones[0]) @ BRADFORD)
        matrix: np.ndarray = np.linalg.solve(wanted, adaptation @ given)
    except (np.linalg.LinAlgError, ZeroDivisionError):
        return None
    return matrix if np.isfinite(matrix).all() else None


def _to_xyz(chromaticity: tuple[float, ...]) -> np.ndarray:
    """[3, 3] from linear RGB to XYZ, white at Y = 1."""
    white, *primaries = [np.array([x / y, 1, (1 - x - y) / y]) for x, y in np.reshape(chromaticity, (4, 2)).tolist()]
    columns = np.stack(primaries, axis=1)
    return columns * np.linalg.solve(columns, white)
