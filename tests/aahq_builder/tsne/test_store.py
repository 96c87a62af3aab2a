"""Shards of features: what is current, what counts, what damage and a takedown leave."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aahq_builder.records import Face
from aahq_builder.tsne.store import SHARD_FACES, FeatureStore, forget_features, read_shard, shard_paths
from aahq_builder.workdir import WorkDir
from tests.drawn_build import make_build, portraits

SIZE = 5


@pytest.fixture
def faces(tmp_path: Path) -> list[Face]:
    return make_build(tmp_path, portraits(6))


def open_store(work: Path, said: list[str] | None = None, size: int = SIZE) -> FeatureStore:
    return FeatureStore(WorkDir(work), "drawn", size, (said if said is not None else []).append)


def rows_of(count: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((count, SIZE)).astype(np.float32)


def fill(work: Path, faces: list[Face], rows: np.ndarray) -> FeatureStore:
    """A store with these rows in shards of two."""
    store = open_store(work)
    for index, (face, row) in enumerate(zip(faces, rows, strict=True)):
        store.add(face, row)
        if index % 2:
            store.flush()
    store.flush()
    return store


def test_what_was_stored_is_read_in_any_order_by_a_later_run(tmp_path: Path, faces: list[Face]):
    rows = rows_of(6)
    fill(tmp_path, faces, rows)
    later = open_store(tmp_path)
    assert all(later.is_current(face) for face in faces)
    order = [4, 0, 5, 1, 1]
    np.testing.assert_array_equal(later.read([faces[index].face_id for index in order]), rows[order])


def test_a_full_shard_is_on_disk_without_being_asked_for(tmp_path: Path, faces: list[Face]):
    store = open_store(tmp_path)
    copies = [replace(faces[0], face_id=f"met-{number:016x}-0") for number in range(SHARD_FACES + 3)]
    for face in copies:
        store.add(face, np.ones(SIZE))
    later = open_store(tmp_path)  # the first one was killed before it could flush
    assert [later.is_current(face) for face in copies] == [True] * SHARD_FACES + [False] * 3


def test_a_face_is_current_while_its_crop_is_the_one_that_was_measured(tmp_path: Path, faces: list[Face]):
    with_hash = replace(faces[0], crop_pixel_sha256="a" * 64)
    store = fill(tmp_path, [with_hash, *faces[1:]], rows_of(6))
    crop = tmp_path / str(faces[0].path)
    os.utime(crop, ns=(1, 1))
    assert store.is_current(with_hash), "a copied work folder has other times and the same pixels"
    assert not store.is_current(replace(faces[0], crop_pixel_sha256="b" * 64)), "aligned anew"
    other = tmp_path / str(faces[1].path)
    os.utime(other, ns=(1, 1))
    assert not store.is_current(faces[1]), "of a crop without a hash the time tells"
    crop.unlink()
    assert not store.is_current(with_hash)


def test_what_was_measured_later_counts_and_a_shard_without_use_is_deleted(tmp_path: Path, faces: list[Face]):
    fill(tmp_path, faces, rows_of(6))
    again = open_store(tmp_path)
    for face in faces[:3]:
        again.add(face, np.full(SIZE, 7))
    again.flush()
    later = open_store(tmp_path)
    np.testing.assert_array_equal(later.read([face.face_id for face in faces[:4]])[:, 0], [7, 7, 7, rows_of(6)[3, 0]])
    names = [path.name for path in shard_paths(later.folder)]
    assert names == ["shard-000001.npz", "shard-000002.npz", "shard-000003.npz"], "the first held two old rows"


@pytest.mark.parametrize("size", [SIZE - 1, SIZE + 1])
def test_a_shard_of_vectors_of_another_length_counts_as_damaged(tmp_path: Path, faces: list[Face], size: int):
    said: list[str] = []
    fill(tmp_path, faces[:2], rows_of(2))
    assert not open_store(tmp_path, said, size).is_current(faces[0])
    assert said == ["map/features-drawn/shard-000000.npz is damaged; its faces are measured anew"]


def test_a_damaged_shard_is_said_in_one_sentence_and_the_others_count(tmp_path: Path, faces: list[Face]):
    store = fill(tmp_path, faces, rows_of(6))
    damaged = store.folder / "shard-000001.npz"
    damaged.write_bytes(damaged.read_bytes()[:-9])
    said: list[str] = []
    later = open_store(tmp_path, said)
    assert said == ["map/features-drawn/shard-000001.npz is damaged; its faces are measured anew"]
    assert [later.is_current(face) for face in faces] == [True, True, False, False, True, True]
    assert not damaged.exists()


def test_no_damage_of_a_shard_is_taken_for_features(tmp_path: Path, faces: list[Face]):
    """Whatever byte is lost or changed: the rows come whole, or the shard is refused."""
    path = fill(tmp_path, faces[:2], rows_of(2)).folder / "shard-000000.npz"
    whole = path.read_bytes()
    cut = [whole[:length] for length in range(0, len(whole), 7)]
    changed = [whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :] for at in range(len(whole))]
    refused = 0
    for content in cut + changed:
        path.write_bytes(content)
        shard = read_shard(path)
        refused += shard is None
        if shard is not None:
            assert list(shard.face_ids) == [face.face_id for face in faces[:2]]
            np.testing.assert_array_equal(shard.rows, rows_of(2))
    assert refused > len(cut) + len(changed) / 2


def test_a_takedown_leaves_no_row_in_any_shard_and_the_others_stay(tmp_path: Path, faces: list[Face]):
    rows = rows_of(6)
    store = fill(tmp_path, [*faces[:4], faces[0], faces[5]], rows)  # the first face was measured twice
    going = {faces[0].artwork_id, faces[2].artwork_id, faces[3].artwork_id}
    assert forget_features(store.folder, going) == 4
    assert forget_features(store.folder, going) == 0
    left = b"".join(path.read_bytes() for path in store.folder.iterdir())
    assert not any(artwork_id.encode() in left for artwork_id in going)
    assert not any(row.tobytes() in left for row in rows[[0, 2, 3, 4]])
    later = open_store(tmp_path)
    np.testing.assert_array_equal(later.read([faces[1].face_id, faces[5].face_id]), rows[[1, 5]])


def test_of_a_damaged_shard_a_takedown_leaves_nothing(tmp_path: Path, faces: list[Face]):
    store = fill(tmp_path, faces[:2], rows_of(2))
    path = store.folder / "shard-000000.npz"
    path.write_bytes(path.read_bytes()[:-9])
    assert forget_features(store.folder, {faces[5].artwork_id}) == 0
    assert not path.exists()
