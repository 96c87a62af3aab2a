"""Portraits put together from templates, as avatar makers do: one drawing whose features are exchanged.

Every template is a bust of fixed geometry in a style of its own. Works of one template differ in hair, skin, eyes,
brows, nose, mouth, clothes, accessory and background; no two works of a set are alike, but many share most features.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

SIZE_PX, FRACTION_BITS = 320, 4
SKINS = ((241, 204, 177), (224, 172, 140), (198, 134, 94), (141, 85, 54), (95, 60, 44), (178, 205, 160))
HAIR_COLOURS = (
    (38, 28, 26),
    (92, 56, 34),
    (158, 98, 46),
    (214, 178, 100),
    (150, 46, 34),
    (120, 122, 130),
    (74, 96, 160),
)
CLOTHES_COLOURS = (
    (52, 84, 140),
    (150, 44, 48),
    (64, 120, 72),
    (216, 190, 120),
    (60, 58, 66),
    (128, 76, 146),
    (220, 220, 224),
)
EYE_COLOURS = ((70, 46, 30), (60, 100, 150), (70, 120, 70), (40, 40, 44))
GROUNDS = ((206, 214, 222), (120, 136, 150), (228, 214, 190), (60, 72, 84), (150, 176, 150))
INK = (30, 26, 28)
BALD = 3
QUAD = ((0.23, 0.17), (0.23, 0.73), (0.79, 0.73), (0.79, 0.17))
"""About where an aligner crops these busts; corners from the top left against the clock, in sides of the picture."""

Colour = Sequence[float] | np.ndarray


class Features(NamedTuple):
    """What is exchanged: the number of a shape or of a colour."""

    skin: int
    hair: int
    hair_colour: int
    eyes: int
    eye_colour: int
    brows: int
    nose: int
    mouth: int
    clothes: int
    clothes_colour: int
    accessory: int
    ground: int


CHOICES = Features(
    len(SKINS), 6, len(HAIR_COLOURS), 3, len(EYE_COLOURS), 3, 3, 4, 5, len(CLOTHES_COLOURS), 4, len(GROUNDS)
)
"""How many there are of each."""


@dataclass(frozen=True)
class Template:
    """The fixed part of a drawing. Lengths are in sides of the picture."""

    head: tuple[float, float] = (0.17, 0.22)
    """Half axes of the head."""
    jaw: float = 0.0
    """How much the head narrows below."""
    outline: float = 0.0
    """Width of the ink around every shape; none at 0."""
    shading: float = 0.0
    """Strength of light from the left, in [0, 1]."""
    texture: float = 0.0
    """Grey levels of brush marks, the same in every work."""


TEMPLATES = (
    Template(),
    Template(head=(0.155, 0.21), jaw=0.35, outline=0.006),
    Template(head=(0.165, 0.225), jaw=0.2, shading=0.6, texture=5.0),
    Template(head=(0.18, 0.2), jaw=0.1, outline=0.003, shading=0.3),
)


DRESS = ("skin", "hair", "hair_colour", "clothes", "clothes_colour")
"""Features that change while the face itself stays."""


def template_works(count: int, seed: int, exchanged: Sequence[str] = tuple(CHOICES._fields)) -> list[Features]:
    """Features of `count` works of one template, no two alike; features that are not exchanged are drawn once."""
    random = np.random.default_rng(seed)
    base = Features(*(int(random.integers(limit)) for limit in CHOICES))
    found: dict[Features, None] = {}
    while len(found) < count:
        drawn = {name: int(random.integers(getattr(CHOICES, name))) for name in exchanged}
        features = base._replace(**drawn)
        # on a bald head the colour of the hair shows in the brows alone
        found[features._replace(hair_colour=0) if features.hair == BALD else features] = None
    return list(found)


def draw_work(template: Template, features: Features, size: int = SIZE_PX) -> np.ndarray:
    """The portrait, uint8 RGB [size, size, 3]."""
    canvas = _Canvas(template, size, GROUNDS[features.ground])
    skin, hair = np.array(SKINS[features.skin], float), np.array(HAIR_COLOURS[features.hair_colour], float)
    _back_hair(canvas, features.hair, hair)
    _body(canvas, features, skin)
    _head(canvas, skin)
    _eyes(canvas, features, hair)
    _nose_and_mouth(canvas, features, skin)
    _front_hair(canvas, features.hair, hair)
    _accessory(canvas, features.accessory)
    return canvas.finished()


class _Canvas:
    """Anti-aliased shapes in coordinates from 0 to 1, drawn with the template's outline."""

    def __init__(self, template: Template, side: int, ground: Colour) -> None:
        self.template, self.side = template, side
        self.pixels = np.full((side, side, 3), ground, np.uint8)

    def shape(self, points: Sequence[tuple[float, float]], colour: Colour, outlined: bool = True) -> None:
        """A closed polygon [(x, y), …]."""
        cv2.fillPoly(self.pixels, [self._fixed(points)], [float(c) for c in colour], cv2.LINE_AA, FRACTION_BITS)
        if outlined and self.template.outline:
            self.line([*points, points[0]], INK, self.template.outline)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour, outlined: bool = True) -> None:
        """A filled ellipse of half axes `rx`, `ry`."""
        angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
        self.shape([(x + rx * np.cos(a), y + ry * np.sin(a)) for a in angles], colour, outlined)

    def line(self, points: Sequence[tuple[float, float]], colour: Colour, width: float) -> None:
        """An open line of this width."""
        thickness, values = max(1, round(width * self.side)), [float(c) for c in colour]
        cv2.polylines(self.pixels, [self._fixed(points)], False, values, thickness, cv2.LINE_AA, FRACTION_BITS)

    def finished(self) -> np.ndarray:
        """With light from the left and brush marks."""
        marks = np.random.default_rng(0).normal(0, 1, (self.side, self.side)).astype(np.float32)
        marks = cv2.GaussianBlur(marks, (0, 0), sigmaX=4, sigmaY=1) * 4.0 * self.template.texture
        light = 1.0 + 0.5 * self.template.shading * np.linspace(1.0, -1.0, self.side)[None, :, None]
        return np.clip(np.round(self.pixels * light + marks[..., None]), 0, 255).astype(np.uint8)

    def _fixed(self, points: Sequence[tuple[float, float]]) -> np.ndarray:
        return np.asarray(np.round(np.array(points) * self.side * 2**FRACTION_BITS), dtype=np.int32)


