"""One rate limit per host: a token bucket that slows down when the host asks for it or grows slow itself."""

import threading
from dataclasses import dataclass, field

MAX_PAUSE_S = 600.0
MAX_SLOWDOWN = 64.0
SPEED_UP = 0.9
"""After each good answer the slowdown shrinks by this factor, down to none."""
LATENCY_MEMORY = 0.8
REQUESTS_IN_A_LATENCY = 4.0
"""A slow host gets no more than so many requests within the time of one answer."""


@dataclass(frozen=True)
class RatePolicy:
    """What a source asks of its visitors."""

    rate: float = 1.0
    """Requests per second and host."""
    in_flight: int = 4
    """Requests at a time and host."""
    robots_on_listing: bool = True
    """False where the site's published rules for its API stand in place of a robots file that forbids all."""


@dataclass
class Bucket:
    """When the next request to one host may start. Times are seconds of a monotonic clock, given from outside."""

    rate: float
    """Requests per second that are never exceeded; 0 is no limit."""
    min_interval_s: float = 0.0
    """The host's own Crawl-delay."""
    slowdown: float = 1.0
    lasting_slowdown: float = 1.0
    """What good answers do not take back: who has met a wall at one pace would meet it again."""
    latency_s: float = 0.0
    next_start: float = 0.0

    @property
    def interval_s(self) -> float:
        """Seconds between the starts of two requests."""
        if self.rate == 0:
            return 0.0
        interval = max(1.0 / self.rate, self.min_interval_s) * self.slowdown
        return max(interval, self.latency_s / REQUESTS_IN_A_LATENCY)

    def wait_s(self, now: float) -> float:
        """How long the next request has to wait."""
        return max(0.0, self.next_start - now)

    def take(self, now: float) -> float:
        """Reserve the next start; gives the seconds to wait until then."""
        start = max(now, self.next_start)
        self.next_start = start + self.interval_s
        return start - now

    def answered(self, latency_s: float) -> None:
        """Note a good answer."""
        self.latency_s = LATENCY_MEMORY * self.latency_s + (1 - LATENCY_MEMORY) * latency_s
        self.slowdown = max(self.lasting_slowdown, self.slowdown * SPEED_UP)

    def refused(self, now: float, retry_after_s: float | None) -> None:
        """Note a 429 or 503: halve the rate, and be silent for as long as the host asks."""
        self.slowdown = min(MAX_SLOWDOWN, self.slowdown * 2)
        if retry_after_s is not None:
            self.next_start = max(self.next_start, now + min(retry_after_s, MAX_PAUSE_S))

    def walled(self) -> None:
        """Note a wall: half the rate, for the rest of the run."""
        self.lasting_slowdown = min(MAX_SLOWDOWN, self.lasting_slowdown * 2)
        self.slowdown = max(self.slowdown, self.lasting_slowdown)


@dataclass
class Pace:
    """The buckets of all hosts, shared by the threads of a command."""

    rate: float
    buckets: dict[str, Bucket] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def expect(self, host: str, rate: float) -> None:
        """Ask `host` at most `rate` times a second, from its first request on."""
        with self.lock:
            self.buckets.setdefault(host, Bucket(rate))

    def wait_s(self, host: str, now: float) -> float:
        """How long a request to `host` would have to wait."""
        with self.lock:
            return self._bucket(host).wait_s(now)

    def interval_s(self, host: str) -> float:
        """Seconds between the starts of two requests to `host`."""
        with self.lock:
            return self._bucket(host).interval_s

    def take(self, host: str, now: float) -> float:
        """Reserve a request to `host`; gives the seconds to wait until it may start."""
        with self.lock:
            return self._bucket(host).take(now)

    def answered(self, host: str, latency_s: float) -> None:
        """Note a good answer of `host`."""
        with self.lock:
            self._bucket(host).answered(latency_s)

    def refused(self, host: str, now: float, retry_after_s: float | None) -> None:
        """Note that `host` has asked for fewer requests."""
        with self.lock:
            self._bucket(host).refused(now, retry_after_s)

    def walled(self, host: str) -> None:
        """Note that `host` has put up a wall."""
        with self.lock:
            self._bucket(host).walled()

    def keep_interval(self, host: str, min_interval_s: float) -> None:
        """Obey the Crawl-delay of `host`."""
        with self.lock:
            self._bucket(host).min_interval_s = min_interval_s

    def _bucket(self, host: str) -> Bucket:
        return self.buckets.setdefault(host, Bucket(self.rate))
