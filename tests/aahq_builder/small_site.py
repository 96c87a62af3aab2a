"""A site on this machine whose answers a test writes out one by one: documents, pages, pictures, errors."""

import io
import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import numpy as np
from PIL import Image

Query = dict[str, str]
Content = object
"""Text is a page, bytes are a picture, an int is a bare status, a pair is a redirect, anything else a JSON document."""
Answer = Content | Callable[[Query], Content]


class SmallSite:
    """Paths and their answers; pictures lie below `/img/`, all other paths are 404.

    As a context manager it serves for the length of the block.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.headers: dict[str, Mapping[str, str]] = {}
        """Headers of the answers by path, in place of the usual ones."""
        self.asked: list[str] = []
        self.broken: list[Content] = []
        """While it holds one, the answer to everything but the robots file."""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, path: str, answer: Answer, headers: Mapping[str, str] | None = None) -> None:
        """Answer `path`; a function is given the query."""
        self.answers[path] = answer
        if headers:
            self.headers[path] = headers

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def respond(self, path: str, query: Query) -> Content:
        if self.broken and path != "/robots.txt":
            return self.broken[0]
        answer = self.answers.get(path, picture(path) if path.startswith("/img/") else 404)
        return answer(query) if callable(answer) else answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                address = urlsplit(self.path)
                site.asked.append(address.path)
                content = site.respond(address.path, dict(parse_qsl(address.query)))
                leads_to = {"Location": str(content[1])} if isinstance(content, tuple) else {}
                status, kind, body = _encoded(content[0] if isinstance(content, tuple) else content)
                self.send_response(status)
                headers = {"Content-Type": kind, **leads_to, **site.headers.get(address.path, {})}
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *words: object) -> None:  # noqa: A002
                pass

        return Handler


def picture(name: str) -> bytes:
    """A small PNG that is another one for each name."""
    pixels = np.random.default_rng(list(name.encode())).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


def _encoded(content: Content) -> tuple[int, str, bytes]:
    if isinstance(content, int):
        return content, "text/plain", b""
    if isinstance(content, bytes):
        return 200, "image/png", content
    if isinstance(content, str) and not content.lstrip().startswith(("{", "[", "null", '"')) and not content.isdigit():
        return 200, "text/html; charset=utf-8", content.encode()
    text = content if isinstance(content, str) else json.dumps(content)
    return 200, "application/json", text.encode()
