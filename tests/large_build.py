"""A build of very many faces, all of one drawn picture: for tests and benchmarks of size, not of looks."""

from pathlib import Path

import numpy as np

from aahq_builder.journal import Journal
from aahq_builder.records import Score
from aahq_builder.workdir import WorkDir
from tests.drawn_build import Portrait, artwork_of, face_of


def make_large_build(folder: Path, count: int) -> None:
    """Fill `folder` with `count` faces and two random scores each."""
    workdir = WorkDir(folder)
    artwork = artwork_of(Portrait(0), workdir)
    face = face_of(artwork, Portrait(0), workdir)
    random = np.random.default_rng(0).random((count, 2)).tolist()
    with Journal(workdir.database) as journal, journal.transaction():
        journal.insert([artwork, face])
        names = [name for (name,) in journal.execute("SELECT name FROM pragma_table_info('faces')")]
        columns = ", ".join("printf('met-%016x-0', value)" if name == "face_id" else name for name in names)
        journal.execute(
            "WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ?) "
            f"INSERT INTO faces SELECT {columns} FROM n, faces WHERE face_id = ?",
            [count - 1, face.face_id],
        )
        ids = [face_id for (face_id,) in journal.execute("SELECT face_id FROM faces")]
        scores = [
            (face_id, name, value)
            for face_id, values in zip(ids, random, strict=True)
            for name, value in zip(("sharpness", "contrast"), values, strict=True)
        ]
        journal.connection.executemany(
            f"INSERT INTO {Score.table} (face_id, name, value, version) VALUES (?, ?, ?, '1')", scores
        )
