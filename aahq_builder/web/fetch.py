"""One honest HTTP request: guarded, streamed under limits, and every failure given its kind.

When to ask, whether to ask again and where a redirect may lead is decided by `polite.py`. No challenge, login or access
control is ever worked around: a challenge is recognised and reported as one.
"""

import io
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import metadata, version
from typing import BinaryIO
from urllib.parse import urljoin

import requests
import urllib3

from aahq_builder.errors import ErrorKind
from aahq_builder.web.failures import FetchError, as_fetch_error, raise_for_status
from aahq_builder.web.url_safety import AddressGuard, GuardedAdapter
from aahq_builder.web.watchdog import Watchdog

PRODUCT = "aahq-build"
DISTRIBUTION = "aahq-blendgan"
CHUNK_BYTES = 1 << 16
LARGE_BODY_TIME = 10
DIGITS = re.compile(r"[0-9]{1,19}")
STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
"""A percent sign that begins no escape; left as it is, requests would escape the sound ones, too."""
KNOWN_ENCODINGS = frozenset({"", "identity", *urllib3.response.HTTPResponse.CONTENT_DECODERS})
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Limits:
    """What one answer may cost."""

    max_bytes: int = 64 << 20
    connect_s: float = 10.0
    read_s: float = 30.0
    """Longest silence within an answer."""
    total_s: float = 180.0
    """Longest time for one answer, so that a dripping server cannot hold us."""


@dataclass(frozen=True)
class HttpRequest:
    """What is asked of a server by one GET."""

    url: str
    accept: str = "*/*"
    headers: Mapping[str, str] = field(default_factory=dict)
    """More headers, as the validators of a conditional request."""
    check_head: "Callable[[Reply], None] | None" = None
    """Looks at the headers of every hop before a body is read; raises `ItemError` to close the answer there."""
    max_bytes: int | None = None
    """Largest body; None for the fetcher's own limit."""
    head_only: bool = False
    """Close the answer before its body."""
    of_site: bool = False
    """A file about the site as a whole, which a wall may let pass: its answer proves nothing about others."""
    into: BinaryIO | None = None
    """A file that takes the body in place of memory; a large body may take `LARGE_BODY_TIME` times as long."""
    one_of_several: bool = False
    """Another address of the same picture is asked for next: whether a plain 403 is a wall will show there."""
    cut: bool = False
    """Take the first `max_bytes` of a longer body, which is an error otherwise."""


@dataclass(frozen=True)
class Reply:
    """An answer: 200, or 304 to a conditional request."""

    url: str
    """After redirects."""
    status: int
    headers: Mapping[str, str]
    """Case-insensitive; repeated headers are joined by commas."""
    body: bytes = b""
    hops: "tuple[Reply, ...]" = ()
    """The answers that led here, without their bodies: their headers count, too."""


@dataclass(frozen=True)
class Redirected:
    """An answer that leads to another address."""

    head: Reply
    target: str


OnHeaders = Callable[[int, Mapping[str, str], float], None]
"""Told of the status, the headers and the seconds until they came."""


def user_agent(contact: str | None) -> str:
    """`aahq-build/0.1.0 (+contact) python-requests/2.34`: who we are and how to reach us."""
    who = (contact or project_address() or "").encode("ascii", errors="ignore").decode()
    return f"{PRODUCT}/{version(DISTRIBUTION)} {f'(+{who}) ' if who else ''}python-requests/{requests.__version__}"


def project_address() -> str | None:
    """The project's own address, if its package names one: `Project-URL: Homepage, https://…`."""
    entries = metadata(DISTRIBUTION).get_all("Project-URL") or []
    return next((entry.partition(",")[2].strip() for entry in entries if "," in entry), None)


