"""Many items through a few processes: a bounded hand-out, results as they come, and a bad item that costs only itself.

A worker that dies gives its item a second try in a fresh process (a kill from outside is not the item's fault);
a worker that hangs is killed. Either way every item comes back with exactly one outcome.
"""

import multiprocessing
import os
import signal
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from aahq_builder.errors import ErrorKind, ItemError

Item = TypeVar("Item")
Result = TypeVar("Result")

MAX_TRIES = 2
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Outcome(Generic[Item, Result]):
    """What became of one item: a result, or the error that its row takes."""

    item: Item
    result: Result | None = None
    error: ItemError | None = None


def run_local(
    setup: Callable[[], Callable[[Item], Result]], items: Iterable[Item], workers: int, timeout_s: float
) -> Iterator[Outcome[Item, Result]]:
    """Apply `setup()` to every item in `workers` processes; outcomes come in the order of completion.

    `setup` runs once in each process, where it loads models; an exception there ends the run, because no
    item could succeed. Items are drawn only when a process is free.
    """
    source = iter(items)
    again: deque[tuple[Item, int]] = deque()
    pool = [_Worker(setup) for _ in range(workers)]
    try:
        while True:
            for worker in pool:
                if not worker.busy and (task := next_task(again, source)):
                    worker.give(*task)
            busy = [worker for worker in pool if worker.busy]
            if not busy:
                return
            _wait(busy, timeout_s)
            for worker in busy:
                if (outcome := worker.collect(timeout_s, again)) is not None:
                    yield outcome
    finally:
        for worker in pool:
            worker.stop()


def next_task(again: deque[tuple[Item, int]], source: Iterator[Item]) -> tuple[Item, int] | None:
    """The next item to hand out and which try it is; None when there is none left."""
    if again:
        return again.popleft()
    for item in source:
        return item, 1
    return None


def _wait(busy: list["_Worker"], timeout_s: float) -> None:
    """Sleep until a worker answers or dies, or the first deadline passes."""
    first_deadline = min(worker.started for worker in busy) + timeout_s
    wait([worker.pipe for worker in busy], timeout=max(0.0, first_deadline - time.monotonic()))


class _Worker:
    """A process and the item it has in hand."""

    def __init__(self, setup: Callable[[], Callable[[Any], Any]]) -> None:
        self.setup = setup
        self.task: tuple[Any, int] | None = None
        self.start()

    @property
    def busy(self) -> bool:
        return self.task is not None

    def start(self) -> None:
        context = multiprocessing.get_context("spawn")  # no locks or threads inherited from the parent
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, self.setup), daemon=True)
        with _one_thread_each():
            self.process.start()
        theirs.close()  # ours alone stays open, so that a dead worker reads as end of file
        self.ready = False
        self.started = time.monotonic()

    def give(self, item: Any, tries: int) -> None:
        self.task = (item, tries)
        self.started = time.monotonic()
        with suppress(OSError):  # a dead worker is noticed by `collect`
            self.pipe.send(item)

    def collect(self, timeout_s: float, again: deque[tuple[Any, int]]) -> Outcome[Any, Any] | None:
        """The outcome of the item in hand, if there is one; a dead or late process is replaced."""
        assert self.task is not None
        item, tries = self.task
        try:
            if self.pipe.poll():
                kind, value = self.pipe.recv()
                if kind == "ready":
                    self.ready, self.started = True, time.monotonic()
                    return None
                if kind == "broken":
                    raise value
                self.task = None
                return Outcome(item, value) if kind == "result" else Outcome(item, error=value)
        except (EOFError, ConnectionError):
            return self._crashed(item, tries, again)
        if time.monotonic() - self.started > timeout_s:
            self.restart()
            return Outcome(item, error=ItemError(ErrorKind.WORKER_TIMEOUT, f"no result after {timeout_s:g} s"))
        return None

    def _crashed(self, item: Any, tries: int, again: deque[tuple[Any, int]]) -> Outcome[Any, Any] | None:
        self.process.join()
        code = self.process.exitcode
        if not self.ready and tries >= MAX_TRIES:
            raise RuntimeError(f"worker processes die while starting (exit code {code})")
        self.restart()
        if tries < MAX_TRIES:
            again.append((item, tries + 1))
            return None
        return Outcome(item, error=ItemError(ErrorKind.WORKER_CRASH, f"the process died with exit code {code}"))

    def restart(self) -> None:
        self.task = None
        self.stop()
        self.start()

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _serve(pipe: Connection, setup: Callable[[], Callable[[Any], Any]]) -> None:
    """Life of a worker: load once, then one item after the other until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    try:
        work = setup()
    except Exception as error:  # noqa: BLE001 - handed to the parent, which raises it
        pipe.send(("broken", error))
        return
    with suppress(EOFError, ConnectionError):
        pipe.send(("ready", None))
        while True:
            pipe.send(attempt(work, pipe.recv()))


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
