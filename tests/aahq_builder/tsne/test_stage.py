"""`aahq-build tsne` on a small build with a small style encoder, as a person runs it."""

import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

import aahq_builder
import blendgan
from aahq_builder.cli import COMMANDS
from aahq_builder.tsne import stage
from aahq_builder.tsne.features import StyleFeatures
from aahq_builder.tsne.store import Shard, read_shard, shard_paths
from blendgan.command import run
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig
from tests.drawn_build import drawn_face, make_build, portraits


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("model") / "style_encoder"
    blendgan.save_network(StyleEncoder(StyleEncoderConfig(image_size=32, taps=("relu1_2", "relu2_2"))), folder)
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    make_build(tmp_path / "work", portraits(12))
    return tmp_path / "work"


def map_faces(work: Path, encoder: Path, *flags: str) -> int:
    words = ["--work", str(work), "--style-encoder", str(encoder), "--quiet", "--workers", "1", *flags]
    return run("aahq-build tsne", COMMANDS["tsne"], words)


def positions(work: Path) -> pd.DataFrame:
    with sqlite3.connect(work / "aahq.sqlite") as database:
        return pd.read_sql("SELECT face_id, x, y FROM map_points ORDER BY face_id", database).set_index("face_id")


def test_the_map_comes_in_three_forms_and_as_rows(work: Path, encoder: Path, capsys: pytest.CaptureFixture[str]):
    assert map_faces(work, encoder) == 0
    assert "mapped 12 faces: 12 mapped" in capsys.readouterr().out
    table = pd.read_parquet(work / "map" / "map.parquet")
    assert list(table.face_id) == list(positions(work).index)
    np.testing.assert_array_equal(table[["x", "y"]], positions(work))
    assert len(table.neighbors[0]["ids"]) == 10
    page = (work / "map" / "map.html").read_text()
    assert "random weights" in page or "ImageNet" in page
    assert (work / "map" / "map.png").stat().st_size > 1000
    metadata = pq.read_schema(work / "map" / "map.parquet").metadata
    assert json.loads(metadata[b"quality"]) is None, "twelve faces are too few to judge"
    assert any(remark.startswith("A map is judged from 21 faces on") for remark in json.loads(metadata[b"remarks"]))
    assert any(
        "perplexity 30, 12 principal components, seed 0" in remark for remark in json.loads(metadata[b"remarks"])
    )


def grouped(count: int = 24) -> np.ndarray:
    """Features of three groups in turn, and of two strangers at the end."""
    rows = np.random.default_rng(5).normal(0, 0.5, (count, 6)) + 20 * np.eye(6)[np.arange(count) % 3]
    rows[-2:] = [[90, 0, 0, 0, 0, 0], [0, 0, 0, -90, 0, 0]]
    return rows.astype(np.float32)


