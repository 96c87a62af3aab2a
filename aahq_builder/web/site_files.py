"""What a site says about itself as a whole: `robots.txt` (RFC 9309), `tdmrep.json` and `ai.txt`, kept for a day."""

import codecs
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
from aahq_builder.rights import tdm, usage
from aahq_builder.rights.rules import Signal, SignalName
from aahq_builder.web.failures import FetchError, HostGivenUpError, UnreadSignalError
from aahq_builder.web.fetch import HttpRequest
from aahq_builder.web.polite import PoliteClient, as_it_is
from aahq_builder.web.recent import Recent
from aahq_builder.web.url_safety import host_key
from aahq_builder.web.waiting import Visit, Wait

KEPT_FOR = datetime.timedelta(hours=24)
MAX_SITE_FILE_BYTES = 512 * 1024
"""RFC 9309 asks crawlers to read at least 500 KiB; what lies beyond is left."""

STATES_NOTHING = {
    ErrorKind.HTTP_401: 401,
    ErrorKind.HTTP_403: 403,
    ErrorKind.HTTP_404: 404,
    ErrorKind.HTTP_410: 410,
    ErrorKind.HTTP_4XX: 400,
    ErrorKind.REDIRECTS: 400,
}
"""Answers by which a site says that it has no such file (RFC 9309, 2.3.1.3)."""
ANSWERS = frozenset(
    {
        ErrorKind.HTTP_5XX,
        ErrorKind.HTTP_429,
        ErrorKind.HTTP_CHALLENGE,
        ErrorKind.SIGNAL_UNREAD,
        ErrorKind.DECODE,
        ErrorKind.TRUNCATED,
    }
)
"""A site that answers so does exist: a signal that it does not give is an unread one."""
MEMORY_BYTES = 64 << 20
"""Of site files held in memory; what is dropped is looked up in the journal."""
ENTRY_BYTES = 1024
"""What a file without text costs."""
BEING_READ_WAITS_S = (0.05, 5.0)
"""How often to look whether another request for the same file has ended: first, and at longest, doubling in between."""


@dataclass
class SiteRules:
    """The wishes of all sites seen, shared by the threads of a command."""

    client: PoliteClient
    agent: str
    """The product name that robots files address."""
    keep: Callable[[SiteFile], None]
    """Called with every file newly read, so that the journal can keep it."""
    kept: Callable[[str], SiteFile | None] = lambda url: None
    """Where to look for a file that memory has not, before the site is asked for it."""
    files: Recent[SiteFile] = field(default_factory=lambda: Recent(MEMORY_BYTES))
    parsed: Recent[tuple[SiteFile, Protego]] = field(default_factory=lambda: Recent(MEMORY_BYTES // 8))
    """By address: the file that was parsed last, and its rules, which take far more memory than its text."""
    being_read: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def signals(self, url: str, names: Container[SignalName]) -> Visit[list[Signal]]:
        """What the site of an address says about itself as a whole, as far as `names` has it.

        An error names the signal that could not be read.
        """
        readers = {"robots": self.robots, "tdmrep": self.tdmrep, "ai_txt": self.ai_txt}
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
        if line := usage.in_robots(file.body, _path(url)):
            return Signal("robots", "opt_out", line, file.url, file.read_at)
        rules = self._parse(file, origin)
        if not rules.can_fetch(url, self.agent):
            return Signal("robots", "forbidden", "disallowed", file.url, file.read_at)
        return Signal("robots", "silent", "allowed", file.url, file.read_at)

    def tdmrep(self, url: str) -> Visit[Signal]:
        """Whether the site reserves its text-and-data-mining rights for the address."""
        file = yield from self._file(f"{_origin(url)}/.well-known/tdmrep.json")
        rules = _tdm_rules(file) if file.status < 400 else []
        reserved = tdm.in_tdmrep(rules, urlsplit(url).path or "/")
        return Signal("tdmrep", "opt_out" if reserved else "silent", reserved or "", file.url, file.read_at)

    def ai_txt(self, url: str) -> Visit[Signal]:
        """Whether the site refuses the address to data sets."""
        file = yield from self._file(f"{_origin(url)}/ai.txt")
        line = usage.in_ai_txt(file.body, _path(url)) if file.status < 400 else None
        return Signal("ai_txt", "opt_out" if line else "silent", line or "", file.url, file.read_at)

    def _file(self, url: str) -> Visit[SiteFile]:
        """The file, read once a day; who wants the same one meanwhile waits for the first."""
        pause_s, longest_s = BEING_READ_WAITS_S
        while True:
            with self.lock:
                known = self.files.get(url)
                is_free = url not in self.being_read
                if known and _is_fresh(known):
                    return known
                if is_free:
                    self.being_read.add(url)
            if is_free:
                break
            yield Wait(time.monotonic() + pause_s)
            pause_s = min(2 * pause_s, longest_s)
        try:
            file = self.kept(url)
            if not file or not _is_fresh(file):
                file = yield from self._ask_for(url)
                self.keep(file)
            with self.lock:
                self.files.put(url, file, len(file.body) + ENTRY_BYTES)
        finally:
            with self.lock:
                self.being_read.discard(url)
        return file

    def _ask_for(self, url: str) -> Visit[SiteFile]:
        status, body = yield from self._read(url)
        return SiteFile(url=url, status=status, body=_text(body) if status < 400 else "", read_at=now())

    def _read(self, url: str) -> Visit[tuple[int, bytes]]:
        """Status and body; an error where the site does not answer the question."""
        accept = "text/plain,application/json,*/*"
        request = HttpRequest(url, accept, max_bytes=MAX_SITE_FILE_BYTES, cut=True, of_site=True)
        try:
            reply = yield from self.client.get(request, as_it_is)
        except HostGivenUpError:
            raise  # a wall, whatever its status: the site has not spoken
        except FetchError as error:
            if error.kind not in STATES_NOTHING:
                raise
            return STATES_NOTHING[error.kind], b""
        return reply.status, reply.body

    def _parse(self, file: SiteFile, origin: str) -> Protego:
        """The rules of a file; one that was read anew is parsed anew."""
        with self.lock:
            parsed_file, rules = self.parsed.get(file.url) or (None, None)
        if rules is None or parsed_file != file:
            rules = Protego.parse(file.body)
            if delay := rules.crawl_delay(self.agent):
                self.client.keep_interval(host_key(origin), float(delay))
            with self.lock:
                self.parsed.put(file.url, (file, rules), len(file.body) + ENTRY_BYTES)
        return rules


def _text(body: bytes) -> str:
    """A file's text without its byte-order mark, which tells UTF-16 from UTF-8."""
    is_utf16 = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return body.decode("utf-16" if is_utf16 else "utf-8", errors="replace").lstrip("\ufeff")


def _tdm_rules(file: SiteFile) -> object:
    """The content of a `tdmrep.json`; `ItemError` if it makes a statement that cannot be read."""
    try:
        return json.loads(file.body)
    except (ValueError, RecursionError) as error:
        if tdm.NAME in file.body.casefold():
            raise ItemError(ErrorKind.SIGNAL_UNREAD, f"{file.url} is no JSON") from error
        return []  # sites answer unknown paths with their front page: that states nothing


def _path(url: str) -> str:
    """Path and query of an address, by which robots rules are matched."""
    address = urlsplit(url)
    return (address.path or "/") + (f"?{address.query}" if address.query else "")


def _is_fresh(file: SiteFile) -> bool:
    return datetime.datetime.fromisoformat(file.read_at) > datetime.datetime.now(datetime.UTC) - KEPT_FOR


def _origin(url: str) -> str:
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc}"
