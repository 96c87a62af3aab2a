"""Whatever is thrown in the threads of a crawl, it ends, loses no artwork, and its sums add up."""

import pkgutil
import random
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from aahq_builder.build import open_build
from aahq_builder.crawl.config import CrawlConfig
from aahq_builder.crawl.loop import open_crawl
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import Artwork, Json
from aahq_builder.rights.licenses import License
from aahq_builder.rights.rules import Rules, Signal
from aahq_builder.sources.base import ListedWork, ListingPage, RecordKind, Web
from aahq_builder.sources.found import FoundArtwork, PictureAddress
from aahq_builder.web.failures import FetchError
from aahq_builder.web.rate import RatePolicy
from aahq_builder.web.retry import TRANSIENT
from blendgan.console import Console
from tests.aahq_builder.conftest import artworks
from tests.aahq_builder.crawl.test_download import png
from tests.aahq_builder.written_site import Answer, Site, serving_site

PAGES, WORKS_PER_PAGE = 3, 8
NUM_WORKS = PAGES * WORKS_PER_PAGE
THREAD_BODIES = (
    "aahq_builder.web.fetch.Fetcher.ask",
    "aahq_builder.web.site_files.SiteRules._parse",
    "aahq_builder.web.site_files.tdm.in_tdmrep",
    "aahq_builder.web.documents.parse_json",
    "aahq_builder.web.documents.BeautifulSoup",
    "aahq_builder.rights.optout.in_headers",
    "aahq_builder.rights.embedded.in_picture",
    "aahq_builder.crawl.download.images.decode",
    "aahq_builder.crawl.download.write_atomic",
    "aahq_builder.crawl.download.most_telling",
    "tests.aahq_builder.crawl.test_loop.Works.record",
    "tests.aahq_builder.crawl.test_loop.Works.page",
)
PAGE_READ = (Signal("page", "silent"),)
# no OSError of the disk among them: a disk that fails stops a crawl
THROWN: tuple[Callable[[], BaseException], ...] = (
    *(lambda kind=kind: FetchError(kind, "thrown", retry_after_s=0.001) for kind in TRANSIENT),  # type: ignore[misc]
    lambda: ItemError(ErrorKind.SIGNAL_UNREAD, "thrown"),
    lambda: ValueError("thrown"),
    lambda: KeyError("thrown"),
    lambda: RecursionError("thrown"),
    MemoryError,
    lambda: UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    lambda: StopIteration("thrown"),
    lambda: SystemExit(3),
    TimeoutError,
)


class Works:
    """A source with pages of works, each with a record of its own."""

    name = "html"
    rate_policy = RatePolicy(rate=0.0, in_flight=3)

    def __init__(self, url: str) -> None:
        self.url = url

    def listing(self) -> str:
        return "html: works"

    def ids(self, web: Web, cursor: Json | None) -> Iterator[ListingPage]:
        first = int(cursor["page"]) if isinstance(cursor, dict) else 0
        for number in range(first, PAGES):
            yield self.page(web, number)

    def page(self, web: Web, number: int) -> ListingPage:
        names = web.json(f"{self.url}/list/{number}")
        assert isinstance(names, list)
        works = [
            ListedWork(FoundArtwork(source_id=name, page_url=f"{self.url}/{name}"), RecordKind("page"))
            for name in names
        ]
        return ListingPage(works, {"page": number + 1} if number + 1 < PAGES else None)

    def record(self, web: Web, source_id: str) -> Sequence[FoundArtwork]:
        _, signals = web.html(f"{self.url}/{source_id}")
        sizes = [PictureAddress(f"{self.url}/{size}/{source_id}.png") for size in ("large", "small")]
        return [FoundArtwork(source_id=source_id, candidates=sizes, license=License("CC0-1.0"), signals=signals)]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving_site() as site:
        site.put("/robots.txt", Answer(body=b"User-agent: *\nAllow: /\n"))
        for page in range(PAGES):
            names = [f"w{page * WORKS_PER_PAGE + number}" for number in range(WORKS_PER_PAGE)]
            site.put(f"/list/{page}", Answer(body=str(names).replace("'", '"').encode()))
            for name in names:
                site.put(f"/{name}", Answer(body=b"<html><h1>Work</h1></html>"))
                for size in ("large", "small"):
                    site.put(f"/{size}/{name}.png", Answer(body=png(int(name[1:]))))
        yield site


def crawl(site: Site, work: Path, **settings: object) -> tuple[Counter[str], list[str]]:
    """Crawl in a thread that must come to its end; gives the counts and what could not be finished."""
    config = CrawlConfig(
        sources=("html",), url=site.url, work=work, workers=4, rate=0.0, timeout_s=5.0, retry_pause_s=0.001,
        breaker_pause_s=0.01, contact="tests@example.org", **settings,  # type: ignore[arg-type]
    )  # fmt: skip
    ended: list[tuple[Counter[str], list[str]]] = []

    def body() -> None:
        with open_build(config, Console(verbosity=-1), create=True) as build:
            unfinished = open_crawl(config, build, Rules(), [Works(site.url)]).run()
            ended.append((build.counts, unfinished))

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    thread.join(60)
    assert ended, "the crawl hangs, or its main thread has died"
    return ended[0]