def test_clusters_their_numbers_and_the_judgement_outlast_a_rerun_by_more_workers(
    tmp_path: Path, encoder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    make_build(tmp_path, portraits(24))
    with_features(grouped(), monkeypatch)
    map_faces(tmp_path, encoder)
    written = {
        path.name: path.read_bytes() for path in (tmp_path / "map").iterdir() if path.suffix in (".parquet", ".txt")
    }
    assert set(written) == {"map.parquet", "clusters.parquet", "alike.parquet", "far.txt"}
    table = pd.read_parquet(tmp_path / "map" / "map.parquet")
    assert table.cluster.value_counts().to_dict() == {1: 8, 2: 7, 3: 7, -1: 2}
    assert set((tmp_path / "map" / "far.txt").read_text().split()) == set(table.face_id[table.cluster < 0])
    assert (table.distance[table.cluster > 0] <= 1).all() and (table.distance[table.cluster < 0] > 2).all()
    assert set(pd.read_parquet(tmp_path / "map" / "clusters.parquet").medoid) < set(table.face_id[table.cluster > 0])
    quality = json.loads(pq.read_schema(tmp_path / "map" / "map.parquet").metadata[b"quality"])
    assert set(quality) == {"trustworthiness", "kept_at_10", "kept_at_50", "kl_divergence"}
    said = capsys.readouterr().err
    map_faces(tmp_path, encoder, "--fresh", "--workers", "2", "--verbose")
    assert {name: (tmp_path / "map" / name).read_bytes() for name in written} == written
    words = capsys.readouterr().err
    assert "3 clusters of style hold 22 of 24 faces." in words and "cluster 1: 8 faces" in words
    assert "cluster" not in said, "--quiet says nothing of it"


def test_the_same_build_gives_the_same_map(work: Path, encoder: Path):
    map_faces(work, encoder)
    first = positions(work)
    map_faces(work, encoder, "--fresh")
    pd.testing.assert_frame_equal(positions(work), first)


def test_new_faces_leave_the_old_ones_in_place(tmp_path: Path, encoder: Path, capsys: pytest.CaptureFixture[str]):
    everybody = portraits(14)
    make_build(tmp_path, everybody[:12])
    map_faces(tmp_path, encoder)
    before = positions(tmp_path)
    make_build(tmp_path, everybody[12:])
    run("aahq-build tsne", COMMANDS["tsne"], ["--work", str(tmp_path), "--style-encoder", str(encoder)])
    assert "12 faces keep their place on the earlier map, 2 were added" in capsys.readouterr().err
    after = positions(tmp_path)
    assert len(after) == 14
    pd.testing.assert_frame_equal(after.loc[before.index], before)


def test_features_are_computed_once_and_anew_after_realignment(work: Path, encoder: Path):
    map_faces(work, encoder)
    (first,) = shards_of(work)
    assert len(first.face_ids) == 12
    drawn_face(77).save(work / "faces" / f"{first.face_ids[3]}.png")
    map_faces(work, encoder)
    kept, added = shards_of(work)
    np.testing.assert_array_equal(kept.rows, first.rows)
    assert added.face_ids == [first.face_ids[3]] and (added.rows[0] != first.rows[3]).any()
    map_faces(work, encoder)
    assert len(shards_of(work)) == 2


def test_faces_larger_than_the_network_sees_are_averaged_down_first(work: Path, encoder: Path):
    """The encoder sees 32 px: faces of 64 px, and the same ones averaged beforehand, give the same codes."""
    map_faces(work, encoder)
    (large,) = shards_of(work)
    for path in (work / "faces").iterdir():
        Image.open(path).resize((32, 32), Image.Resampling.BOX).save(path)
    map_faces(work, encoder)
    small = shards_of(work)[-1]
    np.testing.assert_allclose(small.rows, large.rows, atol=0.02 * np.ptp(large.rows))


def test_any_number_of_workers_and_any_batch_gives_the_same_faces_in_the_same_order(work: Path, encoder: Path):
    map_faces(work, encoder)
    (alone,) = shards_of(work)
    for path in work.glob("map/features-*/*"):
        path.unlink()
    map_faces(work, encoder, "--workers", "3", "--batch", "5")
    (together,) = shards_of(work)
    assert together.face_ids == alone.face_ids
    np.testing.assert_allclose(together.rows, alone.rows, rtol=1e-3, atol=1e-4)


def test_a_missing_face_file_costs_one_row(work: Path, encoder: Path, capsys: pytest.CaptureFixture[str]):
    gone = aahq_builder.open(work).faces.path[4]
    (work / gone).unlink()
    assert map_faces(work, encoder) == 0
    assert "mapped 12 faces: 11 mapped, 1 unreadable" in capsys.readouterr().out


def test_rejected_and_removed_faces_are_not_on_the_map(tmp_path: Path, encoder: Path):
    shown = make_build(tmp_path, portraits(3))
    make_build(tmp_path, portraits(5, rejected="blur")[3:4] + portraits(5, status="removed")[4:])
    map_faces(tmp_path, encoder)
    assert set(positions(tmp_path).index) == {face.face_id for face in shown}


def test_one_face_is_in_no_cluster(tmp_path: Path, encoder: Path, capsys: pytest.CaptureFixture[str]):
    make_build(tmp_path, portraits(1))
    assert run("aahq-build tsne", COMMANDS["tsne"], ["--work", str(tmp_path), "--style-encoder", str(encoder)]) == 0
    said = capsys.readouterr()
    assert "mapped 1 faces: 1 mapped" in said.out
    assert "No clusters of style were found among 1 face; one has at least 5." in said.err
    assert len(pd.read_parquet(tmp_path / "map" / "map.parquet")) == 1


def test_an_empty_build_maps_nothing(tmp_path: Path, encoder: Path, capsys: pytest.CaptureFixture[str]):
    make_build(tmp_path, [])
    assert map_faces(tmp_path, encoder) == 0
    said = capsys.readouterr()
    assert "mapped 0 faces" in said.out
    assert "no map was made: the build has no kept faces; run aahq-build align" in said.err


def test_one_face_is_a_map(tmp_path: Path, encoder: Path):
    make_build(tmp_path, portraits(1))
    assert map_faces(tmp_path, encoder) == 0
    assert len(positions(tmp_path)) == 1
    assert "The map shows one face." in (tmp_path / "map" / "map.html").read_text()


def with_features(rows: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the faces, in the order of their ids, have these features."""
    left = list(rows)

    def extract(faces: np.ndarray) -> np.ndarray:
        return np.stack([left.pop(0) for _ in faces])

    features = StyleFeatures("fake", "Style is given.", (rows.shape[1],), extract)
    monkeypatch.setattr(stage, "open_style_features", lambda *_: features)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 3e38])
def test_features_that_are_no_finite_numbers_cost_one_face(
    bad: float, work: Path, encoder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    rows = np.random.default_rng(0).standard_normal((12, 6)).astype(np.float32)
    rows[3, 2] = bad
    with_features(rows, monkeypatch)
    assert map_faces(work, encoder) == 0
    said = capsys.readouterr()
    assert "mapped 12 faces: 11 mapped, 1 unmeasurable" in said.out
    assert said.err.count("its style features are not finite numbers; left out of the map") == 1
    assert len(positions(work)) == 11 and np.isfinite(positions(work)).all(axis=None)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 3e38])
def test_stored_features_of_an_older_version_that_are_no_numbers_are_measured_anew(
    bad: float, work: Path, encoder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    rows = np.random.default_rng(0).standard_normal((13, 6)).astype(np.float32)
    with_features(rows, monkeypatch)  # twelve for the first run, one for the second
    map_faces(work, encoder)
    (path,), (shard,) = shard_paths(work / "map" / "features-fake"), shards_of(work)
    shard.rows[3] = bad
    shard.write(path)
    assert map_faces(work, encoder) == 0
    assert "mapped 12 faces: 12 mapped" in capsys.readouterr().out
    _, added = shards_of(work)
    assert added.face_ids == [shard.face_ids[3]]
    np.testing.assert_array_equal(added.rows, rows[12:])
    assert np.isfinite(positions(work)).all(axis=None)


def test_an_encoder_that_gives_no_numbers_makes_no_map_and_says_so(
    work: Path, encoder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    with_features(np.full((12, 6), np.nan), monkeypatch)
    assert map_faces(work, encoder) == 0
    said = capsys.readouterr()
    assert "mapped 12 faces: 0 mapped, 12 unmeasurable" in said.out
    assert "no map was made: no face could be measured" in said.err


def test_equal_features_share_one_place_and_the_page_says_so(
    work: Path, encoder: Path, monkeypatch: pytest.MonkeyPatch
):
    with_features(np.ones((12, 6), dtype=np.float32), monkeypatch)
    assert map_faces(work, encoder) == 0
    assert len(positions(work).drop_duplicates()) == 1
    page = (work / "map" / "map.html").read_text()
    assert "12 faces have the same style features" in page
    assert "No clusters of style were found among 12 faces" in page


def test_a_dry_run_writes_nothing(work: Path, encoder: Path):
    assert map_faces(work, encoder, "--dry-run") == 0
    assert not (work / "map").exists()


@pytest.mark.parametrize("flags", [["--perplexity", "0"], ["--perplexity", "nan"], ["--components", "1"]])
def test_a_bad_setting_stops_before_any_work(work: Path, encoder: Path, flags: list[str]):
    assert map_faces(work, encoder, *flags) == 1
    assert not (work / "map").exists()


@pytest.mark.slow
def test_without_an_encoder_gram_features_draw_the_map_and_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    make_build(tmp_path, portraits(3))
    assert run("aahq-build tsne", COMMANDS["tsne"], ["--work", str(tmp_path), "--workers", "1"]) == 0
    words = capsys.readouterr().err
    assert "610,304 values" in words
    assert "too few for t-SNE" in words


@pytest.mark.slow
@pytest.mark.parametrize("signal_sent", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_was_ended_goes_on_where_it_was_and_ends_with_the_same_map(
    signal_sent: signal.Signals, tmp_path: Path, encoder: Path
):
    """One shard of four is full when a kill comes; an interrupt keeps the two others that were measured, too."""
    for name in ("undisturbed", "ended"):
        make_build(tmp_path / name, portraits(9))
    alike = ["--style-encoder", str(encoder), "--batch", "1", "--workers", "1", "--quiet", "--work"]
    run("aahq-build tsne", COMMANDS["tsne"], [*alike, str(tmp_path / "undisturbed")])
    words = [sys.executable, "-c", SLOWLY, *alike, str(tmp_path / "ended")]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline() == b"6\n"
        process.send_signal(signal_sent)
    ended = shards_of(tmp_path / "ended")
    assert [len(shard.face_ids) for shard in ended] == ([4] if signal_sent == signal.SIGKILL else [4, 2])
    assert map_faces(tmp_path / "ended", encoder, "--batch", "1") == 0
    done = [face_id for shard in shards_of(tmp_path / "ended") for face_id in shard.face_ids]
    assert len(done) == len(set(done)) == 9, "nothing is computed twice"
    pd.testing.assert_frame_equal(positions(tmp_path / "ended"), positions(tmp_path / "undisturbed"))


SLOWLY = """
import sys, time
from aahq_builder import cli
from aahq_builder.tsne import store
from aahq_builder.tsne.store import FeatureStore
from blendgan.command import run
store.SHARD_FACES = 4
stored, plain = [], FeatureStore.add
def add(self, face, features):
    plain(self, face, features)
    stored.append(face)
    if len(stored) == 6:
        print(6, flush=True)
        time.sleep(60)
FeatureStore.add = add
sys.exit(run("aahq-build tsne", cli.COMMANDS["tsne"], sys.argv[1:]))
"""
"""`aahq-build tsne` with small shards that waits for its end after six faces."""


def shards_of(work: Path) -> list[Shard]:
    shards = [read_shard(path) for path in sorted(work.glob("map/features-*/shard-*"))]
    return [shard for shard in shards if shard]
