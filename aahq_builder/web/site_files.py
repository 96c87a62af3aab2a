"""What a site says about itself as a whole: `robots.txt` (RFC 9309) and `/.well-known/tdmrep.json`, kept for a day."""

import datetime
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from protego import Protego

from aahq_builder.build import now
from aahq_builder.records import SiteFile
from aahq_builder.rights import optout
from aahq_builder.rights.rules import Signal

KEPT_FOR = datetime.timedelta(hours=24)
MAX_SITE_FILE_BYTES = 512 * 1024
"""RFC 9309 asks crawlers to read at least 500 KiB."""

ReadFile = Callable[[str], tuple[int, bytes]]
"""Status and body of an address, asked for once; raises `ItemError` where the site does not answer the question."""


@dataclass
class SiteRules:
    """The wishes of all sites seen, shared by the threads of a crawl."""

    agent: str
    """The product name that robots files address."""
    read_file: ReadFile
    keep: Callable[[SiteFile], None]
    """Called with every file newly read, so that the journal can keep it."""
    on_crawl_delay: Callable[[str, float], None]
    files: dict[str, SiteFile] = field(default_factory=dict)
    parsed: dict[str, Protego] = field(default_factory=dict)
    locks: dict[str, threading.Lock] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def robots(self, url: str) -> Signal:
        """Whether the robots file of the address's site lets us ask for it."""
        origin = _origin(url)
        file = self._file(f"{origin}/robots.txt")
        if file.status >= 400:
            return Signal("robots", "silent", f"status {file.status}", file.url, file.read_at)
        if line := optout.in_robots(file.body):
            return Signal("robots", "opt_out", line, file.url, file.read_at)
        rules = self._parse(file, origin)
        if not rules.can_fetch(url, self.agent):
            return Signal("robots", "forbidden", "disallowed", file.url, file.read_at)
        return Signal("robots", "silent", "allowed", file.url, file.read_at)

    def tdmrep(self, url: str) -> Signal:
        """Whether the site reserves its text-and-data-mining rights for the address."""
        file = self._file(f"{_origin(url)}/.well-known/tdmrep.json")
        try:
            rules = json.loads(file.body) if file.status < 400 else []
        except ValueError:
            rules = []  # sites answer unknown paths with their front page: that states nothing
        reserved = optout.in_tdmrep(rules, urlsplit(url).path or "/")
        return Signal("tdmrep", "opt_out" if reserved else "silent", reserved or "", file.url, file.read_at)

    def _file(self, url: str) -> SiteFile:
        """The file, read once a day; threads that want the same one wait for the first."""
        with self.lock:
            lock = self.locks.setdefault(url, threading.Lock())
        with lock:
            kept = self.files.get(url)
            if kept and datetime.datetime.fromisoformat(kept.read_at) > datetime.datetime.now(datetime.UTC) - KEPT_FOR:
                return kept
            status, body = self.read_file(url)
            text = body[:MAX_SITE_FILE_BYTES].decode("utf-8", errors="replace") if status < 400 else ""
            self.files[url] = SiteFile(url=url, status=status, body=text, read_at=now())
            self.keep(self.files[url])
            return self.files[url]

    def _parse(self, file: SiteFile, origin: str) -> Protego:
        if file.url not in self.parsed:
            rules = Protego.parse(file.body)
            delay = rules.crawl_delay(self.agent)
            if delay:
                self.on_crawl_delay(origin, float(delay))
            self.parsed[file.url] = rules
        return self.parsed[file.url]


def _origin(url: str) -> str:
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc}"
