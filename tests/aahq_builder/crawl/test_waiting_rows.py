"""Rows are drawn from the journal once each, oldest first, by host."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from aahq_builder.crawl.waiting_rows import WaitingRows
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "aahq.sqlite") as journal:
        journal.insert(
            Artwork(artwork_id=f"{source}-{host}-{number}", source=source, host=host, status=status)
            for number, status in enumerate(["found", "found", "fetched", "denied"])
            for source in ("met", "aic", "html")
            for host in ("a:80", "b:80")
        )
        yield journal


def drawn(waiting: WaitingRows, host: str) -> list[str]:
    return [row.artwork_id for row in iter(lambda: waiting.draw(host), None)]


def test_every_waiting_row_of_a_host_is_drawn_once_in_order(journal: Journal) -> None:
    waiting = WaitingRows(journal, ["met", "aic"])
    assert drawn(waiting, "a:80") == ["met-a:80-0", "met-a:80-1", "aic-a:80-0", "aic-a:80-1"]
    assert drawn(waiting, "a:80") == []
    assert drawn(waiting, "none:80") == []


def test_a_row_that_is_written_anew_is_drawn_again(journal: Journal) -> None:
    waiting = WaitingRows(journal, ["met"])
    drawn(waiting, "a:80")
    journal.insert([Artwork(artwork_id="met-a:80-0", source="met", host="a:80")], "REPLACE")
    assert drawn(waiting, "a:80") == ["met-a:80-0"]


def test_hosts_and_counts_are_those_of_the_sources_that_are_crawled(journal: Journal) -> None:
    waiting = WaitingRows(journal, ["met", "aic"])
    assert Counter(waiting.hosts()) == Counter((source, host) for source in ("met", "aic") for host in ("a:80", "b:80"))
    assert waiting.by_host() == {"a:80": 4, "b:80": 4}
    assert waiting.count() == 8


def test_drawing_walks_an_index_and_no_table(journal: Journal) -> None:
    statements: list[str] = []
    journal.connection.set_trace_callback(statements.append)
    WaitingRows(journal, ["met"]).draw("a:80")
    journal.connection.set_trace_callback(None)
    plan = [str(row["detail"]) for row in journal.execute(f"EXPLAIN QUERY PLAN {statements[0]}")]
    assert len(plan) == 1
    assert "USING INDEX artworks_by_status" in plan[0]
    assert "rowid>" in plan[0]
