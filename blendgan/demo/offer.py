"""What visitors may choose from, beside random faces and styles and pictures of their own."""

from collections.abc import Sequence
from dataclasses import dataclass

from blendgan.demo.references import Reference
from blendgan.demo.style_map import StyleMap


@dataclass(frozen=True)
class Offer:
    """Pictures of the folders that the demo was started with."""

    faces: Sequence[Reference] = ()
    styles: Sequence[Reference] = ()
    style_map: StyleMap | None = None
