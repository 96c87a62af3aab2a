"""How fast the adversarial stage was on a GPU: the one place from which `--dry-run` and the docs take their hours."""

from dataclasses import dataclass
from math import log2

MEASURED_ON = "one H200, bf16, at commit 981b76f"


@dataclass(frozen=True)
class Speed:
    """Seconds per 1,000 pictures with all penalties, and the arithmetic of one picture of the preset of this size."""

    size: int
    seconds_per_1000: float
    tflop_per_image: float


ADVERSARIAL = (
    # at full width; the preset has half of it and was not measured: its hours are at most these
    Speed(size=256, seconds_per_1000=10.1, tflop_per_image=1.04),
    Speed(size=1024, seconds_per_1000=31.5, tflop_per_image=5.24),
)


def adversarial_seconds_per_image(size: int, flops: float) -> float:
    """From the measurement of the nearest size, by the arithmetic of a picture."""
    nearest = min(ADVERSARIAL, key=lambda speed: abs(log2(speed.size / size)))
    return nearest.seconds_per_1000 / 1000 * flops / (nearest.tflop_per_image * 1e12)
