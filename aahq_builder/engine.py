"""Many items through a few processes: a bounded work queue, results as they come, a bad item costs only itself.

A worker that dies gives its item a second try in a fresh process (a kill from outside is not the item's fault);
a worker that hangs is killed. Either way every item comes back with exactly one outcome.
"""

import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, Protocol, TypeVar

from aahq_builder.errors import ErrorKind, ItemError, UserError

Item = TypeVar("Item")
Result = TypeVar("Result")

MAX_TRIES = 2
START_LIMIT_S = 600.0
"""Longest time in which a process must have loaded what it works with."""
SHORTEST_WAIT_S = 0.01
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Outcome(Generic[Item, Result]):
    """What became of one item: a result, or the error that its row takes."""

    item: Item
    result: Result | None = None
    error: ItemError | None = None


@dataclass(frozen=True)
class Assignment:
    """An item in the hands of a worker, and which try of it this is, from 1."""

    item: Any
    tries: int = 1

    def answered(self, kind: str, value: Any) -> Outcome[Any, Any]:
        """The outcome by what `attempt` has answered."""
        return Outcome(self.item, value) if kind == "result" else Outcome(self.item, error=value)

    def late(self, timeout_s: float) -> Outcome[Any, Any]:
        """The outcome of an item that was given up."""
        return Outcome(self.item, error=ItemError(ErrorKind.WORKER_TIMEOUT, f"no result after {timeout_s:g} s"))

    def crashed(self, again: deque["Assignment"], detail: str) -> Outcome[Any, Any] | None:
        """Queue the item for another try; its outcome if it has had them all."""
        if self.tries < MAX_TRIES:
            again.append(Assignment(self.item, self.tries + 1))
            return None
        return Outcome(self.item, error=ItemError(ErrorKind.WORKER_CRASH, detail))


class Worker(Protocol):
    """A process, here or elsewhere, that works on one item at a time."""

    assignment: Assignment | None
    """What it has in hand."""
    started: float
    """When the time of that item began (monotonic clock, s)."""

    def give(self, assignment: Assignment) -> None:
        """Begin with an item."""

    def collect(self, timeout_s: float, again: deque[Assignment]) -> Outcome[Any, Any] | None:
        """The outcome of the item in hand, if there is one; a dead or late process is replaced."""


WorkerT = TypeVar("WorkerT", bound=Worker)


def work_through(
    pool: Sequence[WorkerT],
    items: Iterable[Any],
    timeout_s: float,
    wait_for_any: Callable[[Sequence[WorkerT], float], object],
) -> Iterator[Outcome[Any, Any]]:
    """Apply the workers to every item; outcomes come in the order of completion.

    An item is drawn only when a worker is free. `wait_for_any(busy, seconds)` sleeps until one of the busy workers
    has answered or died, but not longer than given.
    """
    source, again = iter(items), deque[Assignment]()
    while True:
        for worker in pool:
            if worker.assignment is None and (assignment := _next(again, source)):
                worker.give(assignment)
        busy = [worker for worker in pool if worker.assignment is not None]
        if not busy:
            return
        first_deadline = min(worker.started for worker in busy) + timeout_s
        wait_for_any(busy, max(SHORTEST_WAIT_S, first_deadline - time.monotonic()))
        for worker in busy:
            if (outcome := worker.collect(timeout_s, again)) is not None:
                yield outcome


def _next(again: deque[Assignment], source: Iterator[Any]) -> Assignment | None:
    if again:
        return again.popleft()
    for item in source:
        return Assignment(item)
    return None


def attempt(work: Callable[[Any], Any], item: Any) -> tuple[str, Any]:
    """`("result", …)` or `("error", …)`: what a worker of any engine answers."""
    try:
        return "result", work(item)
    except ItemError as error:
        return "error", error
    except Exception as error:  # noqa: BLE001 - our defect or a library's, but only this item's loss
        place = traceback.extract_tb(error.__traceback__)[-1]
        detail = f"{type(error).__name__}: {error} ({place.name}, line {place.lineno})"
        return "error", ItemError(ErrorKind.WORKER_CRASH, detail)


