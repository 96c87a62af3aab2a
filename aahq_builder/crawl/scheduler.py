"""Which picture is begun next: many hosts at once, the one whose turn comes first, and so many of each at a time.

Pure but for what is given in: the rows wait in the journal (`draw`), pace and breakers are the client's (`next_start`).
"""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from aahq_builder.records import Artwork

IDLE_S = 0.5
"""Longest wait of the scheduler's owner between two looks."""
MAX_PAUSED = 4096
"""No picture is begun while so many have to wait in the middle of theirs, so that memory stays bounded."""

Work = TypeVar("Work")


@dataclass(frozen=True)
class HostPlan:
    """How one host may be used."""

    max_in_flight: int
    interval_s: float = 0.0
    """Seconds between the beginnings of two of its pictures."""


@dataclass
class _Lane:
    """One host that has pictures waiting in the journal, in hand, or both."""

    plan: HostPlan
    in_flight: int = 0
    is_queued: bool = False


@dataclass
class Scheduler(Generic[Work]):
    """Every operation costs the logarithm of the number of hosts at most."""

    draw: Callable[[str], Artwork | None]
    """The oldest row that waits for a host and was not drawn yet; None if there is none now."""
    next_start: Callable[[str, float], float | None]
    """When a host may be asked next; None if it is left alone for the rest of the run."""
    lanes: dict[str, _Lane] = field(default_factory=dict)
    queue: list[tuple[float, int, str]] = field(default_factory=list)
    """Start time, order of entry, host: hosts whose start has come take turns."""
    paused: list[tuple[float, int, Work]] = field(default_factory=list)
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    in_flight: int = 0
    """Pictures begun and not finished, paused ones included."""

    def wake(self, host: str, plan: HostPlan, now: float) -> None:
        """Note that the journal has rows for a host."""
        lane = self.lanes.setdefault(host, _Lane(plan))
        self._queue(host, lane, now)

    def begin(self, now: float) -> Artwork | None:
        """The next picture whose host may be asked now; it then counts as in flight until `finished`."""
        while self.queue and self.queue[0][0] <= now and len(self.paused) < MAX_PAUSED:
            _, _, host = heapq.heappop(self.queue)
            lane = self.lanes[host]
            lane.is_queued = False
            if lane.in_flight >= lane.plan.max_in_flight:
                continue  # queued again when one of them is finished
            start = self.next_start(host, now)
            if start is not None and start > now:
                self._queue(host, lane, start)
                continue
            artwork = self.draw(host) if start is not None else None
            if artwork is None:
                self._forget_idle(host, lane)
                continue
            lane.in_flight += 1
            self.in_flight += 1
            self._queue(host, lane, now + lane.plan.interval_s)
            return artwork
        return None

    def finished(self, host: str, now: float) -> None:
        """Note that a picture of a host is done."""
        lane = self.lanes[host]
        lane.in_flight -= 1
        self.in_flight -= 1
        self._queue(host, lane, now)

    def pause(self, work: Work, until: float) -> None:
        """Put a picture aside that is in flight and must not go on before `until`."""
        heapq.heappush(self.paused, (until, next(self.numbers), work))

    def resume(self, now: float) -> Work | None:
        """A picture that may go on."""
        return heapq.heappop(self.paused)[2] if self.paused and self.paused[0][0] <= now else None

    def is_idle(self) -> bool:
        """Whether nothing is in hand and no host has anything that could be begun."""
        return not self.in_flight and not self.queue

    def wait_s(self, now: float) -> float:
        """Seconds until `begin` or `resume` may have something."""
        starts = [entries[0][0] for entries in (self.queue, self.paused) if entries]
        return min(IDLE_S, max(0.0, min(starts, default=now + IDLE_S) - now))

    def _queue(self, host: str, lane: _Lane, start: float) -> None:
        if not lane.is_queued:
            lane.is_queued = True
            heapq.heappush(self.queue, (start, next(self.numbers), host))

    def _forget_idle(self, host: str, lane: _Lane) -> None:
        if not lane.in_flight:
            del self.lanes[host]
