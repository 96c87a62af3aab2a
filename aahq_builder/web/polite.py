"""The requests of sources: one document at a time or a few side by side, polite, retried, under the robots file."""

import json
import queue
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast
from urllib.parse import urlencode

from bs4 import BeautifulSoup

from aahq_builder.build import now
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.rights import optout
from aahq_builder.rights.rules import Signal
from aahq_builder.web.failures import FetchError, HostGivenUpError
from aahq_builder.web.fetch import Check, Fetcher, Reply
from aahq_builder.web.hosts import Hosts
from aahq_builder.web.rate import RatePolicy
from aahq_builder.web.retry import RetryPolicy
from aahq_builder.web.site_files import SiteRules
from aahq_builder.web.url_safety import host_key

MAX_DOCUMENT_BYTES = 32 << 20
PROBE_WAIT_S = 0.5
BUSY_PAUSE_S = 5.0

T = TypeVar("T")
A = TypeVar("A")


@dataclass
class PoliteWeb:
    """What a source may ask for."""

    fetcher: Fetcher
    hosts: Hosts
    sites: SiteRules
    retry: RetryPolicy
    rate_policy: RatePolicy
    rate: float
    rng: random.Random = field(default_factory=random.Random)

    def json(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        is_busy: Callable[[object], bool] = lambda document: False,
    ) -> object:
        """Parse a JSON document; an HTML page in its place is an error, not an empty answer."""

        def parse(reply: Reply) -> object:
            document = parse_json(reply)
            if is_busy(document):
                raise FetchError(ErrorKind.HTTP_429, "the server says that it is busy", BUSY_PAUSE_S)
            return document

        return self._with_retries(_with_query(url, params), "application/json, text/plain, */*", parse)

    def html(self, url: str) -> tuple[BeautifulSoup, list[Signal]]:
        """A parsed page with what it and its headers say about rights."""
        reply = self._with_retries(url, "text/html,application/xhtml+xml", lambda reply: reply)
        soup = BeautifulSoup(reply.body, "lxml")
        opted_out = optout.in_headers(reply.headers) or optout.in_page(soup)
        return soup, [Signal("page", "opt_out" if opted_out else "silent", opted_out or "", reply.url, now())]

    def many(self, urls: Sequence[str]) -> list[object | ItemError]:
        """Several JSON documents side by side, in order; an error stands in the place of its document."""
        return side_by_side(self.json, urls, self.rate_policy.in_flight)

    def head(self, url: str, headers: Mapping[str, str], check: Check) -> Reply:
        """The headers of a picture, from a GET that is closed before the body; `check` sees every address first."""

        def once() -> Reply:
            return self.fetcher.get(url, accept="image/*,*/*;q=0.5", headers=headers, check=check, head_only=True)

        return self._repeat(lambda: self._counted(url, once))

    def _with_retries(self, url: str, accept: str, parse: Callable[[Reply], T]) -> T:
        """One document, tried again as its errors allow."""
        check = self._check_robots if self.rate_policy.robots_on_listing else None

        def once() -> Reply:
            return self.fetcher.get(url, accept=accept, check=check, max_bytes=MAX_DOCUMENT_BYTES)

        return self._repeat(lambda: parse(self._counted(url, once)))

    def _repeat(self, ask: Callable[[], T]) -> T:
        tries = 0
        while True:
            try:
                return ask()
            except ItemError as error:
                if isinstance(error, HostGivenUpError):
                    raise
                tries += 1
                retry_after_s = error.retry_after_s if isinstance(error, FetchError) else None
                pause = self.retry.pause_s(error.kind, tries, retry_after_s, self.rng)
                if pause is None:
                    raise
                time.sleep(pause)

    def _counted(self, url: str, ask: Callable[[], Reply]) -> Reply:
        """One request, of which the host's breaker learns."""
        host = host_key(url)
        self.fetcher.pace.expect(host, self.rate)
        self._wait_for(host)
        self.hosts.started(host)
        try:
            reply = ask()
        except ItemError as error:
            self.hosts.finished(host, error.kind, time.monotonic())
            raise
        self.hosts.finished(host, None, time.monotonic())
        return reply

    def _wait_for(self, host: str) -> None:
        """Sleep while the host's breaker is open."""
        while (pause := self.hosts.wait_s(host, time.monotonic())) != 0.0:
            if self.hosts.given_up(host):
                raise HostGivenUpError(ErrorKind.HTTP_5XX, f"{host} is left alone for this run after repeated failures")
            time.sleep(min(pause or PROBE_WAIT_S, PROBE_WAIT_S))

    def _check_robots(self, url: str) -> None:
        signal = self.sites.robots(url)
        if signal.finding == "forbidden":
            raise ItemError(ErrorKind.ROBOTS, f"{signal.where} forbids {url[:200]}")
        if signal.finding == "opt_out":
            raise ItemError(ErrorKind.OPT_OUT, f"{signal.where}: {signal.value}")


def parse_json(reply: Reply) -> object:
    """The JSON of an answer; some sites answer unknown addresses with a page and status 200."""
    try:
        return json.loads(reply.body)
    except ValueError as error:
        kind = reply.headers.get("Content-Type", "no type")
        raise ItemError(ErrorKind.DECODE, f"{reply.url[:200]} is no JSON ({kind})") from error


def side_by_side(function: Callable[[A], T], items: Sequence[A], num_threads: int) -> list[T | ItemError]:
    """`[function(item) for item in items]` in daemon threads, so that an interrupt need not wait for them."""
    results: list[T | ItemError | None] = [None] * len(items)
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for index in range(len(items)):
        waiting.put(index)

    def work() -> None:
        while True:
            try:
                index = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                results[index] = function(items[index])
            except ItemError as error:
                results[index] = error

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(num_threads, len(items)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return cast(list[T | ItemError], results)


def _with_query(url: str, params: Mapping[str, str | int] | None) -> str:
    return f"{url}?{urlencode(params)}" if params else url
