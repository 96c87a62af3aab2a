import os

import pytest
import torch

from blendgan.data.processes import default_workers, in_processes, own_cores


def squared(number: int) -> tuple[int, int]:
    return number**2, os.getpid()


def test_results_come_in_order_from_other_processes_and_draw_nothing_from_the_global_generator():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    found = list(in_processes(squared, range(20), workers=2))
    assert [square for square, _ in found] == [number**2 for number in range(20)]
    assert os.getpid() not in {process for _, process in found}
    assert len({process for _, process in found}) == 2
    assert torch.equal(torch.get_rng_state(), before)
    assert list(in_processes(squared, range(3), workers=0)) == [(0, os.getpid()), (1, os.getpid()), (4, os.getpid())]


def test_cores_are_shared_by_the_processes_of_a_machine_and_by_streams(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(64)), raising=False)
    assert (own_cores(), default_workers(), default_workers(streams=2)) == (64, 8, 4)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "16")
    assert (own_cores(), default_workers(), default_workers(streams=2)) == (4, 4, 2)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "100")
    assert (own_cores(), default_workers(), default_workers(streams=2)) == (1, 1, 1)