def _outline_of_head(template: Template, grow: float = 1.0) -> list[tuple[float, float]]:
    rx, ry = template.head
    points = []
    for a in np.linspace(0, 2 * np.pi, 96, endpoint=False):
        down = max(0.0, np.sin(a))
        points.append((0.5 + grow * rx * np.cos(a) * (1 - template.jaw * down**2), 0.42 + grow * ry * np.sin(a)))
    return points


def _head(canvas: _Canvas, skin: np.ndarray) -> None:
    for side in (-1, 1):
        canvas.ellipse(0.5 + side * canvas.template.head[0], 0.44, 0.022, 0.04, 0.92 * skin)
    canvas.shape(_outline_of_head(canvas.template), skin)
    for side in (-1, 1):
        canvas.ellipse(0.5 + side * 0.09, 0.5, 0.03, 0.018, 0.7 * skin + 0.3 * np.array([220, 90, 80]), False)


def _body(canvas: _Canvas, features: Features, skin: np.ndarray) -> None:
    colour = np.array(CLOTHES_COLOURS[features.clothes_colour], float)
    second = np.array(CLOTHES_COLOURS[(features.clothes_colour + 3) % len(CLOTHES_COLOURS)], float)
    canvas.shape([(0.43, 0.55), (0.57, 0.55), (0.58, 0.78), (0.42, 0.78)], 0.86 * skin)
    wide = (0.3, 0.34, 0.26, 0.32, 0.3)[features.clothes]
    canvas.shape(
        [(0.43, 0.7), (0.57, 0.7), (0.5 + wide, 0.78), (0.54 + wide, 1.0), (0.46 - wide, 1.0), (0.5 - wide, 0.78)],
        colour,
    )
    if features.clothes == 0:  # a round neck
        canvas.ellipse(0.5, 0.7, 0.09, 0.05, 0.86 * skin)
    elif features.clothes == 1:  # a V neck over a shirt
        canvas.shape([(0.4, 0.7), (0.6, 0.7), (0.5, 0.92)], second)
    elif features.clothes == 2:  # stripes
        for y in (0.8, 0.87, 0.94):
            canvas.shape(
                [(0.52 - wide, y), (0.48 + wide, y), (0.48 + wide, y + 0.03), (0.52 - wide, y + 0.03)], second, False
            )
    elif features.clothes == 3:  # a hood that lies on the shoulders
        canvas.ellipse(0.5, 0.74, 0.2, 0.07, 0.75 * colour)
        canvas.ellipse(0.5, 0.7, 0.09, 0.04, 0.86 * skin)
    else:  # buttons and a collar
        canvas.shape([(0.41, 0.69), (0.5, 0.78), (0.38, 0.8)], second)
        canvas.shape([(0.59, 0.69), (0.5, 0.78), (0.62, 0.8)], second)
        for y in (0.84, 0.9, 0.96):
            canvas.ellipse(0.5, y, 0.012, 0.012, second)