def run_local(
    setup: Callable[[], Callable[[Item], Result]], items: Iterable[Item], workers: int, timeout_s: float
) -> Generator[Outcome[Item, Result], None, None]:
    """Apply `setup()` to every item in `workers` processes of this machine, which end with the generator.

    `setup` runs once in each process, where it loads models; an exception there ends the run, because no
    item could succeed.
    """
    pool = [LocalWorker(setup) for _ in range(workers)]
    try:
        yield from work_through(pool, items, timeout_s, _wait_for_any)
    finally:
        for worker in pool:
            worker.stop()


def _wait_for_any(busy: Sequence["LocalWorker"], seconds: float) -> None:
    wait([worker.pipe for worker in busy], timeout=seconds)


class LocalWorker:
    """A process of this machine and the item it has in hand."""

    def __init__(self, setup: Callable[[], Callable[[Any], Any]]) -> None:
        self.setup = setup
        self.assignment: Assignment | None = None
        self.start()

    def start(self) -> None:
        """Begin the process; it says `ready` once `setup` has returned."""
        context = multiprocessing.get_context("spawn")  # no locks or threads inherited from the parent
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, self.setup), daemon=True)
        with _one_thread_each():
            self.process.start()
        theirs.close()  # ours alone stays open, so that a dead worker reads as end of file
        self.ready = False
        self.started = self.born = time.monotonic()

    def give(self, assignment: Assignment) -> None:
        """Send the item; a dead process is noticed by `collect`."""
        self.assignment = assignment
        self.started = time.monotonic()
        with suppress(OSError):
            self.pipe.send(assignment.item)

    def collect(self, timeout_s: float, again: deque[Assignment]) -> Outcome[Any, Any] | None:
        """The outcome of the item in hand, if there is one; a dead or late process is replaced."""
        assert self.assignment is not None
        assignment = self.assignment
        try:
            if self.pipe.poll():
                kind, value = self.pipe.recv()
                if kind == "ready":
                    self.ready, self.started = True, time.monotonic()
                    return None
                if kind == "broken":
                    raise value
                self.assignment = None
                return assignment.answered(kind, value)
        except (EOFError, ConnectionError):
            return self._crashed(assignment, again)
        if not self.ready:
            self._wait_for_start()
        elif time.monotonic() - self.started > timeout_s:
            self.restart()
            return assignment.late(timeout_s)
        return None

    def _wait_for_start(self) -> None:
        """The item's time begins when the process is ready, however long it loads."""
        self.started = time.monotonic()
        if self.started - self.born > START_LIMIT_S:
            raise UserError(f"a worker process is still not ready after {START_LIMIT_S:g} s; try --workers 1")

    def _crashed(self, assignment: Assignment, again: deque[Assignment]) -> Outcome[Any, Any] | None:
        self.process.join()
        code = self.process.exitcode
        if not self.ready and assignment.tries >= MAX_TRIES:
            raise RuntimeError(f"worker processes die while starting (exit code {code})")
        self.restart()
        return assignment.crashed(again, f"the process died with exit code {code}")

    def restart(self) -> None:
        """Replace the process."""
        self.assignment = None
        self.stop()
        self.start()

    def stop(self) -> None:
        """Kill the process."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _serve(pipe: Connection, setup: Callable[[], Callable[[Any], Any]]) -> None:
    """Life of a worker: load once, then one item after the other until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    threading.Thread(target=_die_with_parent, daemon=True).start()
    try:
        work = setup()
    except Exception as error:  # noqa: BLE001 - handed to the parent, which raises it
        pipe.send(("broken", error))
        return
    with suppress(EOFError, ConnectionError):
        pipe.send(("ready", None))
        while True:
            pipe.send(attempt(work, pipe.recv()))


def _die_with_parent() -> None:
    """End at once when the parent is killed: a half-done item must not be written after others hold the folder."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let child processes start with one numerical thread: processes are the parallelism here."""
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
