"""Run a function as two processes of one training, over gloo on loopback."""

import os
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.multiprocessing

from blendgan.training.parallel.distributed import World, joined_world

Work = Callable[[World], Any]


def results_of_two(work: Work, folder: Path, timeout_s: float = 300, patience_s: float = 300) -> list[Any]:
    """What `work` gives in each process (tensors and plain values); `work` must be picklable."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    torch.multiprocessing.spawn(_process, (work, port, str(folder), timeout_s, patience_s), nprocs=2)
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(2)]


def _process(rank: int, work: Work, port: int, folder: str, timeout_s: float, patience_s: float) -> None:
    os.environ |= {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    torch.set_num_threads(1)
    with joined_world("cpu", timedelta(seconds=timeout_s), timedelta(seconds=patience_s)) as world:
        torch.save(work(world), Path(folder) / f"{rank}.pt")
    names = {task.read_text().strip() for task in Path("/proc/self/task").glob("*/comm")}
    assert not [name for name in names if "gloo" in name], "a thread that outlives the world aborts Python's end"
