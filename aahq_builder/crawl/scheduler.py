"""Which picture is asked for next: many hosts at once, each at its own pace. Pure but for the clock given in."""

import heapq
import itertools
from collections import deque
from dataclasses import dataclass, field

from aahq_builder.records import Artwork
from aahq_builder.web.hosts import Hosts
from aahq_builder.web.rate import Pace

IDLE_S = 0.5
"""Longest wait of the scheduler's owner between two looks."""


@dataclass(frozen=True)
class Task:
    """A picture to download."""

    artwork: Artwork
    tries: int = 0
    """Tries that have failed in this run."""

    @property
    def host(self) -> str:
        """Host and port, by which politeness is kept; '' for a local file."""
        return self.artwork.host or ""


@dataclass
class _Lane:
    """What waits for one host."""

    max_in_flight: int
    ready: deque[Task] = field(default_factory=deque)
    delayed: list[tuple[float, int, Task]] = field(default_factory=list)
    in_flight: int = 0
    ids: set[str] = field(default_factory=set)


class Scheduler:
    """Holds tasks per host and hands out those whose turn has come."""

    def __init__(self, pace: Pace, hosts: Hosts) -> None:
        self.pace, self.hosts = pace, hosts
        self.lanes: dict[str, _Lane] = {}
        self.order: deque[str] = deque()
        self.numbers = itertools.count()

    def add(self, task: Task, max_in_flight: int) -> None:
        """Queue a new task."""
        lane = self._lane(task.host, max_in_flight)
        lane.ready.append(task)
        lane.ids.add(task.artwork.artwork_id)

    def delay(self, task: Task, until: float) -> None:
        """Queue a task again that was in flight, not to start before `until`."""
        lane = self.lanes[task.host]
        lane.in_flight -= 1
        heapq.heappush(lane.delayed, (until, next(self.numbers), task))

    def finished(self, task: Task) -> None:
        """Note that a task is done."""
        lane = self.lanes[task.host]
        lane.in_flight -= 1
        lane.ids.discard(task.artwork.artwork_id)

    def queued(self, host: str) -> int:
        """Tasks of a host, in flight or not."""
        return len(self.lanes[host].ids) if host in self.lanes else 0

    def ids(self, host: str) -> set[str]:
        """Artworks of a host that are queued or in flight."""
        return set(self.lanes[host].ids) if host in self.lanes else set()

    def in_flight(self) -> int:
        """Tasks handed out and not finished."""
        return sum(lane.in_flight for lane in self.lanes.values())

    def next(self, now: float) -> Task | None:
        """The next task whose host may be asked now, hosts taking turns; it then counts as in flight."""
        for _ in range(len(self.order)):
            host = self.order[0]
            self.order.rotate(-1)
            if self._start_in_s(host, now) == 0.0:
                lane = self.lanes[host]
                self.pace.take(host, now)
                self.hosts.started(host)
                lane.in_flight += 1
                return lane.ready.popleft()
        return None

    def wait_s(self, now: float) -> float:
        """Seconds until `next` may have something."""
        return min((self._start_in_s(host, now) for host in self.lanes), default=IDLE_S)

    def _start_in_s(self, host: str, now: float) -> float:
        lane = self.lanes[host]
        while lane.delayed and lane.delayed[0][0] <= now:
            lane.ready.append(heapq.heappop(lane.delayed)[2])
        if lane.in_flight >= lane.max_in_flight or not (lane.ready or lane.delayed):
            return IDLE_S
        breaker = self.hosts.wait_s(host, now)
        if breaker is None:
            return IDLE_S
        retry = 0.0 if lane.ready else lane.delayed[0][0] - now
        return min(IDLE_S, max(breaker, retry, self.pace.wait_s(host, now)))

    def _lane(self, host: str, max_in_flight: int) -> _Lane:
        if host not in self.lanes:
            self.lanes[host] = _Lane(max_in_flight)
            self.order.append(host)
        return self.lanes[host]
