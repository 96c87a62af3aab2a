"""A real server on this machine that answers what a test has written down, and a client that may ask it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aahq_builder.web.fetch import Fetcher, Limits
from aahq_builder.web.hosts import Hosts
from aahq_builder.web.polite import PoliteClient
from aahq_builder.web.rate import Pace
from aahq_builder.web.retry import RetryPolicy
from aahq_builder.web.url_safety import AddressGuard


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


NOT_FOUND = Answer(404)


@dataclass
class Site:
    """Answers by path; of several the last one is repeated."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[tuple[float, str]] = field(default_factory=list)
    """When (monotonic seconds) and what."""
    headers: list[Mapping[str, str]] = field(default_factory=list)
    """What each request brought."""
    url: str = ""

    def put(self, path: str, *answers: Answer) -> str:
        """Have `path` answered so; gives its address."""
        self.answers[path] = list(answers)
        return self.url + path

    def answer(self, path: str) -> Answer:
        self.asked.append((time.monotonic(), path))
        left = self.answers.get(path, [NOT_FOUND])
        return left.pop(0) if len(left) > 1 else left[0]

    @property
    def paths(self) -> list[str]:
        return [path for _, path in self.asked]


@contextmanager
def serving_site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.headers.append(dict(self.headers.items()))
            answer = site.answer(self.path)
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *words: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *details: object) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield site
        server.shutdown()


NewSite = Callable[[], Site]
"""Starts a server; each has its own port, and so is a host of its own."""


def client_of(*sites: Site, rate: float = 0.0, pause_s: float = 0.02, said: list[str] | None = None) -> PoliteClient:
    """A client that may reach these sites, with pauses so short that a test can wait for them."""
    return PoliteClient(
        Fetcher(AddressGuard.allowing(*(site.url for site in sites)), "tests", Limits(read_s=2.0, total_s=5.0)),
        Pace(rate),
        Hosts(pause_s, (said if said is not None else []).append),
        RetryPolicy(first_pause_s=0.01),
    )


@contextmanager
def answering_once(raw: bytes) -> Iterator[str]:
    """A server that sends these bytes to its first visitor and closes; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(raw)

        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
