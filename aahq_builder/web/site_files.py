"""What a site says about itself as a whole: `robots.txt` (RFC 9309) and `/.well-known/tdmrep.json`, kept for a day."""

import datetime
import json
import threading
import time
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from protego import Protego

from aahq_builder.build import now
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import SiteFile
from aahq_builder.rights import optout
from aahq_builder.rights.rules import Signal, SignalName
from aahq_builder.web.failures import FetchError, HostGivenUpError, UnreadSignalError
from aahq_builder.web.fetch import HttpRequest
from aahq_builder.web.polite import PoliteClient, as_it_is
from aahq_builder.web.url_safety import host_key
from aahq_builder.web.waiting import Visit, Wait

KEPT_FOR = datetime.timedelta(hours=24)
MAX_SITE_FILE_BYTES = 512 * 1024
"""RFC 9309 asks crawlers to read at least 500 KiB."""

STATES_NOTHING = {
    ErrorKind.HTTP_401: 401,
    ErrorKind.HTTP_403: 403,
    ErrorKind.HTTP_404: 404,
    ErrorKind.HTTP_410: 410,
    ErrorKind.HTTP_4XX: 400,
    ErrorKind.REDIRECTS: 400,
}
"""Answers by which a site says that it has no such file (RFC 9309, 2.3.1.3)."""
ANSWERS = frozenset({ErrorKind.HTTP_5XX, ErrorKind.HTTP_429, ErrorKind.HTTP_CHALLENGE, ErrorKind.SIGNAL_UNREAD})
"""A site that answers so does exist: a signal that it does not give is an unread one."""
MAX_ANSWER_BYTES = 4 << 20
BEING_READ_WAIT_S = 0.05
"""How often to look whether another request for the same file has ended."""


@dataclass
class SiteRules:
    """The wishes of all sites seen, shared by the threads of a command."""

    client: PoliteClient
    agent: str
    """The product name that robots files address."""
    keep: Callable[[SiteFile], None]
    """Called with every file newly read, so that the journal can keep it."""
    files: dict[str, SiteFile] = field(default_factory=dict)
    parsed: dict[str, tuple[SiteFile, Protego]] = field(default_factory=dict)
    """By address: the file that was parsed last, and its rules."""
    being_read: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def signals(self, url: str, names: Container[SignalName]) -> Visit[list[Signal]]:
        """What the site of an address says about itself as a whole, as far as `names` has it.

        An error names the signal that could not be read.
        """
        readers = {"robots": self.robots, "tdmrep": self.tdmrep}
        signals = []
        try:
            for name, read in readers.items():
                if name in names:
                    signals.append((yield from read(url)))
        except HostGivenUpError:
            raise
        except ItemError as error:
            if error.kind not in ANSWERS:
                raise
            raise UnreadSignalError(error.kind, f"required signal not read: {error.detail}") from error
        return signals

    def robots(self, url: str) -> Visit[Signal]:
        """Whether the robots file of the address's site lets us ask for it."""
        origin = _origin(url)
        file = yield from self._file(f"{origin}/robots.txt")
        if file.status >= 400:
            return Signal("robots", "silent", f"status {file.status}", file.url, file.read_at)
        if line := optout.in_robots(file.body):
            return Signal("robots", "opt_out", line, file.url, file.read_at)
        rules = self._parse(file, origin)
        if not rules.can_fetch(url, self.agent):
            return Signal("robots", "forbidden", "disallowed", file.url, file.read_at)
        return Signal("robots", "silent", "allowed", file.url, file.read_at)

    def tdmrep(self, url: str) -> Visit[Signal]:
        """Whether the site reserves its text-and-data-mining rights for the address."""
        file = yield from self._file(f"{_origin(url)}/.well-known/tdmrep.json")
        try:
            rules = json.loads(file.body) if file.status < 400 else []
        except (ValueError, RecursionError):
            rules = []  # sites answer unknown paths with their front page: that states nothing
        reserved = optout.in_tdmrep(rules, urlsplit(url).path or "/")
        return Signal("tdmrep", "opt_out" if reserved else "silent", reserved or "", file.url, file.read_at)

    def _file(self, url: str) -> Visit[SiteFile]:
        """The file, read once a day; who wants the same one meanwhile waits for the first."""
        while True:
            with self.lock:
                kept = self.files.get(url)
                if kept and _is_fresh(kept):
                    return kept
                if url not in self.being_read:
                    self.being_read.add(url)
                    break
            yield Wait(time.monotonic() + BEING_READ_WAIT_S)
        try:
            status, body = yield from self._read(url)
        finally:
            with self.lock:
                self.being_read.discard(url)
        text = body[:MAX_SITE_FILE_BYTES].decode("utf-8", errors="replace") if status < 400 else ""
        file = SiteFile(url=url, status=status, body=text, read_at=now())
        with self.lock:
            self.files[url] = file
        self.keep(file)
        return file

    def _read(self, url: str) -> Visit[tuple[int, bytes]]:
        """Status and body; an error where the site does not answer the question."""
        request = HttpRequest(url, "text/plain,application/json,*/*", max_bytes=MAX_ANSWER_BYTES)
        try:
            reply = yield from self.client.get(request, as_it_is)
        except FetchError as error:
            if error.kind not in STATES_NOTHING:
                raise
            return STATES_NOTHING[error.kind], b""
        return reply.status, reply.body

    def _parse(self, file: SiteFile, origin: str) -> Protego:
        """The rules of a file; one that was read anew is parsed anew."""
        parsed_file, rules = self.parsed.get(file.url, (None, None))
        if rules is None or parsed_file is not file:
            rules = Protego.parse(file.body)
            if delay := rules.crawl_delay(self.agent):
                self.client.pace.keep_interval(host_key(origin), float(delay))
            self.parsed[file.url] = file, rules
        return rules


def _is_fresh(file: SiteFile) -> bool:
    return datetime.datetime.fromisoformat(file.read_at) > datetime.datetime.now(datetime.UTC) - KEPT_FOR


def _origin(url: str) -> str:
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc}"
