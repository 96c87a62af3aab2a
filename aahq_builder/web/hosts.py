"""The breakers of all hosts, shared by the threads of a crawl, and what is said when one opens."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from aahq_builder.errors import ADVICE, ErrorKind
from aahq_builder.web.breaker import FAILURES_TO_OPEN, Breaker

SAID_FROM_S = 10.0
"""Shorter waits are not worth a word."""


@dataclass
class Hosts:
    """One breaker per host."""

    pause_s: float
    say: Callable[[str], None]
    breakers: dict[str, Breaker] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_s(self, host: str, now: float) -> float | None:
        """Seconds until `host` may be asked; None while a probe is under way or it is given up."""
        with self.lock:
            return self._breaker(host).wait_s(now)

    def given_up(self, host: str) -> bool:
        """Whether `host` is left alone for the rest of the run."""
        with self.lock:
            return self._breaker(host).given_up

    def cause(self, host: str) -> ErrorKind:
        """The kind of the failure by which `host` was given up."""
        with self.lock:
            return self._breaker(host).last_kind or ErrorKind.CONNECT

    def enter(self, host: str, now: float) -> bool:
        """Whether a request to `host` may start now; if so, it has."""
        with self.lock:
            breaker = self._breaker(host)
            if breaker.wait_s(now) != 0.0:
                return False
            breaker.started()
            return True

    def finished(self, host: str, kind: ErrorKind | None, now: float) -> None:
        """Note how a request to `host` ended."""
        with self.lock:
            breaker = self._breaker(host)
            if kind is None:
                breaker.succeeded()
            elif breaker.failed(kind, now):
                self.say(_sentence(host, breaker, now))

    def asked_for_silence(self, host: str, seconds: float, now: float) -> bool:
        """Note that `host` wants to be left alone for a time, and say so; True if that gives it up for this run."""
        with self.lock:
            breaker = self._breaker(host)
            if breaker.asked_for_silence(seconds, now) and seconds >= SAID_FROM_S:
                rest = " and is left alone for this run; its artworks wait" if breaker.given_up else ""
                self.say(f"{host} asks to be left alone for {duration(seconds)}{rest}")
            return breaker.given_up

    def _breaker(self, host: str) -> Breaker:
        return self.breakers.setdefault(host, Breaker(self.pause_s))


def _sentence(host: str, breaker: Breaker, now: float) -> str:
    advice = ADVICE[breaker.last_kind or ErrorKind.CONNECT]
    if breaker.given_up:
        return f"{host} still fails ({breaker.last_kind}) and is left alone for this run; its artworks wait: {advice}"
    pause = (breaker.open_until or now) - now
    failures = max(breaker.failures, FAILURES_TO_OPEN)
    return f"{host} has failed {failures} times in a row ({breaker.last_kind}); pausing it for {pause:.0f} s: {advice}"


def duration(seconds: float) -> str:
    """A time that a person can grasp: `90 s`, `45 min`, `24 h`, `12 days`."""
    for below_s, unit_s, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < below_s:
            return f"{seconds / unit_s:.0f} {unit}"
    return f"{seconds / 86400:.0f} days"
