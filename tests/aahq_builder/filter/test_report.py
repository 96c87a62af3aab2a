import re
from pathlib import Path

import pytest

from aahq_builder.filter.config import FilterConfig
from aahq_builder.filter.policy import RULES
from aahq_builder.filter.report import REPORT, beside_bound
from aahq_builder.filter.stage import run
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork
from aahq_builder.workdir import WorkDir
from blendgan.console import Console
from tests.aahq_builder.filter.build import add_portrait, draw_portrait

HOSTILE = "<script>alert('x')</script> \"quoted\""


@pytest.fixture
def page(tmp_path: Path) -> str:
    """The report of five faces: two kept, a copy, one padded, one whose file is gone."""
    best = add_portrait(tmp_path, "best", draw_portrait(1), face_px=500.0)
    add_portrait(tmp_path, "copy", draw_portrait(1)[:, ::-1].copy())
    add_portrait(tmp_path, "other", draw_portrait(2))
    add_portrait(tmp_path, "padded", draw_portrait(3), pad_fraction=0.9)
    gone = add_portrait(tmp_path, "gone", draw_portrait(4))
    (tmp_path / WorkDir(tmp_path).face(gone)).unlink()
    with Journal(WorkDir(tmp_path).database) as journal:
        journal.update(Artwork, best[:-2], title=HOSTILE, artist="A. Painter", license="CC0-1.0")
    run(FilterConfig(work=tmp_path, report=True), Console(verbosity=-1))
    return (tmp_path / REPORT).read_text()


def test_the_funnel_adds_up(page: str) -> None:
    rows = re.findall(r"<tr><td>(\w+)</td><td class=\"number\">(\d*)</td><td class=\"number\">(\d+)</td>", page)
    fell = {name: int(count or 0) for name, count, _ in rows}
    assert {name: count for name, count in fell.items() if count} == {"unreadable": 1, "padding": 1, "duplicate": 1}
    remain = [int(count) for _, _, count in rows]
    assert remain[0] == 5
    assert remain[-1] == 2
    assert all(
        before - fell[name] == now for (name, _, _), before, now in zip(rows[1:], remain, remain[1:], strict=False)
    )


def test_every_rule_whose_score_was_taken_has_its_histogram(page: str) -> None:
    not_taken = {"yaw", "known_bits"}  # the aligner's, and one for --known
    assert page.count("<svg") == sum(bool(rule.setting) and rule.score not in not_taken for rule in RULES)


def test_the_page_needs_nothing_from_outside(page: str) -> None:
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page


def test_hostile_titles_are_escaped_and_artists_credited(page: str) -> None:
    assert "&lt;script&gt;" in page
    assert "A. Painter" in page


def test_the_group_of_copies_is_shown_with_its_reason(page: str) -> None:
    assert "best copy" in page
    assert re.search(r"mirrored \d+%", page)


def test_pictures_beside_a_bound_are_the_nearest_on_either_side() -> None:
    rule = next(rule for rule in RULES if rule.score == "pad_fraction")
    config = FilterConfig(max_padding=0.5)
    values = {"a": 0.0, "b": 0.49, "c": 0.51, "d": 0.9, "e": 0.5}
    assert beside_bound(values, rule, config) == (["c", "d"], ["e", "b", "a"])
