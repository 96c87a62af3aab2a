"""Loss curves: every named quantity is drawn, nothing else, and no file leaves no plot."""

import json
from pathlib import Path

from pipelines.plots import curves


def test_each_quantity_of_the_group_has_a_line_and_a_label(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    rows = [{"step": step, "generator/face": 1 / (step + 1), "generator/style": 2.0, "other": 3.0} for step in range(9)]
    log.write_text("\n".join(json.dumps(row) for row in rows))
    plot = curves(log, ("generator/",))
    assert plot.startswith("<svg") and plot.rstrip().endswith("</svg>")
    assert "<!-- generator: face -->" in plot
    assert "<!-- generator: style -->" in plot
    assert "other" not in plot


def test_a_run_that_has_not_begun_has_no_plot(tmp_path: Path) -> None:
    assert curves(tmp_path / "log.jsonl", ("generator/",)) == ""
