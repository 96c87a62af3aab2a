"""Every item has exactly one outcome, whatever its worker does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from aahq_builder.engine import Outcome, run_local
from aahq_builder.errors import ErrorKind, ItemError, UserError


def outcomes(
    work: Callable[[], Callable[[int], object]], items: range, workers: int = 2, timeout_s: float = 60
) -> dict[int, Outcome[int, object]]:
    found = list(run_local(work, items, workers, timeout_s))
    assert len(found) == len(items)
    return {outcome.item: outcome for outcome in found}


def squares() -> Callable[[int], int]:
    return lambda item: item * item


@pytest.mark.parametrize("workers", [1, 3])
def test_every_item_comes_back_with_its_result(workers: int) -> None:
    found = outcomes(squares, range(20), workers)
    assert {item: outcome.result for item, outcome in found.items()} == {item: item * item for item in range(20)}


def killer() -> Callable[[int], int]:
    def work(item: int) -> int:
        if item == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    return work


def test_an_item_that_kills_its_worker_twice_costs_only_itself() -> None:
    found = outcomes(killer, range(8))
    error = found.pop(3).error
    assert error is not None and error.kind is ErrorKind.WORKER_CRASH
    assert all(outcome.result == item for item, outcome in found.items())


def killed_once(note: Path) -> Callable[[int], int]:
    def work(item: int) -> int:
        if item == 3 and not note.exists():
            note.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    return work


def test_a_worker_killed_from_outside_loses_nothing(tmp_path: Path) -> None:
    found = outcomes(partial(killed_once, tmp_path / "killed"), range(6))
    assert all(outcome.result == item for item, outcome in found.items())


def sleeper() -> Callable[[int], int]:
    def work(item: int) -> int:
        if item == 1:
            time.sleep(600)
        return item

    return work


def test_an_item_that_hangs_is_given_up_and_costs_only_itself() -> None:
    found = outcomes(sleeper, range(4), timeout_s=3)
    error = found.pop(1).error
    assert error is not None and error.kind is ErrorKind.WORKER_TIMEOUT
    assert all(outcome.result == item for item, outcome in found.items())


def slow_to_load() -> Callable[[int], int]:
    time.sleep(4)
    return lambda item: item


def test_the_time_in_which_a_worker_loads_is_not_the_items() -> None:
    found = outcomes(slow_to_load, range(2), workers=1, timeout_s=2)
    assert all(outcome.result == item for item, outcome in found.items())


def failing() -> Callable[[int], int]:
    def work(item: int) -> int:
        if item == 0:
            raise ItemError(ErrorKind.DECODE, "not a picture")
        return 10 // (item - 1)

    return work


def test_errors_keep_their_kind_and_defects_name_their_place() -> None:
    found = outcomes(failing, range(3), workers=1)
    known, unknown = found[0].error, found[1].error
    assert known is not None and (known.kind, known.detail) == (ErrorKind.DECODE, "not a picture")
    assert unknown is not None and unknown.kind is ErrorKind.WORKER_CRASH
    assert "ZeroDivisionError" in unknown.detail and "work" in unknown.detail
    assert found[2].result == 10


def broken() -> Callable[[int], int]:
    raise UserError("the model file is missing")


def test_a_worker_that_cannot_be_set_up_ends_the_run() -> None:
    with pytest.raises(UserError, match="model file"):
        list(run_local(broken, range(3), 2, 60))


def dying() -> Callable[[int], int]:
    os._exit(7)


def test_workers_that_die_while_starting_end_the_run_instead_of_looping() -> None:
    with pytest.raises(RuntimeError, match="exit code 7"):
        list(run_local(dying, range(3), 1, 60))


def test_items_are_drawn_only_when_a_worker_is_free() -> None:
    drawn = []

    def source() -> Iterator[int]:
        for item in range(50):
            drawn.append(item)
            yield item

    run = run_local(squares, source(), 2, 60)
    next(run)
    assert len(drawn) <= 5
    del run


PARENT = """
import sys, time
from aahq_builder.engine import run_local
from tests.aahq_builder.test_engine import one_that_notes_itself
from functools import partial
next(run_local(partial(one_that_notes_itself, sys.argv[1]), range(3), 1, 600))
"""


def one_that_notes_itself(note: str) -> Callable[[int], int]:
    Path(note).write_text(str(os.getpid()))
    return lambda item: time.sleep(600) or item


def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    note = tmp_path / "worker"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(note)])
    wait_until(lambda: note.exists() and note.read_text() != "")
    worker = int(note.read_text())
    parent.kill()
    parent.wait()
    wait_until(lambda: not alive(worker))


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def alive(process: int) -> bool:
    """Whether it runs; one that is dead may wait for its end to be noticed by whoever adopted it."""
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
