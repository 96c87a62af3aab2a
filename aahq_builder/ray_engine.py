"""The same work queue as `engine.run_local`, over the machines of a Ray cluster.

Workers are actors: each loads its models once. An actor that dies gives its item a second try in a fresh one, an actor
that hangs is killed. The work folder must lie where every node sees it under the same path, or originals and crops at
an address that all of them reach (`--files`).
"""

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from aahq_builder.engine import Assignment, Item, Outcome, Result, attempt, work_through
from aahq_builder.errors import UserError


class _Actor:
    """Life of an actor: load once, then one item after the other."""

    def __init__(self, setup: Callable[[], Callable[[Any], Any]]) -> None:
        self.work, self.broken = None, None
        try:
            self.work = setup()
        except UserError as error:
            self.broken = error

    def ready(self) -> UserError | None:
        """Answers once the models are loaded, with what the user must mend if they cannot be."""
        return self.broken

    def attempt(self, item: Any) -> tuple[str, Any]:
        """Result or error of one item."""
        assert self.work is not None, "not ready"
        return attempt(self.work, item)


def run_ray(
    setup: Callable[[], Callable[[Item], Result]],
    items: Iterable[Item],
    workers: int,
    timeout_s: float,
    address: str | None,
    *,
    wants_gpu: bool = False,
) -> Generator[Outcome[Item, Result], None, None]:
    """Apply `setup()` to every item in up to `workers` actors of the cluster at `address`; None starts one here.

    With `wants_gpu` the actors share the cluster's GPUs evenly, if it has any.
    """
    with _cluster(address) as ray:
        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        seats, share = seats_and_share(workers, [(node.get("CPU", 0), node.get("GPU", 0)) for node in nodes], wants_gpu)
        pool = [RayWorker(ray, setup, share) for _ in range(seats)]

        def wait_for_any(busy: Sequence[RayWorker], seconds: float) -> None:
            ray.wait([worker.call for worker in busy], timeout=seconds)

        yield from work_through(pool, items, timeout_s, wait_for_any)


def seats_and_share(workers: int, nodes: Sequence[tuple[float, float]], wants_gpu: bool) -> tuple[int, float]:
    """How many actors find a place on nodes with so many processors and GPUs, and which part of a GPU each asks for.

    More would wait for ever. Where there are GPUs and they are wanted, nodes without one stay idle.
    """
    gpus = sum(int(of_node) for _, of_node in nodes) if wants_gpu else 0
    if not gpus:
        return max(min(workers, sum(int(processors) for processors, _ in nodes)), 1), 0.0
    per_gpu = math.ceil(workers / gpus)
    return max(min(workers, sum(int(min(cpus, of_node * per_gpu)) for cpus, of_node in nodes)), 1), 1 / per_gpu


class RayWorker:
    """An actor somewhere in the cluster and the item it has in hand."""

    assignment: Assignment | None
    call: Any
    loading: Any
    """The actor's answer to whether it is ready; None once it has come."""

    def __init__(self, ray: Any, setup: Callable[[], Callable[[Any], Any]], gpu_share: float) -> None:
        self.ray, self.setup = ray, setup
        self.actor_class = ray.remote(num_cpus=1, num_gpus=gpu_share)(_Actor)
        self._start_actor()

    def give(self, assignment: Assignment) -> None:
        """Call the actor with the item."""
        self.assignment, self.started = assignment, time.monotonic()
        self.call = self.actor.attempt.remote(assignment.item)

    def collect(self, timeout_s: float, again: deque[Assignment]) -> Outcome[Any, Any] | None:
        """The outcome of the call, if there is one; a dead or late actor is replaced."""
        assert self.assignment is not None
        assignment = self.assignment
        if self.loading is not None and not self._loaded():
            self.started = time.monotonic()  # the item's time begins when the models are loaded
        if not self._answered(self.call):
            if time.monotonic() - self.started <= timeout_s:
                return None
            self._replace()
            return assignment.late(timeout_s)
        try:
            kind, value = self.ray.get(self.call)
        except self.ray.exceptions.RayActorError as error:
            if "creation task" in str(error):
                raise RuntimeError(f"workers cannot be set up: {error}") from error
            self._replace()
            return assignment.crashed(again, "the actor died")
        self.assignment = self.call = None
        return assignment.answered(kind, value)

    def _loaded(self) -> bool:
        """Whether the actor is ready; raises what the user must mend."""
        if not self._answered(self.loading):
            return False
        call, self.loading = self.loading, None
        with suppress(self.ray.exceptions.RayActorError):  # `collect` tells a dead actor by its call
            if broken := self.ray.get(call):
                raise broken
        return True

    def _replace(self) -> None:
        self.ray.kill(self.actor)
        self._start_actor()

    def _start_actor(self) -> None:
        self.actor = self.actor_class.remote(self.setup)
        self.loading = self.actor.ready.remote()
        self.call = None
        self.assignment = None
        self.started = time.monotonic()

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
