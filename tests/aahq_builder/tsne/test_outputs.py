"""What the map says of a face beside its place: credit, scores, and what people decided."""

from pathlib import Path

import numpy as np

from aahq_builder.decisions import KEEP, REJECT, decide
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Face, Score
from aahq_builder.tsne.outputs import describe
from aahq_builder.tsne.shown import MapFace
from tests.drawn_build import make_build, portraits


def described(work: Path) -> dict[str, MapFace]:
    with Journal(work / "aahq.sqlite") as journal:
        faces = list(journal.select(Face, "TRUE ORDER BY face_id"))
        artworks = {artwork.artwork_id: artwork for artwork in journal.select(Artwork)}
        shown = describe(journal, faces, artworks, np.zeros((len(faces), 2)), [b""] * len(faces))
    return {face.face_id: face for face in shown}


def test_faces_bring_their_scores_and_what_people_decided(tmp_path: Path):
    make_build(tmp_path, portraits(4))
    with Journal(tmp_path / "aahq.sqlite") as journal:
        first, second, third, _ = (face.face_id for face in journal.select(Face, "TRUE ORDER BY face_id"))
        journal.execute("DELETE FROM scores")
        journal.insert(
            [Score(face_id=first, name=name, value=value, version="1") for name, value in (("a", 0.5), ("b", 2))]
        )
        decide(journal, [first, second], "Ada", KEEP)
        decide(journal, [second, third], "Ada", REJECT, reason="no face")
    faces = described(tmp_path)
    assert [face.decision for face in faces.values()] == ["keep", "reject", "reject", ""]
    assert [face.scores for face in faces.values()] == [{"a": 0.5, "b": 2.0}, {}, {}, {}]
