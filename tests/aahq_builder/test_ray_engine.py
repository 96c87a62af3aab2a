"""Ray gives the same rows and files as local processes, on two nodes, and survives the death of a worker."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aahq_builder.ray_engine import seats_and_share
from tests.aahq_builder.align.builds import align_here, assert_same, encoded, make_build
from tests.drawn_faces import draw_portrait

pytest.importorskip("ray")
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("workers", "nodes", "wants_gpu", "expected"),
    [
        (4, [(1, 0), (2, 0)], True, (3, 0.0)),  # no GPU anywhere: on the processors
        (2, [(8, 4)], False, (2, 0.0)),  # not wanted
        (2, [(8, 4)], True, (2, 1.0)),  # one each
        (8, [(8, 2)], True, (8, 0.25)),
        (3, [(8, 2)], True, (3, 0.5)),  # thirds of two GPUs would not all fit
        (8, [(1, 1), (16, 0)], True, (1, 0.125)),  # the GPU's node has one processor
    ],
)
def test_no_more_actors_are_started_than_find_processor_and_gpu(
    workers: int, nodes: list[tuple[float, float]], wants_gpu: bool, expected: tuple[int, float]
) -> None:
    assert seats_and_share(workers, nodes, wants_gpu) == expected


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a cluster of two nodes has left."""
    folder = tmp_path_factory.mktemp("ray")
    for name in ("ray", "local"):
        make_build(folder / name, [encoded(draw_portrait(seed)) for seed in range(3)] + [b"not a picture"])
    own = {"PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}
    command = [sys.executable, "-m", "tests.aahq_builder.two_nodes", str(folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=os.environ | own, timeout=800, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.fixture
def answers(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "answers.json").read_text())
    return found


@pytest.mark.slow
def test_rows_and_files_are_those_of_the_local_engine(folder: Path, answers: dict[str, object]) -> None:
    assert answers["aligned"] is None
    assert align_here(folder / "local") == 0
    assert_same(folder / "ray", folder / "local")


@pytest.mark.slow
def test_a_killed_ray_worker_loses_nothing_and_a_deadly_item_costs_only_itself(answers: dict[str, object]) -> None:
    assert answers["one_kill"] == {str(item): item for item in range(6)}
    assert answers["deadly_item"] == {**{str(item): item for item in range(8)}, "3": "worker_crash"}
    assert answers["late_item"] == {**{str(item): item for item in range(4)}, "1": "worker_timeout"}


@pytest.mark.slow
def test_actors_ask_for_their_part_of_a_gpu(answers: dict[str, object]) -> None:
    assert answers["with_gpu"] == {str(item): {"CPU": 1.0, "GPU": 0.5} for item in range(3)}
    assert answers["without_gpu"] == {str(item): {"CPU": 1.0} for item in range(3)}


@pytest.mark.slow
def test_a_setting_to_mend_ends_the_run(answers: dict[str, object]) -> None:
    assert answers["setting_to_mend"] == "the model file is missing"
