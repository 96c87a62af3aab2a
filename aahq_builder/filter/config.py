"""Flags of `aahq-build filter`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from aahq_builder.config import BuildConfig
from aahq_builder.lock import Claim, Part
from blendgan.config import Allowed, CountOrZero, Share, Weight


@dataclass(frozen=True, kw_only=True)
class FilterConfig(BuildConfig):
    """Flags of `filter`. Bounds are applied to stored scores, so changing one opens no picture."""

    claim: ClassVar[Claim] = Claim(alone=frozenset({Part.VERDICTS}), shared=frozenset({Part.FACES}))

    min_face_px: Annotated[float, Allowed("32 or more, since smaller faces are not cropped", lambda x: x >= 32)] = 48.0
    """Smallest side of a face's crop in the original, px; below 32 nothing is cropped."""
    max_padding: Share = 0.35
    """Largest share of the crop that may lie outside the picture."""
    min_confidence: Share = 0.6
    """Least probability, as the aligner estimates it, that this is a face."""
    min_sharpness: Share = 0.38
    """Least steepness of the face's sharpest edges, in [0, 1]; a blur of sigma px gives about 0.8 / sigma."""
    min_relative_sharpness: Share = 0.6
    """Least sharpness of the face relative to the artwork around it: below 1 the face is softer than its style."""
    min_contrast: Share = 0.15
    """Least range of luminance within the face, in [0, 1]."""
    max_clipped: Share = 0.6
    """Largest share of the face that is pure black or pure white."""
    max_blockiness: Weight = 1.0
    """Largest excess of steps on the 8-px grid of JPEG; 0.4 is about quality 50, 1 about quality 15."""
    max_yaw: Weight = 0.8
    """Largest distance of the nose from the middle of the eyes, in eye distances: 0.5 is a profile."""
    max_other_faces: CountOrZero = 0
    """Other faces whose middle may lie in a face's crop."""
    min_shared_strokes: Annotated[float, Allowed("0.3 (chance) to 1", lambda x: 0.3 <= x <= 1)] = 0.5
    """Least share of gradient magnitude that two faces of one picture have in common: landmarks of copies differ."""
    known: Path | None = None
    """List of hashes of an earlier release (one a line, SHA-256 or perceptual); its faces are rejected as `known`."""
    min_known_bits: CountOrZero = 7
    """Least bits, of 64, by which a face's perceptual hash differs from every known one."""
    report: bool = False
    """Write filter.html into the work folder: funnel, scores with their bounds, pictures beside these, duplicates."""
    explain: str | None = None
    """Say why this face (a face_id) is kept or rejected, and stop."""