@dataclass
class Fetcher:
    """Makes requests for the threads of a command; each thread has its own session."""

    guard: AddressGuard
    agent: str
    limits: Limits = field(default_factory=Limits)
    local: threading.local = field(default_factory=threading.local)
    watchdog: Watchdog = field(default_factory=Watchdog)

    def ask(self, request: HttpRequest, on_headers: OnHeaders | None = None) -> Reply | Redirected:
        """Ask once; `ItemError` for every answer that is none."""
        self.guard.check(request.url)
        try:
            longest_s = self.limits.total_s * (LARGE_BODY_TIME if request.into else 1)
            with self.watchdog.limit(longest_s), self._open(request, on_headers) as response:
                head = Reply(request.url, response.status_code, response.headers)
                is_redirect = head.status in REDIRECTS and "Location" in head.headers
                if not is_redirect:
                    raise_for_status(head.status, head.headers)
                if request.check_head:
                    request.check_head(head)
                if is_redirect:
                    return Redirected(head, _target(request.url, str(head.headers["Location"])))
                if request.head_only or head.status == 304:
                    return head
                return replace(head, body=self._body(response, request))
        except TimeoutError as error:
            raise FetchError(ErrorKind.TIMEOUT, str(error)) from error

    def _open(self, request: HttpRequest, on_headers: OnHeaders | None) -> requests.Response:
        started = time.monotonic()
        try:
            response = self._session().get(
                STRAY_PERCENT.sub("%25", request.url),
                headers={"Accept": request.accept, **request.headers},
                stream=True,
                allow_redirects=False,
                timeout=(self.limits.connect_s, self.limits.read_s),
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise as_fetch_error(error) from error
        if on_headers:
            on_headers(response.status_code, response.headers, time.monotonic() - started)
        return response

    def _session(self) -> requests.Session:
        if not hasattr(self.local, "session"):
            session = _Session()
            session.trust_env = False  # no proxy or login from the environment: the guard must see every connection
            session.headers["User-Agent"] = self.agent
            session.cookies.set_policy(_NoCookies())
            for scheme in ("http://", "https://"):
                session.mount(scheme, GuardedAdapter(self.guard, pool_size=4, opened=self.watchdog.opened))
            self.local.session = session
        session = self.local.session
        assert isinstance(session, requests.Session)
        return session

    def _body(self, response: requests.Response, request: HttpRequest) -> bytes:
        """The whole body within the limits of size and time, or as much of it as the request wants."""
        max_bytes = request.max_bytes or self.limits.max_bytes
        declared = response.headers.get("Content-Length", "")
        length = int(declared) if DIGITS.fullmatch(declared) else None
        if length is not None and length > max_bytes and not request.cut:
            raise FetchError(ErrorKind.TOO_LARGE, f"{length} bytes announced, limit {max_bytes}")
        encodings = {word.strip() for word in response.headers.get("Content-Encoding", "").lower().split(",")}
        if unknown := encodings - KNOWN_ENCODINGS:
            raise FetchError(ErrorKind.DECODE, f"Content-Encoding {sorted(unknown)[0][:40]} was not asked for")
        file = request.into or io.BytesIO()
        size = _write(file, _chunks(response, max_bytes))
        body = file.getvalue() if isinstance(file, io.BytesIO) else b""
        if size > max_bytes:
            if request.cut:
                return body[:max_bytes]
            raise FetchError(ErrorKind.TOO_LARGE, f"more than {max_bytes} bytes")
        if length is not None and size < length and "Content-Encoding" not in response.headers:
            raise FetchError(ErrorKind.TRUNCATED, f"{size} of {length} bytes came")
        return body


def _write(file: BinaryIO, chunks: Iterator[bytes]) -> int:
    """Write a body from the beginning of a file, of which an earlier try may have left some; gives its bytes."""
    file.seek(0)
    file.truncate()
    return sum(file.write(chunk) for chunk in chunks)


def _chunks(response: requests.Response, max_bytes: int) -> Iterator[bytes]:
    """The body as it comes, until its end or the first chunk beyond the limit."""
    size = 0
    try:
        while size <= max_bytes and (chunk := response.raw.read1(CHUNK_BYTES, decode_content=True)):
            size += len(chunk)
            yield chunk
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise as_fetch_error(error, reading=True) from error


def _target(url: str, location: str) -> str:
    """The absolute address that a `Location` means; servers write raw UTF-8 into headers, which read as latin-1."""
    written = location.encode("latin-1", errors="replace").decode("utf-8", errors="replace")
    try:
        return urljoin(url, written)
    except ValueError as error:
        raise FetchError(ErrorKind.UNSAFE_URL, f"redirected to {written[:200]}: {error}") from error


class _Session(requests.Session):
    """A session that leaves redirects alone: requests would read their bodies without a limit."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: the caller reads the header itself."""


class _NoCookies(requests.cookies.cookielib.DefaultCookiePolicy):  # type: ignore[name-defined,misc]
    """Cookies would tie requests together, and some are challenges: none is kept."""

    def set_ok(self, cookie: object, request: object) -> bool:
        """Keep none."""
        return False
