"""Order by style, groups of faces and the state of the map, on a map of which every distance is known."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.records import Review, Run
from aahq_builder.review.queue import Query
from aahq_builder.review.session import ReviewSession, open_session
from aahq_builder.tsne.layout import Layout
from aahq_builder.tsne.project import Reduction
from aahq_builder.workdir import WorkDir
from tests.drawn_build import make_build, portraits


def write_map(work: Path, face_ids: Sequence[str], points: Sequence[Sequence[float]]) -> None:
    """A map of these styles whose places on paper say the opposite of them."""
    style = np.array(points, dtype=float)
    positions = np.arange(len(face_ids), 0, -1)[:, None] * [1.0, 0.0]
    reduction = Reduction(np.zeros(2), np.ones(2), np.eye(2))
    Layout("key", list(face_ids), reduction, style, positions).save(WorkDir(work).map / "layout.npz")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


@pytest.fixture
def face_ids(work: Path) -> list[str]:
    ids = [face.face_id for face in make_build(work, portraits(6))]
    # distances in style from face 0: 5, 1, 3, 5 (face 1 again, mirrored); face 5 is not on the map
    write_map(work, ids[:5], [(0, 0), (3, 4), (1, 0), (0, -3), (-3, -4)])
    return ids


@pytest.fixture
def session(work: Path, face_ids: list[str]) -> Iterator[ReviewSession]:
    with Journal(work / "aahq.sqlite") as journal:
        yield open_session(journal, WorkDir(work), "anna")


def shown(session: ReviewSession, **query: str) -> list[str]:
    """Ids of the faces that a query shows, in order."""
    started = session.queue(Query(**query), "")
    return [card["face_id"] for card in session.window(started["key"], 0, 500) or []]


def test_faces_are_ordered_by_their_distance_in_style_not_on_paper(session: ReviewSession, face_ids: list[str]):
    number = {face_id: place for place, face_id in enumerate(face_ids)}
    near = [number[face_id] for face_id in shown(session, order="near", near=face_ids[0])]
    assert near[:3] == [0, 2, 3]
    assert set(near[3:5]) == {1, 4}, "equally far"
    assert near[5] == 5, "what is not on the map comes last"


def test_a_face_that_is_not_on_the_map_is_said_with_the_command(
    session: ReviewSession, work: Path, face_ids: list[str]
):
    note = session.queue(Query(order="near", near=face_ids[5]), "")["note"]
    assert "not on a style map" in note
    assert f"aahq-build tsne --work {work}" in note


def test_a_group_shows_just_its_faces_and_other_filters_still_hold(session: ReviewSession, face_ids: list[str]):
    chosen = [face_ids[4], face_ids[1], face_ids[4], "met-0000000000000000-9"]
    group = session.choose({"face_ids": chosen})
    assert group["words"] == "2 faces chosen on the map"
    assert group["unknown"] == 1
    assert set(shown(session, among=group["key"])) == {face_ids[4], face_ids[1]}
    assert shown(session, among=group["key"], order="near", near=face_ids[1]) == [face_ids[1], face_ids[4]]
    session.decide({"face_ids": [face_ids[4]], "decision": "keep"})
    started = session.queue(Query(among=group["key"], state="undecided"), "")
    assert started["total"] == 1
    assert started["note"] == "1 of these 2 faces match the other filters."


@pytest.mark.parametrize("ids", [None, [], "all", ["met-0000000000000000-9"], [{"id": 1}]])
def test_a_choice_of_nothing_is_one_sentence(session: ReviewSession, ids: object):
    with pytest.raises(UserError):
        session.choose({"face_ids": ids})


def test_a_group_that_is_forgotten_is_one_sentence(session: ReviewSession):
    with pytest.raises(UserError, match="choose them anew"):
        session.queue(Query(among="0123456789abcdef"), "")


def test_a_whole_queue_is_decided_as_one_action_and_one_undo_takes_all_back(
    session: ReviewSession, face_ids: list[str]
):
    session.decide({"face_ids": [face_ids[0]], "decision": "keep"})
    group = session.choose({"face_ids": face_ids[:4]})
    queue = session.queue(Query(among=group["key"]), "")
    done = session.decide({"queue": queue["key"], "decision": "reject", "reason": "bad crop"})
    assert {card["face_id"] for card in done["faces"]} == set(face_ids[:4])
    rows = list(session.journal.select(Review, "decision = 'reject'"))
    assert {row.face_id for row in rows} == set(face_ids[:4])
    assert {row.reason for row in rows} == {"bad crop"}
    assert len({row.decided_at for row in rows}) == 1, "one action"
    taken_back = session.undo({})
    assert {card["face_id"]: card["decision"] for card in taken_back["faces"]} == {
        face_ids[0]: "keep",
        **dict.fromkeys(face_ids[1:4], ""),
    }
    assert shown(session, state="rejected") == []


def test_a_queue_that_is_gone_decides_nothing(session: ReviewSession):
    with pytest.raises(UserError, match="made anew"):
        session.decide({"queue": "0123456789abcdef", "decision": "reject"})
    assert session.journal.count(Review) == 0


def test_what_the_map_lacks_is_counted(session: ReviewSession, work: Path):
    facts = session.map_facts()
    assert facts["version"] == ""
    assert facts["note"].startswith("There is no style map yet.")
    (WorkDir(work).map / "map.html").write_text("<!doctype html>")
    facts = session.map_facts()
    assert facts["version"] != ""
    assert facts["note"].startswith("1 kept face is not on the map yet.")


def test_a_rejected_face_is_not_missed_on_the_map(session: ReviewSession, work: Path, face_ids: list[str]):
    (WorkDir(work).map / "map.html").write_text("<!doctype html>")
    session.decide({"face_ids": [face_ids[5]], "decision": "reject"})
    assert session.map_facts()["note"] == ""


def test_the_command_names_the_style_encoder_of_the_last_map(session: ReviewSession, work: Path):
    configs = [{"style_encoder": None}, {"style_encoder": "runs/my style"}, {"source": "met"}]
    rows = (
        Run(run_id=str(number), command="aahq-build", config=config, versions={}, started="")
        for number, config in enumerate(configs)
    )
    with session.journal.transaction():
        session.journal.insert(rows)
    assert session.map_facts()["note"].endswith(f"aahq-build tsne --work {work} --style-encoder 'runs/my style'")


def test_the_map_is_told_what_stands_and_what_was_taken_back(session: ReviewSession, face_ids: list[str]):
    session.decide({"face_ids": face_ids[:2], "decision": "reject"})
    session.undo({})
    session.decide({"face_ids": face_ids[:1], "decision": "keep"})
    assert session.map_facts()["decisions"] == {face_ids[0]: "keep", face_ids[1]: ""}
