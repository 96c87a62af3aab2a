"""Maps are kept, continued and bounded in memory."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aahq_builder.errors import UserError
from aahq_builder.tsne import layout
from aahq_builder.tsne.layout import LayoutSettings, continue_layout, lay_out_anew, load_layout

SETTINGS = LayoutSettings("key", (4, 6), components=5, perplexity=5, seed=0)
IDS = [f"met-{number:02}-0" for number in range(40)]


class Shelf:
    """Features by id, and the most that were ever asked for at once."""

    def __init__(self) -> None:
        rows = np.random.default_rng(0).standard_normal((len(IDS), 10))
        self.rows = dict(zip(IDS, rows, strict=True))
        self.most = 0

    def read(self, face_ids: list[str]) -> np.ndarray:
        self.most = max(self.most, len(face_ids))
        return np.stack([self.rows[face_id] for face_id in face_ids])


def test_a_saved_map_is_read_back_whole(tmp_path: Path):
    made = lay_out_anew(IDS, Shelf().read, SETTINGS)
    made.save(tmp_path / "layout.npz")
    read = load_layout(tmp_path / "layout.npz")
    assert read is not None
    assert (read.key, read.face_ids) == (made.key, made.face_ids)
    np.testing.assert_array_equal(read.points, made.points)
    np.testing.assert_array_equal(read.positions, made.positions)
    assert load_layout(tmp_path / "none.npz") is None


def test_a_damaged_map_is_said_with_its_remedy(tmp_path: Path):
    lay_out_anew(IDS, Shelf().read, SETTINGS).save(tmp_path / "layout.npz")
    whole = (tmp_path / "layout.npz").read_bytes()
    for content in (b"", b"no map", whole[:-9], whole[: len(whole) // 2] + b"x" * 9 + whole[len(whole) // 2 + 9 :]):
        (tmp_path / "layout.npz").write_bytes(content)
        with pytest.raises(
            UserError, match=r"layout\.npz is damaged; lay all faces out anew with: aahq-build tsne --fr"
        ):
            load_layout(tmp_path / "layout.npz")


@pytest.mark.parametrize("count", [1, 2, 7, 8, 12])
def test_few_faces_and_few_different_ones_get_finite_places_and_take_up_new_ones(count: int):
    """Fewer than components or than the perplexity needs; all but one of them equal."""
    shelf = Shelf()
    for face_id in IDS[1:count]:
        shelf.rows[face_id] = shelf.rows[IDS[0]]
    for some in (IDS[:count], [*IDS[: count - 1], IDS[30]]):
        made = lay_out_anew(some, shelf.read, SETTINGS)
        assert made.positions.shape == (count, 2) and np.isfinite(made.positions).all()
        grown = continue_layout(made, [*some, IDS[35]], shelf.read, SETTINGS)
        assert grown is not None and np.isfinite(grown.positions).all()
        np.testing.assert_array_equal(grown.positions[:count], made.positions)


def test_a_tenth_of_new_faces_moves_nobody_and_workers_change_nothing():
    shelf, settings = Shelf(), [replace(SETTINGS, n_jobs=jobs) for jobs in (1, 2)]
    maps = [lay_out_anew(IDS[:36], shelf.read, setting) for setting in settings]
    grown = [continue_layout(old, IDS, shelf.read, setting) for old, setting in zip(maps, settings, strict=True)]
    assert grown[0] is not None and grown[1] is not None
    np.testing.assert_array_equal(grown[0].positions[:36], maps[0].positions)
    np.testing.assert_array_equal(grown[1].positions, grown[0].positions)


def test_a_face_whose_features_changed_is_placed_anew_and_moves_nobody():
    shelf = Shelf()
    old = lay_out_anew(IDS, shelf.read, SETTINGS)
    shelf.rows[IDS[3]] = shelf.rows[IDS[20]] + 1e-3
    new = continue_layout(old, IDS, shelf.read, SETTINGS)
    assert new is not None
    others = np.arange(40) != 3
    np.testing.assert_array_equal(new.positions[others], old.positions[others])
    to_twin, to_old_place = (np.linalg.norm(new.positions[3] - old.positions[index]) for index in (20, 3))
    assert to_twin < to_old_place


def test_other_settings_or_a_majority_of_new_faces_begin_a_new_map():
    shelf = Shelf()
    old = lay_out_anew(IDS[:10], shelf.read, SETTINGS)
    assert continue_layout(old, IDS[:20], shelf.read, SETTINGS) is not None
    assert continue_layout(old, IDS[:21], shelf.read, SETTINGS) is None
    assert continue_layout(old, IDS[:10], shelf.read, LayoutSettings("other", (4, 6), 5, 5, 0)) is None


def test_features_are_read_in_parts_and_the_rule_is_that_of_a_sample(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(layout, "MOST_TO_FIT", 12)
    monkeypatch.setattr(layout, "AT_ONCE", 7)
    shelf = Shelf()
    made = lay_out_anew(IDS, shelf.read, SETTINGS)
    assert shelf.most == 12
    np.testing.assert_allclose(made.points, made.reduction.apply(np.stack(list(shelf.rows.values()))), atol=1e-12)
