"""The rules that keep or reject a face: one table of score, bound and reason. Knows numbers, no images.

The order of the table is the order of the reasons: a face takes the name of the first rule that it fails.
"""

import operator
from collections.abc import Mapping
from dataclasses import dataclass

from aahq_builder.filter.config import FilterConfig


@dataclass(frozen=True)
class Rule:
    """A face is rejected for `reason` if its `score` lies on the wrong side of its bound."""

    reason: str
    score: str
    kind: str
    """`at_least`, `at_most`, or `within` (either side of zero)."""
    limit: str | float
    """The bound: a field of `FilterConfig`, or a number where there is nothing to choose."""
    meaning: str

    def bound(self, config: FilterConfig) -> float:
        """The bound now in force."""
        return float(getattr(config, self.limit) if isinstance(self.limit, str) else self.limit)

    @property
    def setting(self) -> str:
        """The flag that moves the bound; empty if nothing does."""
        return self.limit.replace("_", "-") if isinstance(self.limit, str) else ""

    def measured(self, value: float) -> float:
        """What is held against the bound."""
        return abs(value) if self.kind == "within" else value

    def passes(self, value: float | None, config: FilterConfig) -> bool:
        """Whether a score is within the bound; a score that could not be taken is."""
        if value is None:
            return True
        holds = operator.ge if self.kind == "at_least" else operator.le
        return bool(holds(self.measured(value), self.bound(config)))


RULES = (
    Rule("too_small", "face_px", "at_least", "min_face_px", "side of the face's crop in the original, px"),
    Rule("unreadable", "readable", "at_least", 1.0, "whether both pictures could be opened"),
    Rule("unmeasurable", "measurable", "at_least", 1.0, "whether every measure could be taken"),
    Rule("padding", "pad_fraction", "at_most", "max_padding", "share of the crop that lies outside the picture"),
    Rule("confidence", "confidence", "at_least", "min_confidence", "how sure the aligner is that this is a face"),
    Rule("blur", "sharpness", "at_least", "min_sharpness", "steepness of the sharpest edges, 1 is a perfect step"),
    Rule("blur", "relative_sharpness", "at_least", "min_relative_sharpness", "sharpness relative to the artwork's"),
    Rule("contrast", "contrast", "at_least", "min_contrast", "range of luminance within the face"),
    Rule("clipped", "clipped", "at_most", "max_clipped", "share of the face that is pure black or white"),
    Rule("compression", "blockiness", "at_most", "max_blockiness", "excess of steps on the 8-px grid of JPEG"),
    Rule("pose", "yaw", "within", "max_yaw", "how far the nose is off the middle of the eyes, in eye distances"),
    Rule("several_faces", "other_faces", "at_most", "max_other_faces", "other faces in the same crop"),
    Rule("known", "known_bits", "at_least", "min_known_bits", "differing bits to the nearest face of a release"),
    Rule("duplicate", "better_copies", "at_most", 0.0, "better copies of the same face"),
)


def verdict(scores: Mapping[str, float], config: FilterConfig) -> str:
    """Name of the first failed rule, empty if the face is kept."""
    return next((rule.reason for rule in RULES if not rule.passes(scores.get(rule.score), config)), "")


def explain(scores: Mapping[str, float], config: FilterConfig) -> list[str]:
    """One line per rule: the score, its bound, and whether it passed."""
    lines = []
    for rule in RULES:
        value = scores.get(rule.score)
        shown = "not taken" if value is None else f"{value:.4g}"
        outcome = "pass" if rule.passes(value, config) else "FAIL"
        bound = f"must be {rule.kind.replace('_', ' ')} {rule.bound(config):g}: {rule.meaning}"
        lines.append(f"{outcome}  {rule.reason:<12} {rule.score} = {shown}  ({bound})")
    return lines
