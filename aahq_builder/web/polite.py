"""The one client of every command: each request takes its host's turn, is counted by its breaker and tried again here.

Listings, pages, robots files and pictures all come this way, and every hop of a redirect by itself: another host has
another turn and another breaker.
"""

import itertools
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.web.breaker import COUNTED, MAX_SILENCE_S, WALLS
from aahq_builder.web.failures import LONGEST_S, FetchError, HostGivenUpError, retry_after_s
from aahq_builder.web.fetch import Fetcher, HttpRequest, Redirected, Reply
from aahq_builder.web.hosts import SAID_FROM_S, Control, Hosts, duration, pictures_of, place_of
from aahq_builder.web.rate import Pace
from aahq_builder.web.retry import TRANSIENT, RetryPolicy
from aahq_builder.web.url_safety import host_key
from aahq_builder.web.waiting import Visit, Wait

MAX_REDIRECTS = 5
PICTURE = "image/*,*/*;q=0.5"
"""What a request for a picture accepts; such requests are counted apart from documents."""
PROBE_WAIT_S = 0.5
"""How often to look whether another request's probe of a host has ended."""

T = TypeVar("T")

Check = Callable[[str], Visit[None]]
"""Looks at an address before it is asked for, and may ask the site itself; raises `ItemError` to forbid it."""


def as_it_is(reply: Reply) -> Reply:
    """What `get` makes of an answer unless it is told otherwise."""
    return reply


