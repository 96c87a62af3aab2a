"""What the clusters tell: files that other programs read, and sentences."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aahq_builder.tsne.cluster_table import describe_clusters
from aahq_builder.tsne.findings import Findings, find, in_words, table_in_words, write
from aahq_builder.tsne.gaps import SourceState
from aahq_builder.tsne.shown import MapFace

HOSTILE = "=HYPERLINK(\"http://x\")\n<script>alert('Ann')</script>"


def face(number: int, cluster: int, *, artist: str = "Ann", distance: float = 0.5, source: str = "met") -> MapFace:
    name = f"{source}-{number:016x}"
    scores = {"sharpness": float(number)}
    return MapFace(f"{name}-0", name, 0, 0, "t", artist, "CC0-1.0", source, "", b"", cluster, distance, scores=scores)


@pytest.fixture
def found() -> Findings:
    """Three clusters of 6, 5 and 2 faces, and two strangers; the first two faces are nearly the same."""
    faces = [
        *(face(number, 1, artist=HOSTILE) for number in range(6)),
        *(face(number, 4, artist="Ann" if number % 2 else "Bob") for number in range(6, 11)),
        *(face(number, 9, source="aic") for number in (11, 12)),
        face(13, -1, distance=1.5),
        face(14, -1, distance=3.0),
    ]
    indices = np.array([[1], [0], *([index - 1] for index in range(2, 15))])
    distances = np.array([[0.1], [0.1], *([1.0] for _ in range(2, 15))])
    clusters = describe_clusters(faces, {1: faces[0].face_id, 4: faces[7].face_id, 9: faces[11].face_id})
    return find(faces, clusters, (indices, distances), {"aic": SourceState(4, 40, False)})


def test_the_files_are_read_back_as_they_were_meant(tmp_path: Path, found: Findings):
    write(tmp_path, found)
    table = pd.read_parquet(tmp_path / "clusters.parquet")
    assert table.cluster.tolist() == [1, 4, 9]
    assert table.num_faces.tolist() == [6, 5, 2]
    assert table.artists[1].tolist() == [{"name": "Bob", "faces": 3}, {"name": "Ann", "faces": 2}]
    assert table.only_artist.tolist()[::2] == [HOSTILE, "Ann"] and pd.isna(table.only_artist[1])
    assert table.is_sparse.tolist() == [False, False, True]
    assert table.supplies[2].tolist() == [
        {"source": "aic", "faces": 2, "waiting": 40, "expected": 20.0, "goes_on": False}
    ]
    assert table.faces[2].tolist() == [found.faces[11].face_id, found.faces[12].face_id]
    assert table.mean_sharpness.tolist() == [2.5, 8.0, 11.5]
    (pair,) = pd.read_parquet(tmp_path / "alike.parquet").to_dict("records")
    assert pair == {
        "first": found.faces[0].face_id,
        "second": found.faces[1].face_id,
        "artist": HOSTILE,
        "distance": pytest.approx(0.1),
    }
    assert (tmp_path / "far.txt").read_text() == f"{found.faces[14].face_id}\n"


def test_files_of_an_earlier_map_do_not_outlive_it(tmp_path: Path, found: Findings):
    write(tmp_path, found)
    nothing = find([], [], (np.zeros((0, 0), dtype=int), np.zeros((0, 0))), {})
    write(tmp_path, nothing)
    assert len(pd.read_parquet(tmp_path / "clusters.parquet")) == 0
    assert len(pd.read_parquet(tmp_path / "alike.parquet")) == 0
    assert (tmp_path / "far.txt").read_text() == ""


def test_what_stands_out_is_said_in_sentences(found: Findings):
    held, sparse, artists, alike, far = in_words(found, 5)
    assert held == "3 clusters of style hold 13 of 15 faces."
    assert sparse == "1 style with few faces: cluster 9 (2; aic may bring about 20 more)."
    assert artists == f"2 clusters nearly all of one artist: {HOSTILE} (1); Ann (9)."
    assert alike.startswith("1 pair of one artist's faces")
    assert far.startswith("1 face far from every cluster")


def test_no_clusters_are_one_sentence(found: Findings):
    alone = Findings([face(0, -1)], [], {}, {}, [], [])
    assert in_words(alone, 5) == ["No clusters of style were found among 1 face; one has at least 5."]
    assert table_in_words([]) == []


def test_the_largest_clusters_are_named_and_the_others_counted(found: Findings):
    first, second, third = table_in_words(found.clusters)
    assert second.startswith("cluster 4: 5 faces, Bob 3 and 1 more, met 5, medoid met-")
    lines = table_in_words([*found.clusters] * 4)
    assert lines[:3] == [first, second, third]
    assert len(lines) == 9 and lines[-1] == "4 smaller clusters in clusters.parquet"
