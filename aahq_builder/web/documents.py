"""The documents that sources read: JSON and pages under the site's robots file, and the headers of pictures."""

import codecs
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO, TypeVar
from urllib.parse import urlencode

from bs4 import BeautifulSoup

from aahq_builder.build import now
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.rights import optout
from aahq_builder.rights.rules import Signal, SignalName
from aahq_builder.web.csv_tables import MAX_TABLE_BYTES, CsvTable, CsvTables
from aahq_builder.web.failures import FetchError
from aahq_builder.web.fetch import HttpRequest, Reply
from aahq_builder.web.polite import PICTURE, PoliteClient, as_it_is
from aahq_builder.web.rate import RatePolicy
from aahq_builder.web.site_files import SiteRules
from aahq_builder.web.url_safety import host_key
from aahq_builder.web.waiting import Visit, finish

MAX_DOCUMENT_BYTES = 32 << 20
BUSY_PAUSE_S = 5.0
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""A page that begins with one of these says its encoding more surely than any header."""
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
"""An escape of half a character; its other half may be missing, and then it can be stored nowhere."""

T = TypeVar("T")

Judge = Callable[[Sequence[Signal]], None]
"""Looks at what a site says before a picture is asked for there; raises `ItemError` to leave it."""


@dataclass
class DocumentReader:
    """What a source may ask for; the calling thread sleeps through all waiting."""

    client: PoliteClient
    sites: SiteRules
    rate_policy: RatePolicy
    rate: float
    """Requests per second and host."""
    tables: CsvTables = field(default_factory=CsvTables)
    """Shared by all readers of a command."""

    def json(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        is_busy: Callable[[object], bool] = lambda document: False,
        named_in: str = "",
    ) -> object:
        """Parse a JSON document; an HTML page in its place is an error, not an empty answer."""

        def parse(reply: Reply) -> object:
            document = parse_json(reply)
            if is_busy(document):
                raise FetchError(ErrorKind.HTTP_429, "the server says that it is busy", BUSY_PAUSE_S)
            return document

        name = self.client.fetcher.agent.partition(" python-requests/")[0]
        headers = {named_in: name} if named_in else {}
        request = HttpRequest(_with_query(url, params), "application/json, text/plain, */*", headers)
        return self._document(request, parse)

    def html(self, url: str) -> tuple[BeautifulSoup, list[Signal]]:
        """A parsed page with what it and its headers say about rights."""
        reply = self._document(HttpRequest(url, "text/html,application/xhtml+xml"), as_it_is)
        soup = BeautifulSoup(reply.body, "lxml", from_encoding=charset_of(reply))
        by_header = (optout.in_headers(each.headers) for each in (*reply.hops, reply))
        opted_out = next(filter(None, by_header), None) or optout.in_page(soup)
        return soup, [Signal("page", "opt_out" if opted_out else "silent", opted_out or "", reply.url, now())]

    def table(self, url: str, key: str, columns: Sequence[str]) -> CsvTable:
        """A CSV file, streamed once a command: its rows by the number in the column `key`."""

        def download(file: BinaryIO) -> None:
            self._document(
                HttpRequest(url, "text/csv, text/plain, */*", into=file, max_bytes=MAX_TABLE_BYTES), as_it_is
            )

        return self.tables.get(url, key, columns, download)

    def head(self, url: str, headers: Mapping[str, str], names: frozenset[SignalName], judge: Judge) -> Reply:
        """The headers of a picture, from a GET that is closed before the body.

        At every hop the signals `names` of its site are read first and shown to `judge`.
        """

        def check(address: str) -> Visit[None]:
            judge((yield from self.sites.signals(address, names)))

        request = HttpRequest(url, PICTURE, headers, head_only=True)
        self.client.pace.expect(host_key(url), self.rate)
        return finish(self.client.get(request, as_it_is, check))

    def _document(self, request: HttpRequest, parse: Callable[[Reply], T]) -> T:
        self.client.pace.expect(host_key(request.url), self.rate)
        check = self._check_robots if self.rate_policy.robots_on_listing else None
        return finish(
            self.client.get(replace(request, max_bytes=request.max_bytes or MAX_DOCUMENT_BYTES), parse, check)
        )

    def _check_robots(self, url: str) -> Visit[None]:
        signal = yield from self.sites.robots(url)
        if signal.finding == "forbidden":
            raise ItemError(ErrorKind.ROBOTS, f"{signal.where} forbids {url[:200]}")
        if signal.finding == "opt_out":
            raise ItemError(ErrorKind.OPT_OUT, f"{signal.where}: {signal.value}")


def charset_of(reply: Reply) -> str | None:
    """The encoding that the header names, which counts more than what a page says of itself; None if it names none."""
    named = CHARSET.search(reply.headers.get("Content-Type", ""))
    if named is None or reply.body.startswith(BYTE_ORDER_MARKS):
        return None
    try:
        known = codecs.lookup(named[1]).name
    except (LookupError, ValueError):
        return None
    # browsers read these two as the code page of Windows that contains them, and pages are written for browsers
    return "windows-1252" if known in ("iso8859-1", "ascii") else known


def parse_json(reply: Reply) -> object:
    """The JSON of an answer; some sites answer unknown addresses with a page and status 200."""
    try:
        document = json.loads(reply.body)
        return _without_lone_surrogates(document) if SURROGATE.search(reply.body) else document
    except (ValueError, RecursionError) as error:
        kind = reply.headers.get("Content-Type", "no type")
        raise ItemError(ErrorKind.DECODE, f"{reply.url[:200]} is no JSON ({kind})") from error


def _without_lone_surrogates(document: object) -> object:
    """The same document with a replacement character for each half character."""
    if isinstance(document, str):
        return document.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(document, list):
        return [_without_lone_surrogates(each) for each in document]
    if isinstance(document, dict):
        return {_without_lone_surrogates(name): _without_lone_surrogates(each) for name, each in document.items()}
    return document


def _with_query(url: str, params: Mapping[str, str | int] | None) -> str:
    return f"{url}?{urlencode(params)}" if params else url
