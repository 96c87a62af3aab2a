"""A Ray cluster of two nodes on this machine, and what the tests have it do, one after the other.

A program of its own, because Ray asks the system for its address, which the tests' network guard refuses; one for all
tests, because a cluster takes longer to start than they take. Ray believes in the GPU that the second node has.
"""

import json
import sys
import traceback
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from ray.cluster_utils import Cluster

from aahq_builder.align.config import AlignConfig
from aahq_builder.align.stage import run
from aahq_builder.engine import Outcome
from aahq_builder.errors import UserError
from aahq_builder.ray_engine import run_ray
from blendgan.console import Console
from tests.aahq_builder.test_engine import killed_once, killer, sleeper

ANSWERS = "answers.json"


def main() -> None:
    """Write what each scene gives, or its traceback, into `answers.json` of the folder in the first argument."""
    folder = Path(sys.argv[1])
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    cluster.add_node(num_cpus=1, num_gpus=1)
    answers: dict[str, object] = {}
    try:
        for scene in SCENES:
            try:
                answers[scene.__name__] = scene(cluster.address, folder)
            except Exception:  # noqa: BLE001 - the test that looks for the answer sees it
                answers[scene.__name__] = traceback.format_exc()
    finally:
        cluster.shutdown()
    (folder / ANSWERS).write_text(json.dumps(answers))


def plain(outcomes: Iterable[Outcome]) -> dict[str, object]:
    """What became of each item: its result, or the kind of its error."""
    return {str(each.item): str(each.error.kind) if each.error else each.result for each in outcomes}


def aligned(address: str, folder: Path) -> None:
    """Align the build that a test has put into `ray/`."""
    run(AlignConfig(work=folder / "ray", size=64, workers=2, engine="ray", address=address), Console(verbosity=-1))


def one_kill(address: str, folder: Path) -> object:
    return plain(run_ray(partial(killed_once, folder / "killed"), range(6), 2, 60, address))


def deadly_item(address: str, folder: Path) -> object:
    return plain(run_ray(killer, range(8), 2, 60, address))


def late_item(address: str, folder: Path) -> object:
    return plain(run_ray(sleeper, range(4), 2, 15, address))


def with_gpu(address: str, folder: Path) -> object:
    return plain(run_ray(resources, range(3), 2, 60, address, wants_gpu=True))


def without_gpu(address: str, folder: Path) -> object:
    return plain(run_ray(resources, range(3), 2, 60, address))


def setting_to_mend(address: str, folder: Path) -> str:
    try:
        list(run_ray(broken, range(3), 2, 60, address))
    except UserError as error:
        return str(error)
    return ""


SCENES: tuple[Callable[[str, Path], object], ...] = (
    aligned,
    one_kill,
    deadly_item,
    late_item,
    with_gpu,
    without_gpu,
    setting_to_mend,
)


def resources() -> Callable[[int], dict[str, float]]:
    import ray

    return lambda item: dict(ray.get_runtime_context().get_assigned_resources())


def broken() -> Callable[[int], int]:
    raise UserError("the model file is missing")


if __name__ == "__main__":
    main()
