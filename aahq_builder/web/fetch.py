"""One honest HTTP request: guarded, paced, streamed under limits, and every failure given its kind.

No challenge, login or access control is ever worked around: a challenge is recognised and reported as one.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import metadata, version
from urllib.parse import urljoin

import requests
import urllib3

from aahq_builder.errors import ErrorKind
from aahq_builder.web.failures import FetchError, as_fetch_error, raise_for_status, retry_after_s
from aahq_builder.web.rate import Pace
from aahq_builder.web.url_safety import Guard, GuardedAdapter, host_key
from aahq_builder.web.watchdog import Watchdog

PRODUCT = "aahq-build"
DISTRIBUTION = "aahq-blendgan"
MAX_REDIRECTS = 5
CHUNK_BYTES = 1 << 16
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
class Reply:
    """An answer: 200, or 304 to a conditional request."""

    url: str
    """After redirects."""
    status: int
    headers: Mapping[str, str]
    """Case-insensitive; repeated headers are joined by commas."""
    body: bytes = b""


Check = Callable[[str], None]
"""Looks at an address before it is asked for; raises `ItemError` to forbid it."""
CheckHead = Callable[[Reply], None]
"""Looks at the headers before the body is read; raises `ItemError` to close the answer there."""


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
    """Makes requests for the threads of a crawl; each thread has its own session."""

    guard: Guard
    agent: str
    pace: Pace
    limits: Limits = field(default_factory=Limits)
    local: threading.local = field(default_factory=threading.local)
    watchdog: Watchdog = field(default_factory=Watchdog)

    def get(
        self,
        url: str,
        *,
        accept: str = "*/*",
        headers: Mapping[str, str] | None = None,
        check: Check | None = None,
        check_head: CheckHead | None = None,
        max_bytes: int | None = None,
        head_only: bool = False,
    ) -> Reply:
        """Ask once, following redirects; every hop is guarded, checked, paced. `head_only` closes before the body."""
        for _ in range(MAX_REDIRECTS + 1):
            self.guard.check(url)
            if check:
                check(url)
            self.wait_turn(host_key(url))
            size = 0 if head_only else max_bytes or self.limits.max_bytes
            answer = self._once(url, {"Accept": accept, **(headers or {})}, check_head, size)
            if isinstance(answer, Reply):
                return answer
            target = answer
            url = urljoin(url, target.encode("latin-1", errors="replace").decode("utf-8", errors="replace"))
        raise FetchError(ErrorKind.REDIRECTS, f"more than {MAX_REDIRECTS}, last to {url[:200]}")

    def _once(self, url: str, headers: Mapping[str, str], check_head: CheckHead | None, max_bytes: int) -> Reply | str:
        """One hop: a reply, or where it leads. `max_bytes` 0 closes before the body."""
        try:
            with self.watchdog.limit(self.limits.total_s), self._open(url, headers) as response:
                if response.status_code in REDIRECTS and "Location" in response.headers:
                    return str(response.headers["Location"])
                head = self._head(url, response, check_head)
                if max_bytes == 0 or head.status == 304:
                    return head
                return replace(head, body=self._body(response, max_bytes))
        except TimeoutError as error:
            raise FetchError(ErrorKind.TIMEOUT, str(error)) from error

    def give_turn(self, host: str) -> None:
        """Let this thread's next request to `host` start at once: its turn was already taken from the pace."""
        self.local.turn = host

    def wait_turn(self, host: str) -> None:
        """Sleep until the host's rate allows the next request."""
        if getattr(self.local, "turn", None) == host:
            self.local.turn = None
            return
        pause = self.pace.take(host, time.monotonic())
        if pause > 0:
            time.sleep(pause)

    def _session(self) -> requests.Session:
        if not hasattr(self.local, "session"):
            session = requests.Session()
            session.trust_env = False  # no proxy or login from the environment: the guard must see every connection
            session.headers["User-Agent"] = self.agent
            session.cookies.set_policy(_NoCookies())
            for scheme in ("http://", "https://"):
                session.mount(scheme, GuardedAdapter(self.guard, pool_size=4, opened=self.watchdog.opened))
            self.local.session = session
        session = self.local.session
        assert isinstance(session, requests.Session)
        return session

    def _open(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        started = time.monotonic()
        try:
            response = self._session().get(
                url,
                headers=headers,
                stream=True,
                allow_redirects=False,
                timeout=(self.limits.connect_s, self.limits.read_s),
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise as_fetch_error(error) from error
        self._note(url, response, time.monotonic() - started)
        return response

    def _note(self, url: str, response: requests.Response, latency_s: float) -> None:
        if response.status_code in (429, 503):
            self.pace.refused(host_key(url), time.monotonic(), retry_after_s(response.headers.get("Retry-After")))
        else:
            self.pace.answered(host_key(url), latency_s)

    def _head(self, url: str, response: requests.Response, check_head: CheckHead | None) -> Reply:
        head = Reply(url, response.status_code, response.headers)
        raise_for_status(head.status, head.headers)
        if check_head:
            check_head(head)
        return head

    def _body(self, response: requests.Response, max_bytes: int) -> bytes:
        """The whole body within the limits of size and time."""
        declared = response.headers.get("Content-Length", "")
        length = int(declared) if declared.isdigit() else None
        if length is not None and length > max_bytes:
            raise FetchError(ErrorKind.TOO_LARGE, f"{length} bytes announced, limit {max_bytes}")
        chunks, size = [], 0
        try:
            while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
                chunks.append(chunk)
                size += len(chunk)
                if size > max_bytes:
                    raise FetchError(ErrorKind.TOO_LARGE, f"more than {max_bytes} bytes")
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise as_fetch_error(error, reading=True) from error
        if length is not None and size < length and "Content-Encoding" not in response.headers:
            raise FetchError(ErrorKind.TRUNCATED, f"{size} of {length} bytes came")
        return b"".join(chunks)


class _NoCookies(requests.cookies.cookielib.DefaultCookiePolicy):  # type: ignore[name-defined,misc]
    """Cookies would tie requests together, and some are challenges: none is kept."""

    def set_ok(self, cookie: object, request: object) -> bool:
        """Keep none."""
        return False
