"""Splits leak nothing, stay as they are when faces come, and only ever move a face out of validation."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aahq_builder.journal import Journal
from aahq_builder.publish.splits import TRAIN, VALIDATION, connected, draw, drawn_for_validation, grouping, names_of
from aahq_builder.records import Artwork
from aahq_builder.workdir import WorkDir
from tests.drawn_build import Portrait, artwork_of, face_of

TIES = st.lists(st.sets(st.sampled_from("abcdefgh"), max_size=3), min_size=1, max_size=12)


def works_of(ties: list[set[str]]) -> dict[str, set[str]]:
    return {f"work {number}": own for number, own in enumerate(ties)}


def drawn_names(ties: dict[str, set[str]]) -> dict[str, str]:
    return {name: min(own, default=name) for name, own in ties.items()}


@settings(max_examples=60, deadline=None)
@given(TIES)
def test_groups_are_what_chains_of_common_ties_reach(ties: list[set[str]]):
    works = works_of(ties)
    groups = connected(works)
    for first in works:
        reached = {first}
        while more := {n for n in works if n not in reached and any(works[n] & works[r] for r in reached)}:
            reached |= more
        assert {name for name in works if groups[name] == groups[first]} == reached


@settings(max_examples=60, deadline=None)
@given(TIES, TIES, st.integers(0, 50), st.floats(0.05, 0.95))
def test_what_is_added_never_moves_a_work_from_training_to_validation(
    ties: list[set[str]], more: list[set[str]], seed: int, share: float
):
    before, after = works_of(ties), works_of([*ties, *more])
    split = {}
    for name, works in (("before", before), ("after", after)):
        groups = connected(works)
        validation = drawn_for_validation(groups, drawn_names(works), share, seed)
        split[name] = {work: groups[work] in validation for work in works}
    assert not [work for work in before if split["after"][work] and not split["before"][work]]


def test_a_share_of_the_names_is_drawn_and_every_seed_draws_others():
    numbers = np.array([[draw(f"artist {n}", seed) for n in range(4000)] for seed in (0, 1)])
    np.testing.assert_allclose((numbers < 0.2).mean(axis=1), 0.2, atol=0.03)
    assert abs(np.corrcoef(numbers)[0, 1]) < 0.06


@pytest.mark.parametrize(
    ("credit", "other"),
    [
        ("Vincent van Gogh (Dutch, 1853–1890)", "Gogh, Vincent van"),
        ("José Gómez", "Jose Gomez"),
        ("JANE DOE", "Jane Doe; John Roe"),
        ("Workshop of Jane Doe", "Jane Doe"),
    ],
)
def test_spellings_of_one_maker_are_one_name(credit: str, other: str):
    assert names_of(credit) & names_of(other)


@pytest.mark.parametrize(
    "credit", [None, "", "Unknown", "Anonymous (French)", "Unidentified artist", "Anoniem", "Artist"]
)
def test_nobodys_works_are_not_tied_together(credit: str | None):
    assert names_of(credit) == set()


def fill(work: Path, portraits: list[Portrait], copies: dict[int, int] | None = None) -> dict[int, str]:
    """A build in which portrait `copy` is a duplicate of portrait `kept`; gives the works' ids by number."""
    workdir = WorkDir(work)
    ids = {}
    with Journal(workdir.database) as journal, journal.transaction():
        for portrait in portraits:
            artwork = replace(artwork_of(portrait, workdir), artist=portrait.artist)
            journal.insert([artwork, face_of(artwork, portrait, workdir)])
            ids[portrait.number] = artwork.artwork_id
        for copy, kept in (copies or {}).items():
            sql = "UPDATE faces SET rejected = 'duplicate', duplicate_of = ? WHERE artwork_id = ?"
            journal.execute(sql, [f"{ids[kept]}-0", ids[copy]])
    return ids


def test_makers_copies_and_equal_pictures_hold_works_together(tmp_path: Path):
    names = ["Ann", "Bob", "Cat", None, "Dan", "Eve", "Unknown", "Unknown"]
    ids = fill(tmp_path, [Portrait(n, artist=name) for n, name in enumerate(names)], {2: 0, 3: 1})
    with Journal(WorkDir(tmp_path).database) as journal:
        journal.update(Artwork, ids[5], artist="Cat")  # 0 - copy 2 by Cat - 5
        journal.update(
            Artwork, ids[4], pixel_sha256=next(journal.select(Artwork, f"artwork_id = '{ids[1]}'")).pixel_sha256
        )
        found = grouping(journal, list(ids.values()), 0.5, 0).groups
    together = Counter(found[ids[n]] for n in ids)
    groups = [{n for n in ids if found[ids[n]] == group} for group in together]
    assert sorted(map(sorted, groups)) == [[0, 2, 5], [1, 3, 4], [6], [7]]


def test_nothing_of_a_group_is_on_both_sides_and_more_of_the_same_makers_move_nobody(tmp_path: Path):
    many = [Portrait(n, artist=f"Artist {n % 40}") for n in range(80)]
    few = fill(tmp_path / "few", many[:60])
    all_of_them = fill(tmp_path / "all", many)
    split = {}
    for name, ids in (("few", few), ("all", all_of_them)):
        with Journal(WorkDir(tmp_path / name).database) as journal:
            groups = grouping(journal, list(ids.values()), 0.3, 7)
        split[name] = {n: groups.split_of(artwork_id) for n, artwork_id in ids.items()}
    assert {n: split["all"][n] for n in few} == split["few"]
    assert all(split["all"][n] == split["all"][n % 40] for n in range(80))
    assert set(split["all"].values()) == {TRAIN, VALIDATION}
