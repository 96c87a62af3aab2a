"""Filters and orders against slow loops, and at the size of a large build."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aahq_builder.decisions import KEEP, REJECT, decide, standing_of, undo
from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.review.queue import Query, read_index
from tests.drawn_build import Portrait, make_build

PEOPLE = [
    Portrait(0, title="A Queen", artist="Ada"),
    Portrait(1, title="A king", artist="Ada"),
    Portrait(2, title="Queen of hearts", artist="Bo", source="aic"),
    Portrait(3, title="Knave", artist="Bo", rejected="blur"),
]


@pytest.fixture
def build(tmp_path: Path):
    faces = make_build(tmp_path, PEOPLE)
    with Journal(tmp_path / "aahq.sqlite") as journal:
        yield journal, [face.face_id for face in faces]


def ask(journal: Journal, faces: list[str], **query: object) -> list[int]:
    """The numbers of the portraits that a query shows, in order."""
    index = read_index(journal)
    return [faces.index(index.face_ids[row]) for row in index.select(Query(**query))]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, {0, 1, 2, 3}),
        ({"artist": "Ada"}, {0, 1}),
        ({"source": "aic"}, {2}),
        ({"reason": "blur"}, {3}),
        ({"reason": "kept"}, {0, 1, 2}),
        ({"text": "queen"}, {0, 2}),
        ({"text": "queen bo"}, {2}),
        ({"score": "sharpness", "low": 1.0, "high": 2.0}, {1, 2}),
        ({"score": "unheard_of", "low": 1.0}, {0, 1, 2, 3}),
        ({"artist": "Ada", "text": "hearts"}, set()),
    ],
)
def test_filters(build, query: dict[str, object], numbers: set[int]):
    assert set(ask(*build, **query)) == numbers


def test_states_follow_decisions(build):
    journal, faces = build
    decide(journal, faces[:2], "anna", KEEP)
    decide(journal, faces[1:3], "ben", REJECT)
    shown = {
        state: set(ask(journal, faces, state=state, reviewer="ben"))
        for state in ("undecided", "kept", "rejected", "disputed", "mine")
    }
    assert shown == {"undecided": {3}, "kept": {0}, "rejected": {1, 2}, "disputed": {1}, "mine": {1, 2}}


def test_orders(build):
    journal, faces = build
    assert ask(journal, faces, order="score", score="sharpness") == [0, 1, 2, 3]
    assert ask(journal, faces, order="score_down", score="sharpness") == [3, 2, 1, 0]
    assert [faces[number] for number in ask(journal, faces, order="id")] == sorted(faces)


def test_the_worst_face_is_the_one_with_the_worst_rank_in_any_judged_score(build):
    journal, faces = build
    # sharpness grows with the number, confidence falls: the ends are worst
    assert set(ask(journal, faces, order="worst")[:2]) == {0, 3}


def test_the_index_follows_decisions_without_reading_again(build):
    journal, faces = build
    index = read_index(journal)
    decide(journal, [faces[0]], "anna", REJECT)
    index.update(faces[0], "review", standing_of(journal, faces[0], landmarks=False))
    fresh = read_index(journal)
    assert list(index.verdict) == list(fresh.verdict)
    assert index.standing == fresh.standing
    undo(journal, "anna")
    decide(journal, [faces[0]], "anna", KEEP)
    decide(journal, [faces[0]], "ben", REJECT)
    index.update(faces[0], "review", standing_of(journal, faces[0], landmarks=False))
    fresh = read_index(journal)
    assert +index.tally == +fresh.tally
    assert fresh.tally == {("decided", ""): 1, ("disputed", ""): 1, ("by", "anna"): 1, ("by", "ben"): 1}


def test_nonsense_is_refused():
    with pytest.raises(UserError):
        Query.from_parameters({"low": "abc"})
    with pytest.raises(UserError):
        Query.from_parameters({"order": "upside down"})
    assert Query.from_parameters({"unknown": "x", "low": "2"}) == Query(low=2.0)


def test_an_empty_build_has_an_empty_queue(tmp_path: Path):
    make_build(tmp_path, [])
    with Journal(tmp_path / "aahq.sqlite") as journal:
        index = read_index(journal)
        assert index.select(Query()).tolist() == []
        assert index.on_map.tolist() == []


def test_scores_that_were_not_taken_come_last(build):
    journal, faces = build
    journal.execute("DELETE FROM scores WHERE face_id = ?", [faces[0]])
    assert ask(journal, faces, order="score", score="sharpness")[-1] == 0
    assert np.isnan(read_index(journal).scores["sharpness"]).sum() == 1
    assert replace(Query(), state="kept").state == "kept"
