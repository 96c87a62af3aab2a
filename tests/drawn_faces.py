"""Cartoon faces that a photo-trained detector recognises: pictures for tests, drawn from a seed."""

import cv2
import numpy as np

SKINS = ((224, 172, 140), (240, 205, 180), (165, 115, 85), (200, 150, 120), (120, 80, 60))
HAIRS = ((40, 25, 20), (120, 80, 30), (200, 170, 90), (90, 30, 20), (70, 70, 80))


def draw_portrait(seed: int, size: int = 360) -> np.ndarray:
    """An RGB uint8 [size, size, 3] bust with one frontal face, different for every seed."""
    random = np.random.default_rng(seed)
    skin = np.array(SKINS[seed % len(SKINS)], dtype=float)
    hair = HAIRS[(seed // 2) % len(HAIRS)]
    picture = _backdrop(random, size)
    unit = size / 360
    center = np.array([180 + random.uniform(-25, 25), 150 + random.uniform(-10, 20)]) * unit
    scale = unit * random.uniform(0.9, 1.1)

    def ellipse(offset: tuple[float, float], axes: tuple[float, float], colour: object, angle: float = 0) -> None:
        at = tuple(int(value) for value in center + np.array(offset) * scale)
        radii = tuple(max(int(value * scale), 1) for value in axes)
        cv2.ellipse(picture, at, radii, angle, 0, 360, tuple(float(c) for c in np.asarray(colour)), -1, cv2.LINE_AA)

    ellipse((0, 175), (110, 80), random.uniform(40, 200, 3))  # shoulders
    ellipse((0, -22), (80, 92), hair)
    ellipse((0, 85), (30, 45), skin * 0.8)  # neck
    ellipse((0, 0), (62, 82), skin)
    for side in (-1, 1):
        ellipse((side * 26, -12), (16, 10), skin * 0.75)  # eye socket
        ellipse((side * 26, -12), (13, 6), (245, 245, 245))
        ellipse((side * 26, -12), (6, 6), random.uniform(20, 90, 3))
        ellipse((side * 26, -12), (3, 3), (5, 5, 5))
        ellipse((side * 27, -28), (17, 3), hair, angle=side * 6)
        ellipse((side * 8, 24), (4, 3), skin * 0.5)  # nostril
    ellipse((0, 10), (6, 18), skin * 0.9)
    ellipse((0, 46), (23, 6), (150, 60, 60))
    ellipse((0, 44), (20, 1.5), (70, 20, 20))
    blurred = cv2.GaussianBlur(picture, (0, 0), 1.2 * unit)
    grain = random.normal(0, 4, picture.shape)
    return np.clip(blurred + grain, 0, 255).astype(np.uint8)


def _backdrop(random: np.random.Generator, size: int) -> np.ndarray:
    top, bottom = random.uniform(30, 230, (2, 1, 1, 3))
    share = np.linspace(0, 1, size)[:, None, None]
    picture = np.broadcast_to(top[0] * (1 - share) + bottom[0] * share, (size, size, 3)).astype(np.uint8).copy()
    for _ in range(6):
        at = tuple(int(value) for value in random.uniform(0, size, 2))
        cv2.circle(
            picture, at, int(size * random.uniform(0.03, 0.12)), random.uniform(20, 235, 3).tolist(), -1, cv2.LINE_AA
        )
    return picture
