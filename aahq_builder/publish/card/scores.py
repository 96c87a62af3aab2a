"""How the scores of the released faces spread, and the bounds that the latest filter put on them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from aahq_builder.filter.config import FilterConfig
from aahq_builder.filter.policy import RULES
from aahq_builder.journal import Journal
from aahq_builder.publish.card.charts import Spread
from aahq_builder.records import Run

SHOWN: Mapping[str, str] = {
    "face_px": "side of the face in the original, px",
    "confidence": "confidence that it is a face",
    "sharpness": "sharpness (1 is a perfect edge)",
    "contrast": "range of luminance within the face",
    "saturation": "saturation (0 is greyscale)",
    "yaw": "turned to the side, in eye distances",
}
"""The scores of the chart, in words."""


@dataclass(frozen=True)
class Bound:
    """A rule of the filter as it was applied."""

    reason: str
    meaning: str
    limit: str
    rejected: int


def released_scores(journal: Journal, name: str, released: Collection[str]) -> list[float]:
    """One score of the released faces that have it."""
    found = journal.execute("SELECT face_id, value FROM scores WHERE name = ? ORDER BY face_id", [name])
    return [value for face_id, value in found if value is not None and face_id in released]


def spreads(journal: Journal, released: Collection[str]) -> list[Spread]:
    """The scores of the chart; those that nobody has taken are left out."""
    used = filter_used(journal)
    shown = []
    for name, title in SHOWN.items():
        if values := released_scores(journal, name, released):
            limits = [rule.bound(used) for rule in RULES if rule.score == name] if used else []
            sides = (-1, 1) if any(rule.score == name and rule.kind == "within" for rule in RULES) else (1,)
            shown.append(Spread(title, values, [side * limit for limit in limits for side in sides]))
    return shown


def bounds(journal: Journal) -> list[Bound]:
    """The rules of the latest filter that have a bound to choose or rejected a face; none if nothing was filtered."""
    used = filter_used(journal)
    if used is None:
        return []
    counted = dict(journal.execute("SELECT rejected, count(*) FROM faces WHERE rejected != '' GROUP BY rejected"))
    by_reason: dict[str, Bound] = {}
    for rule in RULES:
        limit = f"{rule.kind.replace('_', ' ')} {rule.bound(used):g}"
        if rule.reason in by_reason:
            first = by_reason[rule.reason]
            both = f"{first.meaning}; {rule.meaning}", f"{first.limit}; {limit}"
            by_reason[rule.reason] = Bound(rule.reason, *both, first.rejected)
        else:
            by_reason[rule.reason] = Bound(rule.reason, rule.meaning, limit, counted.get(rule.reason, 0))
    chosen = {rule.reason for rule in RULES if rule.setting}
    return [bound for bound in by_reason.values() if bound.rejected or bound.reason in chosen]


def filter_used(journal: Journal) -> FilterConfig | None:
    """The bounds of the latest run of the filter, or None if there was none."""
    numbers = {field.name for field in fields(FilterConfig) if isinstance(field.default, (int, float))}
    for run in journal.select(Run, "command LIKE '% filter%' ORDER BY started DESC, run_id DESC"):
        config = run.config if isinstance(run.config, Mapping) else {}
        if "min_sharpness" in config:
            values: dict[str, Any] = {name: config[name] for name in numbers & config.keys()}
            return replace(FilterConfig(), **values)
    return None
