"""What a map lists beside its table goes with a removed work, whichever file of a killed run still names it."""

from pathlib import Path

import pytest

from aahq_builder.build import Build
from aahq_builder.journal import Journal
from aahq_builder.tsne.findings import Findings, write
from aahq_builder.tsne.forget import DRAWN_ANEW, forget
from aahq_builder.tsne.shown import Cluster, MapFace
from aahq_builder.workdir import WorkDir
from blendgan.console import Console

HERS, HIS, THEIRS = (f"met-{number:016x}" for number in range(3))


def face(artwork_id: str, cluster: int = 1) -> MapFace:
    return MapFace(f"{artwork_id}-0", artwork_id, 0, 0, "t", "a", "l", "met", "", b"", cluster, 3.0)


def findings(clustered: list[str], pair: list[str], far: list[str]) -> Findings:
    faces = [*map(face, clustered), *(face(name, -1) for name in pair)]
    clusters = [Cluster(1, faces[0].face_id, len(clustered), [("met", 1)], [("a", 1)], {})]
    pairs = [(len(clustered), len(clustered) + 1, 0.1)] if pair else []
    return Findings(faces, clusters, {}, {}, pairs, [face(name, -1) for name in far])


@pytest.mark.parametrize(
    "named",
    [
        findings([HERS, HIS], [], []),
        findings([HIS], [HIS, HERS], []),
        findings([HIS], [], [HERS]),
    ],
)
def test_one_file_that_names_the_work_takes_all_away(named: Findings, tmp_path: Path):
    workdir = WorkDir(tmp_path)
    write(workdir.map, named)
    for name in ("map.html", "map.png"):
        (workdir.map / name).write_text("nobody")
    with Journal(workdir.database) as journal:
        build = Build(workdir, journal, Console(verbosity=-1))
        assert forget(build, [THEIRS])["files"] == 0
        assert (workdir.map / "far.txt").exists()
        assert forget(build, [HERS])["files"] == len(DRAWN_ANEW)
        assert list(workdir.map.iterdir()) == []
        assert forget(build, [HERS])["files"] == 0


def test_a_damaged_file_of_which_nobody_can_tell_whom_it_names_goes(tmp_path: Path):
    workdir = WorkDir(tmp_path)
    write(workdir.map, findings([HIS], [], []))
    for name in ("map.parquet", "clusters.parquet", "alike.parquet"):
        (workdir.map / name).write_bytes(b"PAR1 of another time")
    with Journal(workdir.database) as journal:
        forget(Build(workdir, journal, Console(verbosity=-1)), [THEIRS])
    assert [path.name for path in workdir.map.iterdir()] == ["far.txt"]