@dataclass
class PoliteClient:
    """Shared by all threads of a command."""

    fetcher: Fetcher
    pace: Pace
    hosts: Hosts
    retry: RetryPolicy
    rng: random.Random = field(default_factory=random.Random)
    num_retries: int = 0

    def get(self, request: HttpRequest, parse: Callable[[Reply], T], check: Check | None = None) -> Visit[T]:
        """What `parse` makes of the answer, after redirects; an answer that it refuses is asked for again."""
        hops: tuple[Reply, ...] = ()
        for _ in range(MAX_REDIRECTS + 1):
            self.fetcher.guard.check(request.url)
            if check:
                yield from check(request.url)
            answer = yield from self._hop(request, partial(_parsed, parse, hops))
            if not isinstance(answer, Redirected):
                return answer
            hops = (*hops, answer.head)
            request = replace(request, url=answer.target)
        raise FetchError(ErrorKind.REDIRECTS, f"more than {MAX_REDIRECTS}, last to {request.url[:200]}")

    def next_start(self, host: str, now: float) -> float | None:
        """When `host` may be asked for a picture, s of the monotonic clock; None if never in this run."""
        if self.hosts.given_up(pictures_of(host)):
            return None
        breaker = self.hosts.wait_s(pictures_of(host), now)
        return now + max(PROBE_WAIT_S if breaker is None else breaker, self.pace.wait_s(host, now))

    def _hop(self, request: HttpRequest, parse: Callable[[Reply], T]) -> Visit[T | Redirected]:
        """One address, tried again as its errors allow."""
        host, place = host_key(request.url), place_of(request)
        is_refused_alone = False
        for tries in itertools.count(1):
            yield from self._turn(host, place)
            try:
                return self._counted(host, place, request, parse)
            except ItemError as error:
                control = self.hosts.control(place, error.kind, of_site=request.of_site)
                if not self._may_be_wall(request, place, error.kind, control):
                    yield Wait(time.monotonic() + self._pause_s(host, error, tries))
                elif is_refused_alone:
                    raise
                else:
                    self.pace.refused(host, time.monotonic(), None)
                    known = self._known(request, place, error, control)
                    is_refused_alone = yield from self._until_given(host, known)
        raise AssertionError("tries never end by themselves")

    def _turn(self, host: str, place: str) -> Visit[None]:
        """Wait until the place's breaker and the host's rate allow the next request."""
        while True:
            now = time.monotonic()
            if self.hosts.given_up(place):
                raise HostGivenUpError(self.hosts.cause(place), f"{host} is left alone for this run")
            pause = self.hosts.wait_s(place, now)
            if pause != 0.0:
                yield Wait(now + (PROBE_WAIT_S if pause is None else pause))
                continue
            if turn := self.pace.take(host, now):
                yield Wait(now + turn)
            if self.hosts.enter(place, time.monotonic()):
                return

    def _may_be_wall(self, request: HttpRequest, place: str, kind: ErrorKind, control: Control | None) -> bool:
        """Whether a refusal may say something about us instead of the address: always with a challenge's marks."""
        if kind is ErrorKind.HTTP_403 and control is not None:
            return not request.one_of_several or self.hosts.has_met_wall(place)
        return kind is ErrorKind.HTTP_CHALLENGE

    def _known(self, request: HttpRequest, place: str, error: ItemError, control: Control | None) -> HttpRequest:
        """The request that tells a wall from the refusal of one address; the error, where none can."""
        if control is None:
            self.hosts.walled(place, error.kind, time.monotonic())
            if self.hosts.given_up(place):
                raise HostGivenUpError(error.kind, f"{place} is left alone for this run") from error
            raise error
        accept = request.accept if control.place == place else PICTURE
        return HttpRequest(control.url, accept, request.headers, head_only=True)

    def _until_given(self, host: str, known: HttpRequest) -> Visit[bool]:
        """Ask for what was given before, at the host's turn, until it is given again: True if that is at once.

        `HostGivenUpError` when patience ends. While a wall stands nothing else is asked for: the breaker is open.
        """
        place, was_refused = place_of(known), False
        for tries in itertools.count(1):
            yield from self._turn(host, place)
            try:
                self._counted(host, place, known, as_it_is)
            except ItemError as error:
                if error.kind in WALLS:
                    was_refused = True
                    if self.hosts.walled(place, error.kind, time.monotonic()):
                        self.pace.walled(host)
                    continue
                if error.kind in TRANSIENT:
                    yield Wait(time.monotonic() + self._pause_s(host, error, tries))
                    continue
            return not was_refused
        raise AssertionError("tries never end by themselves")

    def _counted(self, host: str, place: str, request: HttpRequest, parse: Callable[[Reply], T]) -> T | Redirected:
        """One request, of which the place's breaker and the host's pace learn."""

        def note(status: int, headers: Mapping[str, str], latency_s: float) -> None:
            if status in (429, 503):
                self.pace.refused(host, time.monotonic(), retry_after_s(headers.get("Retry-After")))
            elif status != 403:
                self.pace.answered(host, latency_s)

        kind: ErrorKind | None = None
        try:
            answer = self.fetcher.ask(request, note)
            if isinstance(answer, Redirected):
                return answer
            parsed = parse(answer)
            if not request.of_site:
                self.hosts.answered(place, request.url)
            return parsed
        except ItemError as error:
            kind = error.kind
            if not request.of_site and kind not in COUNTED and kind not in WALLS:
                self.hosts.answered(place, None)
            raise
        finally:  # whatever else is raised says nothing about the host, but must not leave its probe open
            self.hosts.finished(place, kind, time.monotonic())

    def _pause_s(self, host: str, error: ItemError, tries: int) -> float:
        """How long to wait before the next try; raises the error if there is none."""
        asked_s = error.retry_after_s if isinstance(error, FetchError) else None
        if asked_s is not None and error.kind in TRANSIENT and self._is_too_long(host, asked_s):
            raise HostGivenUpError(error.kind, f"{host} asks to be left alone for {duration(asked_s)}") from error
        pause_s = self.retry.pause_s(error.kind, tries, asked_s, self.rng)
        if pause_s is None:
            raise error
        self.num_retries += 1
        return pause_s

    def _is_too_long(self, host: str, asked_s: float) -> bool:
        return self.hosts.asked_for_silence(host, asked_s, time.monotonic())

    def keep_interval(self, host: str, seconds: float) -> None:
        """Obey the Crawl-delay of a host; one that is longer than a visit makes sense is a wish to be left alone."""
        if seconds > MAX_SILENCE_S:
            self.hosts.asked_for_silence(host, min(seconds, LONGEST_S), time.monotonic())
        elif seconds > 0:
            if seconds >= SAID_FROM_S:
                self.hosts.say(f"{host} asks for {duration(seconds)} between two requests")
            self.pace.keep_interval(host, seconds)


def _parsed(parse: Callable[[Reply], T], hops: tuple[Reply, ...], reply: Reply) -> T:
    return parse(replace(reply, hops=hops))
