"""The breakers of all hosts, shared by the threads of a crawl, and what is said when one opens.

A host's pictures are a place of their own, since many sites give documents to programs and their pictures to browsers
only: a wall before the pictures leaves the listing free. What stops the host's documents stops its pictures, too.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from aahq_builder.errors import ADVICE, ErrorKind
from aahq_builder.web.breaker import COUNTED, FAILURES_TO_OPEN, WALLS, Breaker
from aahq_builder.web.fetch import HttpRequest
from aahq_builder.web.url_safety import host_key

SAID_FROM_S = 10.0
"""Shorter waits are not worth a word."""
PICTURES = " (pictures)"
NO_ANSWERS = COUNTED | WALLS | {ErrorKind.HTTP_429}
"""Failures after which a wish to be left alone still counts."""


def place_of(request: HttpRequest) -> str:
    """`HOST:PORT`, or `HOST:PORT (pictures)`: whose breaker counts a request."""
    return host_key(request.url) + (PICTURES if request.accept.startswith("image/") else "")


def pictures_of(host: str) -> str:
    """The place of a host's pictures."""
    return host.removesuffix(PICTURES) + PICTURES


@dataclass(frozen=True)
class Control:
    """An address that a place has given before, by which a wall is told from the refusal of one address."""

    place: str
    url: str


@dataclass
class Hosts:
    """One breaker per place."""

    pause_s: float
    say: Callable[[str], None]
    breakers: dict[str, Breaker] = field(default_factory=dict)
    remembered: set[str] = field(default_factory=set)
    """Places of which it is known whether they have answered in an earlier run."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_s(self, place: str, now: float) -> float | None:
        """Seconds until `place` may be asked; None while a probe is under way or it is given up."""
        with self.lock:
            return self._wait_s(place, now)

    def given_up(self, place: str) -> bool:
        """Whether `place` is left alone for the rest of the run."""
        with self.lock:
            return any(breaker.given_up for breaker in self._in_the_way(place))

    def cause(self, place: str) -> ErrorKind:
        """The kind of the failure by which `place` was given up."""
        with self.lock:
            kinds = [breaker.last_kind for breaker in self._in_the_way(place) if breaker.given_up]
            return next(filter(None, kinds), ErrorKind.CONNECT)

    def enter(self, place: str, now: float) -> bool:
        """Whether a request to `place` may start now; if so, it has."""
        with self.lock:
            if self._wait_s(place, now) != 0.0:
                return False
            self._breaker(place).started()
            return True

    def finished(self, place: str, kind: ErrorKind | None, now: float) -> None:
        """Note how a request to `place` ended."""
        with self.lock:
            breaker = self._breaker(place)
            if kind is None:
                breaker.succeeded()
            elif breaker.failed(kind, now):
                self.say(_sentence(place, breaker, now))
            if kind is None or kind not in NO_ANSWERS:
                self._breaker(place.removesuffix(PICTURES)).silence_s = 0.0

    def answered(self, place: str, url: str | None) -> None:
        """Note that a work was answered; `url` is the address, if it was answered well."""
        with self.lock:
            breaker = self._breaker(place)
            breaker.has_answered, breaker.good_url = True, url or breaker.good_url

    def answered_earlier(self, place: str, url: Callable[[], str | None]) -> None:
        """Note, once a place, an address that was answered well in an earlier run."""
        with self.lock:
            if place not in self.remembered:
                self.remembered.add(place)
                self._breaker(place).earlier_url = url()

    def has_met_wall(self, place: str) -> bool:
        """Whether a wall was seen before `place` in this run."""
        with self.lock:
            return self._breaker(place).has_met_wall

    def control(self, place: str, kind: ErrorKind, *, of_site: bool) -> Control | None:
        """What to ask for again after a refusal; None if nothing has answered before.

        The pictures of a host speak for its site files, too.
        """
        with self.lock:
            for each in (place, pictures_of(place)) if of_site else (place,):
                if url := self._breaker(each).control(kind):
                    return Control(each, url)
        return None

    def walled(self, place: str, kind: ErrorKind, now: float) -> bool:
        """Note a wall before `place`, and say so; True if that is news."""
        with self.lock:
            breaker = self._breaker(place)
            is_news = breaker.walled(kind, now)
            if is_news:
                self.say(_sentence(place, breaker, now))
            return is_news

    def asked_for_silence(self, host: str, seconds: float, now: float) -> bool:
        """Note that `host` wants to be left alone for a time, and say so; True if that gives it up for this run."""
        with self.lock:
            breaker = self._breaker(host)
            if breaker.asked_for_silence(seconds, now) and seconds >= SAID_FROM_S:
                rest = " and is left alone for this run; its artworks wait" if breaker.given_up else ""
                self.say(f"{host} asks to be left alone for {duration(seconds)}{rest}")
            return breaker.given_up

    def _breaker(self, place: str) -> Breaker:
        return self.breakers.setdefault(place, Breaker(self.pause_s))

    def _in_the_way(self, place: str) -> list[Breaker]:
        """The breaker of a place, and for pictures that of their host."""
        return [self._breaker(each) for each in dict.fromkeys((place, place.removesuffix(PICTURES)))]

    def _wait_s(self, place: str, now: float) -> float | None:
        waits = [breaker.wait_s(now) for breaker in self._in_the_way(place)]
        known = [wait for wait in waits if wait is not None]
        return max(known) if len(known) == len(waits) else None


def _sentence(place: str, breaker: Breaker, now: float) -> str:
    host, kind = place.removesuffix(PICTURES), breaker.last_kind or ErrorKind.CONNECT
    advice = ADVICE[kind]
    pause = (breaker.open_until or now) - now
    if kind in WALLS:
        refuses = f"{host} refuses {'its pictures' if place != host else 'to answer'} ({kind})"
        if breaker.given_up:
            hint = "try again later, with a lower --rate if it goes on" if breaker.control(kind) else advice
            return f"{refuses} and is left alone for this run; its artworks wait: {hint}"
        return f"{refuses}, which it did not before; pausing it for {pause:.0f} s, then asking half as often"
    if breaker.given_up:
        return f"{host} still fails ({breaker.last_kind}) and is left alone for this run; its artworks wait: {advice}"
    failures = max(breaker.failures, FAILURES_TO_OPEN)
    return f"{host} has failed {failures} times in a row ({breaker.last_kind}); pausing it for {pause:.0f} s: {advice}"


def duration(seconds: float) -> str:
    """A time that a person can grasp: `90 s`, `45 min`, `24 h`, `12 days`."""
    for below_s, unit_s, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < below_s:
            return f"{seconds / unit_s:.0f} {unit}"
    return f"{seconds / 86400:.0f} days"
