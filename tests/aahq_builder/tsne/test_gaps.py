"""Gaps and repetitions of small maps, counted by hand."""

from dataclasses import replace

import numpy as np
import pytest

from aahq_builder.tsne.cluster_table import describe_clusters
from aahq_builder.tsne.gaps import SourceState, Supply, alike, far_faces, is_sparse, only_artist, supplies
from aahq_builder.tsne.project import nearest_neighbours
from aahq_builder.tsne.shown import NO_CLUSTER, UNKNOWN_ARTIST, Cluster, MapFace


def face(name: str, **facts: object) -> MapFace:
    plain = MapFace(f"{name}-0", name, 0.0, 0.0, "t", "Ann", "CC0-1.0", "met", "", b"")
    return replace(plain, **facts)  # type: ignore[arg-type]


def cluster(size: int, **facts: object) -> Cluster:
    plain = Cluster(1, "m", size, [("met", size)], [("Ann", size)], {})
    return replace(plain, **facts)  # type: ignore[arg-type]


def test_clusters_are_described_by_their_faces_the_largest_first():
    faces = [
        face("a", cluster=7, artist="Bob", scores={"sharpness": 1.0}),
        face("b", cluster=4, source="aic", scores={"sharpness": 2.0, "contrast": 8.0}),
        face("c", cluster=4, artist="Bob", scores={"sharpness": 4.0}),
        face("d"),
        face("e", cluster=4, artist="Bob", source="aic"),
    ]
    first, second = describe_clusters(faces, {4: "c-0", 7: "a-0"})
    assert first == Cluster(
        4, "c-0", 3, [("aic", 2), ("met", 1)], [("Bob", 2), ("Ann", 1)], {"contrast": 8.0, "sharpness": 3.0}
    )
    assert second == Cluster(7, "a-0", 1, [("met", 1)], [("Bob", 1)], {"sharpness": 1.0})


def test_sparse_is_below_half_the_median():
    clusters = [cluster(size) for size in (40, 20, 10, 9)]  # the median is 15
    assert [is_sparse(each, clusters) for each in clusters] == [False, False, False, False]
    clusters = [cluster(size) for size in (40, 20, 9)]
    assert [is_sparse(each, clusters) for each in clusters] == [False, False, True]


def test_a_source_is_expected_to_bring_what_it_brought_so_far():
    sparse = cluster(10, sources=[("met", 6), ("aic", 2), ("smk", 1), ("nga", 1)])
    states = {
        "met": SourceState(fetched=600, waiting=50, goes_on=False),  # 6 of 600, so 0.5 of 50
        "aic": SourceState(fetched=100, waiting=400, goes_on=True),  # 2 of 100, so 8 of 400
        "smk": SourceState(fetched=10, waiting=0, goes_on=True),
        "nga": SourceState(fetched=10, waiting=0, goes_on=False),
        "cleveland": SourceState(fetched=10, waiting=900, goes_on=True),
    }
    assert supplies(sparse, states) == [
        Supply("aic", 2, 400, 8.0, True),
        Supply("met", 6, 50, 0.5, False),
        Supply("smk", 1, 0, 0.0, True),
    ]


@pytest.mark.parametrize(
    ("artists", "expected"),
    [
        ([("Ann", 9), ("Bob", 1)], "Ann"),
        ([("Ann", 8), ("Bob", 2)], None),
        ([(UNKNOWN_ARTIST, 10)], None),
    ],
)
def test_a_style_is_one_artists_from_nine_tenths_on(artists: list[tuple[str, int]], expected: str | None):
    assert only_artist(cluster(10, artists=artists)) == expected


def test_alike_are_faces_of_one_artist_nearer_than_half_the_usual_distance():
    # nearest faces at 1, 1, 10, 10, 10, 1, 1 and 5: the usual distance is (1 + 5) / 2, alike is below 1.5
    places = np.array([[0.0], [1.0], [20.0], [30.0], [40.0], [60.0], [61.0], [66.0]])
    names = ["Ann", "Ann", "Bob", "Bob", "Ann", "Ann", "Ann", "Ann"]
    faces = [face(str(number), artist=name) for number, name in enumerate(names)]
    near = nearest_neighbours(places, 3)
    assert alike(faces, *near) == [(0, 1, pytest.approx(1 / 3)), (5, 6, pytest.approx(1 / 3))]
    other_artist = [replace(faces[0], artist="Cid"), *faces[1:]]
    assert [pair[:2] for pair in alike(other_artist, *near)] == [(5, 6)]
    same_work = [replace(faces[0], artwork_id="1"), *faces[1:]]
    assert [pair[:2] for pair in alike(same_work, *near)] == [(5, 6)]
    nobody = [replace(each, artist=UNKNOWN_ARTIST) for each in faces]
    assert alike(nobody, *near) == []


def test_equal_faces_and_a_lonely_one_give_no_pairs():
    faces = [face(str(number)) for number in range(4)]
    assert alike(faces, *nearest_neighbours(np.ones((4, 2)), 3)) == []
    assert alike(faces[:1], *nearest_neighbours(np.ones((1, 2)), 3)) == []


def test_strangers_are_listed_the_farthest_first():
    faces = [
        face("a", distance=2.5),
        face("b", distance=2.0),
        face("c", distance=9.0),
        face("d", cluster=1, distance=1.0),
        face("e"),
    ]
    assert all(each.cluster == NO_CLUSTER for each in faces if each.face_id != "d-0")
    assert [each.face_id for each in far_faces(faces)] == ["c-0", "a-0"]
