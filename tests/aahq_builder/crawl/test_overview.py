"""What is known of the sources is told alike by the command, by a crawl, and by the docs."""

import json
import re

import pytest

from aahq_builder.crawl.config import SourceName, SourcesConfig
from aahq_builder.crawl.overview import rate_in_words, run
from aahq_builder.rights.rules import MUSEUMS, REQUIRED
from aahq_builder.sources.table import BY_DEFAULT, FACTS, RATE_POLICIES
from blendgan.console import Console
from tests.import_graph import ROOT

NAMES = SourceName.__args__  # type: ignore[attr-defined]


def test_every_source_is_listed_once_with_all_that_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    run(SourcesConfig(), Console(json=True))
    listed = {each["source"]: each for each in map(json.loads, capsys.readouterr().out.splitlines())}
    assert set(listed) == set(NAMES) == set(REQUIRED) - {"rebuild"}
    for name, facts in FACTS.items():
        assert listed[name]["state"] == facts.state
        assert listed[name]["requests_per_s"] == RATE_POLICIES[name].rate
        assert listed[name]["by_default"] == (name in BY_DEFAULT)


def test_the_default_is_every_open_museum_but_those_that_do_not_work() -> None:
    assert set(BY_DEFAULT) == {name for name in MUSEUMS if not FACTS[name].obstacle}
    assert "aic" not in BY_DEFAULT
    for name in BY_DEFAULT:
        assert re.fullmatch(r"20\d\d-[01]\d", FACTS[name].known)
        assert RATE_POLICIES[name].in_flight == 1
        assert RATE_POLICIES[name].rate <= 1.0


def test_the_docs_table_is_what_is_known() -> None:
    text = (ROOT / "docs" / "crawl.md").read_text("utf-8")
    rows = {row[0].strip("`"): row[1:] for row in map(cells, text.splitlines()) if len(row) == 6 and "`" in row[0]}
    assert list(rows) == list(FACTS)
    for name, (rate, holds, license_, state, known) in rows.items():
        facts = FACTS[name]
        assert (holds, license_, state) == (facts.holds, facts.license.replace("|", "\\|"), facts.state)
        assert rate.removesuffix("/s") == rate_in_words(RATE_POLICIES[name].rate).removesuffix("/s")
        assert known == (facts.known or "-")


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("| ") else []
