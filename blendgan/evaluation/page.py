"""`evaluation.html`: the numbers with all that they depend on, pictures to look at, and curves; needs no network."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from blendgan.evaluation.curves import quality_curves
from blendgan.evaluation.numbers import Numbers
from blendgan.evaluation.reading import MEASURES, Measure, Reading
from blendgan.evaluation.strips import Strip


@dataclass(frozen=True)
class PageRow:
    """One measure of one model at every indicator."""

    title: str
    measure: Measure
    of: Reading
    """Any of the readings: all were taken alike."""
    cells: Sequence[Reading | None]


@dataclass(frozen=True)
class Table:
    """The readings of one model."""

    model: str
    indicators: Sequence[int]
    rows: Sequence[PageRow]

    @property
    def stand_ins(self) -> list[str]:
        """Networks with random weights, by which some numbers were taken."""
        return sorted({row.of.extractor for row in self.rows if row.of.stands_in})


def write_page(numbers: Numbers, strips: Sequence[Strip]) -> str:
    """The page."""
    readings = numbers.readings
    folder = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    environment = jinja2.Environment(loader=folder, autoescape=True, undefined=jinja2.StrictUndefined)
    models = list(dict.fromkeys(reading.model for reading in readings))
    return environment.get_template("evaluation.html.j2").render(
        tables=[table_of(model, readings) for model in models],
        facts=numbers,
        strips=strips,
        curves=quality_curves(readings),
    )


def table_of(model: str, readings: Sequence[Reading]) -> Table:
    """Rows of measures, columns of indicators."""
    own = [reading for reading in readings if reading.model == model]
    indicators = sorted({reading.indicator for reading in own})
    rows = []
    for name, against in dict.fromkeys((reading.measure, reading.against) for reading in own):
        by_indicator = {some.indicator: some for some in own if (some.measure, some.against) == (name, against)}
        first = next(iter(by_indicator.values()))
        cells = [by_indicator.get(i) for i in indicators]
        rows.append(PageRow(first.title, MEASURES[name], first, cells))
    return Table(model, indicators, rows)