def _back_hair(canvas: _Canvas, hair: int, colour: np.ndarray) -> None:
    if hair == 1:  # long
        canvas.shape([(0.3, 0.3), (0.7, 0.3), (0.75, 0.8), (0.62, 0.84), (0.38, 0.84), (0.25, 0.8)], 0.85 * colour)
    elif hair == 2:  # a bob
        canvas.ellipse(0.5, 0.44, 0.24, 0.24, 0.85 * colour)
    elif hair == 4:  # a bun
        canvas.ellipse(0.5, 0.16, 0.09, 0.08, 0.85 * colour)
    elif hair == 5:  # curls
        for a in np.linspace(0.9 * np.pi, 2.1 * np.pi, 9):
            canvas.ellipse(0.5 + 0.2 * np.cos(a), 0.38 + 0.22 * np.sin(a), 0.07, 0.07, 0.9 * colour)


def _front_hair(canvas: _Canvas, hair: int, colour: np.ndarray) -> None:
    top = sorted(point for point in _outline_of_head(canvas.template, 1.06) if point[1] < 0.36)
    fringes: tuple[list[tuple[float, float]], ...] = (
        [(0.62, 0.3), (0.5, 0.27), (0.38, 0.3)],  # short
        [(0.64, 0.34), (0.56, 0.26), (0.42, 0.3), (0.36, 0.38)],  # long, parted
        [(0.64, 0.36), (0.55, 0.36), (0.45, 0.36), (0.36, 0.36)],  # a bob's straight fringe
        [],  # bald
        [(0.6, 0.27), (0.5, 0.25), (0.4, 0.27)],  # combed back
        [(0.64, 0.33), (0.58, 0.29), (0.52, 0.33), (0.46, 0.29), (0.4, 0.33)],  # curls
    )
    if fringes[hair]:
        canvas.shape([*top, *fringes[hair]], colour)


def _eyes(canvas: _Canvas, features: Features, hair: np.ndarray) -> None:
    rx, ry = ((0.034, 0.017), (0.03, 0.024), (0.036, 0.011))[features.eyes]
    slope, width = ((0.0, 0.010), (-0.014, 0.008), (0.012, 0.015))[features.brows]
    for side in (-1, 1):
        x = 0.5 + side * 0.07
        canvas.ellipse(x, 0.42, rx, ry, (246, 246, 244))
        canvas.ellipse(x, 0.42, 0.8 * ry, 0.95 * ry, EYE_COLOURS[features.eye_colour], False)
        canvas.ellipse(x, 0.42, 0.4 * ry, 0.45 * ry, (10, 10, 12), False)
        canvas.line(
            [(x - side * 0.035, 0.375 - slope), (x, 0.37), (x + side * 0.035, 0.375 + slope)], 0.8 * hair, width
        )


def _nose_and_mouth(canvas: _Canvas, features: Features, skin: np.ndarray) -> None:
    dark, lips = 0.72 * skin, 0.5 * skin + 0.5 * np.array([170, 50, 60])
    if features.nose == 0:
        canvas.line([(0.5, 0.43), (0.485, 0.49), (0.505, 0.495)], dark, 0.007)
    elif features.nose == 1:
        canvas.ellipse(0.5, 0.48, 0.024, 0.018, 0.85 * skin)
    else:
        canvas.line([(0.475, 0.485), (0.5, 0.5), (0.525, 0.485)], dark, 0.009)
    if features.mouth == 0:
        canvas.line([(0.45, 0.555), (0.5, 0.572), (0.55, 0.555)], lips, 0.012)
    elif features.mouth == 1:
        canvas.ellipse(0.5, 0.56, 0.045, 0.017, lips)
    elif features.mouth == 2:
        canvas.shape([(0.44, 0.55), (0.56, 0.55), (0.53, 0.585), (0.47, 0.585)], (110, 30, 36))
        canvas.shape([(0.45, 0.552), (0.55, 0.552), (0.54, 0.562), (0.46, 0.562)], (246, 246, 240), False)
    else:
        canvas.line([(0.46, 0.565), (0.54, 0.56)], lips, 0.01)


def _accessory(canvas: _Canvas, accessory: int) -> None:
    if accessory == 1:  # glasses
        for side in (-1, 1):
            angles = np.linspace(0, 2 * np.pi, 40)
            canvas.line([(0.5 + side * 0.07 + 0.05 * np.cos(a), 0.42 + 0.04 * np.sin(a)) for a in angles], INK, 0.007)
        canvas.line([(0.48, 0.415), (0.52, 0.415)], INK, 0.007)
    elif accessory == 2:  # earrings
        for side in (-1, 1):
            canvas.ellipse(0.5 + side * (canvas.template.head[0] + 0.005), 0.49, 0.012, 0.016, (230, 200, 80))
    elif accessory == 3:  # a beard
        points = [point for point in _outline_of_head(canvas.template, 1.03) if point[1] > 0.5]
        canvas.shape([*sorted(points), (0.58, 0.53), (0.5, 0.535), (0.42, 0.53)], (80, 60, 48))
