"""The same hand-out as `engine.run_local`, over the machines of a Ray cluster.

Workers are actors: each loads its models once. An actor that dies gives its item a second try in a fresh one, an actor
that hangs is killed. The work folder must lie where every node sees it under the same path.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from aahq_builder.engine import MAX_TRIES, Item, Outcome, Result, attempt, next_task
from aahq_builder.errors import ErrorKind, ItemError, UserError


class _RayWorker:
    """Life of an actor."""

    def __init__(self, setup: Callable[[], Callable[[Any], Any]]) -> None:
        self.work = setup()

    def ready(self) -> None:
        """Answers once the models are loaded."""

    def attempt(self, item: Any) -> tuple[str, Any]:
        """Result or error of one item."""
        return attempt(self.work, item)


def run_ray(
    setup: Callable[[], Callable[[Item], Result]],
    items: Iterable[Item],
    workers: int,
    timeout_s: float,
    address: str | None,
) -> Iterator[Outcome[Item, Result]]:
    """Apply `setup()` to every item in up to `workers` actors of the cluster at `address`; None starts one here."""
    source, again = iter(items), deque[tuple[Item, int]]()
    with _cluster(address) as ray:
        seats = min(
            workers, int(ray.cluster_resources().get("CPU", 1))
        )  # an actor without a processor would wait for ever
        pool = [_Seat(ray, setup) for _ in range(seats)]
        while True:
            for seat in pool:
                if seat.call is None and (task := next_task(again, source)):
                    seat.give(*task)
            busy = [seat for seat in pool if seat.call is not None]
            if not busy:
                return
            first_deadline = min(seat.started for seat in busy) + timeout_s
            ray.wait([seat.call for seat in busy], timeout=max(0.01, first_deadline - time.monotonic()))
            for seat in busy:
                if (outcome := seat.collect(timeout_s, again)) is not None:
                    yield outcome


class _Seat:
    """A place in the pool: an actor, and the call it is working on."""

    call: Any

    def __init__(self, ray: Any, setup: Callable[[], Callable[[Any], Any]]) -> None:
        self.ray, self.setup = ray, setup
        self.actor_class = ray.remote(num_cpus=1)(_RayWorker)
        self._seat_new_actor()

    def give(self, item: Any, tries: int) -> None:
        self.item, self.tries, self.started = item, tries, time.monotonic()
        self.call = self.actor.attempt.remote(item)

    def collect(self, timeout_s: float, again: deque[tuple[Any, int]]) -> Outcome[Any, Any] | None:
        """The outcome of the call, if there is one; a dead or late actor is replaced."""
        if self.loading and not self._answered(self.loading):
            self.started = time.monotonic()  # the item's time begins when the models are loaded
        if not self._answered(self.call):
            if time.monotonic() - self.started <= timeout_s:
                return None
            self._replace()
            return Outcome(self.item, error=ItemError(ErrorKind.WORKER_TIMEOUT, f"no result after {timeout_s:g} s"))
        try:
            kind, value = self.ray.get(self.call)
        except self.ray.exceptions.RayActorError as error:
            if "creation task" in str(error):
                raise RuntimeError(f"workers cannot be set up: {error}") from error
            self._replace()
            if self.tries >= MAX_TRIES:
                return Outcome(self.item, error=ItemError(ErrorKind.WORKER_CRASH, "the actor died"))
            again.append((self.item, self.tries + 1))
            return None
        self.call = None
        return Outcome(self.item, value) if kind == "result" else Outcome(self.item, error=value)

    def _replace(self) -> None:
        self.ray.kill(self.actor)
        self._seat_new_actor()

    def _seat_new_actor(self) -> None:
        self.actor = self.actor_class.remote(self.setup)
        self.loading = self.actor.ready.remote()
        self.call = None

    def _answered(self, call: Any) -> bool:
        return bool(self.ray.wait([call], timeout=0)[0])


@contextmanager
def _cluster(address: str | None) -> Iterator[Any]:
    """Ray, connected; the cluster itself stays if it was there before."""
    try:
        import ray
    except ImportError as error:
        raise UserError("--engine ray needs Ray; install it with: pip install 'aahq-blendgan[ray]'") from error
    local: dict[str, Any] = {"include_dashboard": False} if address is None else {}
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, **local)
    except ConnectionError as error:
        raise UserError(f"--address {address}: no Ray cluster answers there ({error})") from error
    try:
        yield ray
    finally:
        ray.shutdown()
