"""The page that `aahq-build filter --report` writes: what was kept and why, and whether the bounds sit well.

One file without scripts or links to the outside; thumbnails are inside.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aahq_builder.errors import ItemError
from aahq_builder.filter.config import FilterConfig
from aahq_builder.filter.histogram import histogram_svg
from aahq_builder.filter.judging import Judged
from aahq_builder.filter.policy import RULES, Rule
from aahq_builder.journal import Journal
from aahq_builder.thumbnails import data_uri, thumbnail
from aahq_builder.workdir import WorkDir, write_atomic

if TYPE_CHECKING:
    import jinja2

REPORT = "filter.html"
PICTURES_BESIDE_BOUND = 9
MAX_GROUPS = 60
MAX_COPIES = 12


@dataclass(frozen=True)
class Thumbnail:
    """A thumbnail with what stands under it and who made it."""

    source: str
    """`data:` address; empty if the file is gone."""
    label: str
    title: str


@dataclass(frozen=True)
class RuleReport:
    """One rule: how its score spreads, where the bound cuts, and what lies beside the cut."""

    rule: Rule
    bound: float
    fails: int
    decided: int
    """Faces that fell by this rule, having passed those before."""
    histogram: str
    failing: list[Thumbnail]
    passing: list[Thumbnail]


class Album:
    """Thumbnails of a build, with credits."""

    def __init__(self, workdir: WorkDir, journal: Journal) -> None:
        self.workdir, self.journal = workdir, journal

    def picture(self, face_id: str, label: str) -> Thumbnail:
        """The thumbnail of a face as it stands in the page."""
        sql = "SELECT faces.path, artist, title, license FROM faces JOIN artworks USING (artwork_id) WHERE face_id = ?"
        path, *credit = self.journal.execute(sql, [face_id]).fetchone()
        title = " · ".join([face_id, *filter(None, credit)])
        try:
            content = thumbnail(self.workdir, face_id, path) if path else b""
        except ItemError:  # the face's row says `unreadable` already
            content = b""
        return Thumbnail(data_uri(content), label, title)


def write_report(workdir: WorkDir, journal: Journal, judged: Judged, config: FilterConfig) -> Path:
    """Write the page into the work folder and give its path."""
    album = Album(workdir, journal)
    measured = {name for scores in judged.scores.values() for name in scores}
    page = _template().render(
        total=len(judged.faces),
        counts=judged.counts(),
        funnel=funnel(judged),
        rules=[_rule_report(rule, judged, album, config) for rule in RULES if rule.setting and rule.score in measured],
        groups=_groups(judged, album),
        group_count=len(set(judged.copies.values())),
        reasons=_reasons(judged),
    )
    target = workdir.root / REPORT
    write_atomic(target, page.encode())
    return target


def funnel(judged: Judged) -> list[tuple[str, int, int]]:
    """Reason, how many fell by it, and how many remained, in the order of the rules."""
    counts = judged.counts()
    remaining, rows = len(judged.faces), []
    for reason in dict.fromkeys([*(rule.reason for rule in RULES), *(name for name in counts if name != "kept")]):
        remaining -= counts[reason]
        rows.append((reason, counts[reason], remaining))
    return rows


def beside_bound(values: Mapping[str, float], rule: Rule, config: FilterConfig) -> tuple[list[str], list[str]]:
    """Faces that fail and that pass the rule, those nearest to its bound first."""
    distance = {face_id: abs(rule.measured(value) - rule.bound(config)) for face_id, value in values.items()}
    nearest = sorted(values, key=lambda face_id: (distance[face_id], face_id))
    failing = [face_id for face_id in nearest if not rule.passes(values[face_id], config)]
    passing = [face_id for face_id in nearest if rule.passes(values[face_id], config)]
    return failing[:PICTURES_BESIDE_BOUND], passing[:PICTURES_BESIDE_BOUND]


def _rule_report(rule: Rule, judged: Judged, album: Album, config: FilterConfig) -> RuleReport:
    values = {face_id: scores[rule.score] for face_id, scores in judged.scores.items() if rule.score in scores}
    failing, passing = beside_bound(values, rule, config)
    measured = np.array([rule.measured(value) for value in values.values()])
    return RuleReport(
        rule,
        rule.bound(config),
        sum(not rule.passes(value, config) for value in values.values()),
        sum(reason == rule.reason for reason in judged.verdicts.values()),
        histogram_svg(measured, rule.bound(config), keeps_upper=rule.kind == "at_least"),
        [album.picture(face_id, f"{values[face_id]:.3g}") for face_id in failing],
        [album.picture(face_id, f"{values[face_id]:.3g}") for face_id in passing],
    )


def _groups(judged: Judged, album: Album) -> list[list[Thumbnail]]:
    """The largest groups of duplicates, the best copy of each first."""
    pairs = {frozenset((pair.first, pair.second)): pair for pair in reversed(judged.pairs)}
    pages = []
    groups: dict[str, list[str]] = {}
    for face_id, best in judged.copies.items():
        groups.setdefault(best, []).append(face_id)
    for best, members in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))[:MAX_GROUPS]:
        pictures = [album.picture(best, "best copy")]
        for face_id in sorted(members)[:MAX_COPIES]:
            pair = pairs.get(frozenset((face_id, best)))
            pictures.append(album.picture(face_id, f"{pair.reason} {pair.share:.0%}" if pair else "as another copy"))
        pages.append(pictures)
    return pages


def _reasons(judged: Judged) -> Sequence[tuple[str, int]]:
    return Counter(pair.reason for pair in judged.pairs).most_common()


def _template() -> "jinja2.Template":
    import jinja2

    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.get_template("report.html.j2")
