"""Flags of `aahq-build filter`."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from aahq_builder.config import BuildConfig
from aahq_builder.errors import UserError
from aahq_builder.lock import Claim, Part


@dataclass(frozen=True, kw_only=True)
class FilterConfig(BuildConfig):
    """Flags of `filter`. Bounds are applied to stored scores, so changing one opens no picture."""

    claim: ClassVar[Claim] = Claim(alone=frozenset({Part.VERDICTS}), shared=frozenset({Part.FACES}))

    min_face_px: float = 48.0
    """Smallest side of a face's crop in the original, px; below 32 nothing is cropped."""
    max_padding: float = 0.35
    """Largest share of the crop that may lie outside the picture."""
    min_confidence: float = 0.6
    """Least probability, as the aligner estimates it, that this is a face."""
    min_sharpness: float = 0.38
    """Least steepness of the face's sharpest edges, in [0, 1]; a blur of sigma px gives about 0.8 / sigma."""
    min_relative_sharpness: float = 0.6
    """Least sharpness of the face relative to the artwork around it: below 1 the face is softer than its style."""
    min_contrast: float = 0.15
    """Least range of luminance within the face, in [0, 1]."""
    max_clipped: float = 0.6
    """Largest share of the face that is pure black or pure white."""
    max_blockiness: float = 1.0
    """Largest excess of steps on the 8-px grid of JPEG; 0.4 is about quality 50, 1 about quality 15."""
    max_yaw: float = 0.8
    """Largest distance of the nose from the middle of the eyes, in eye distances: 0.5 is a profile."""
    max_other_faces: int = 0
    """Other faces whose middle may lie in a face's crop."""
    min_shared_strokes: float = 0.5
    """Least share of gradient magnitude that two faces of one picture have in common: landmarks of copies differ."""
    known: Path | None = None
    """List of hashes of an earlier release (one a line, SHA-256 or perceptual); its faces are rejected as `known`."""
    min_known_bits: int = 7
    """Least bits, of 64, by which a face's perceptual hash differs from every known one."""
    report: bool = False
    """Write filter.html into the work folder: funnel, scores with their bounds, pictures beside these, duplicates."""
    explain: str | None = None
    """Say why this face (a face_id) is kept or rejected, and stop."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in (
            "max_padding",
            "min_confidence",
            "min_sharpness",
            "min_contrast",
            "min_relative_sharpness",
            "max_clipped",
        ):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise UserError(f"--{name.replace('_', '-')} is {getattr(self, name)}; give a number from 0 to 1")
        if self.min_face_px < 32:
            raise UserError(
                f"--min-face-px is {self.min_face_px:g}; faces below 32 px are not cropped, give 32 or more"
            )
        if not 0.3 <= self.min_shared_strokes <= 1.0:
            raise UserError(f"--min-shared-strokes is {self.min_shared_strokes}; give 0.3 (chance) to 1")