def throwing(target: str, rng: random.Random, share: float) -> Any:
    """Have a function raise something in a share of its calls."""
    path, _, name = target.rpartition(".")
    owner: Any = pkgutil.resolve_name(path)
    real = getattr(owner, name)

    def sometimes(*words: Any, **more: Any) -> Any:
        if rng.random() < share:
            raise rng.choice(THROWN)()
        return real(*words, **more)

    return mock.patch.object(owner, name, sometimes)


@pytest.mark.parametrize("target", THREAD_BODIES)
def test_an_exception_in_any_thread_body_ends_an_item_and_never_the_crawl(
    target: str, site: Site, tmp_path: Path
) -> None:
    check_survival(site, tmp_path, [target], seed=THREAD_BODIES.index(target), share=0.3)


@pytest.mark.parametrize("seed", range(4))
def test_exceptions_everywhere_at_once_lose_nothing(seed: int, site: Site, tmp_path: Path) -> None:
    check_survival(site, tmp_path, THREAD_BODIES, seed, share=0.05)


def check_survival(site: Site, work: Path, targets: Sequence[str], seed: int, share: float) -> None:
    rng = random.Random(seed)
    with ExitStack() as stack:
        for target in targets:
            stack.enter_context(throwing(target, rng, share))
        counts, unfinished = crawl(site, work)
    rows = artworks(work)
    statuses = Counter(row.status.replace("found", "pending") for row in rows.values())
    assert counts == statuses
    assert bool(statuses["pending"]) <= bool(unfinished)
    assert len(rows) == NUM_WORKS or any("stopped" in sentence for sentence in unfinished)
    assert all(
        row.error and row.error_detail is not None for row in rows.values() if row.status in ("failed", "denied")
    )
    for _ in range(2):  # a listing that was stopped goes on where it stopped, and is read from the beginning after that
        crawl(site, work, relist=True, retry_failed=True)
    assert Counter(row.status for row in artworks(work).values()) == {"fetched": NUM_WORKS}


def test_works_of_one_address_are_asked_for_once_and_judged_alike(site: Site, tmp_path: Path) -> None:
    site.asked.clear()
    with mock.patch.object(Works, "record", lambda self, web, source_id: same_picture(self, source_id)):
        counts, _ = crawl(site, tmp_path)
    assert counts == {"fetched": NUM_WORKS}
    assert Counter(site.paths)["/large/w0.png"] == 1
    rows: list[Artwork] = list(artworks(tmp_path).values())
    assert len({row.sha256 for row in rows}) == 1
    evidence = [{entry["signal"] for entry in row.rights_evidence or []} for row in rows]  # type: ignore[index,call-overload]
    assert all({"robots", "tdmrep", "ai_txt", "image_headers", "picture_metadata"} <= names for names in evidence)


def same_picture(works: Works, source_id: str) -> list[FoundArtwork]:
    picture = PictureAddress(f"{works.url}/large/w0.png")
    return [FoundArtwork(source_id=source_id, candidates=[picture], license=License("CC0-1.0"), signals=PAGE_READ)]


OK, MOVED = b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: "
NONSENSE = (
    b"",
    b"\0\xff no protocol\r\n\r\n",
    OK + b"Content-Length: 99999999999999999999999\r\n\r\nabc",
    OK + b"Content-Length: 50\r\n\r\nshort",
    OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
    OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    OK + b"Content-Length: 3\r\nX-Robots-Tag: \xff\xfe\r\n\r\n\xff\xfe<",
    OK + b"\r\n" + b"<a class=artwork href='http://[x/'>" + b"<div>" * 3000,
    MOVED + b"http://[bad/\r\n\r\n",
    MOVED + b"/again\r\n\r\n",
    MOVED + b"javascript:alert(1)\r\n\r\n",
    b"HTTP/1.1 429 Wait\r\nContent-Length: 0\r\nRetry-After: \xb2\r\n\r\n",
    b"HTTP/1.1 503 Wait\r\nContent-Length: 0\r\nRetry-After: Mon, 99 Foo 9 :: GMT\r\n\r\n",
    b"HTTP/1.1 777 Odd\r\nContent-Length: 0\r\n\r\n",
)


@pytest.mark.parametrize("seed", range(3))
def test_a_site_that_answers_nonsense_at_random_costs_works_and_never_the_crawl(
    seed: int, site: Site, tmp_path: Path
) -> None:
    rng = random.Random(seed)
    with between(site, lambda: rng.choice(NONSENSE) if rng.random() < 0.25 else None) as url:
        counts, unfinished = crawl(Site(url=url), tmp_path)
    rows = artworks(tmp_path).values()
    assert counts == Counter(row.status.replace("found", "pending") for row in rows)
    assert len(rows) == NUM_WORKS or unfinished


@contextmanager
def between(site: Site, nonsense: Callable[[], bytes | None]) -> Iterator[str]:
    """A server that hands every request on to a site, or answers it with nonsense; gives its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:

        def answer(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                request = connection.recv(1 << 16)
                raw = nonsense()
                if raw is None:
                    port = int(site.url.rpartition(":")[2])
                    with socket.create_connection(("127.0.0.1", port)) as real:
                        real.sendall(request.replace(b"keep-alive", b"close"))
                        raw = b"".join(iter(lambda: real.recv(1 << 16), b""))
                connection.sendall(raw)

        def accept() -> None:
            with suppress(OSError):  # the server is closed at the end
                while True:
                    threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
