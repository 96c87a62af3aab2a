"""`aahq-build testserver`: serve a folder of pictures as portrait sites do, on this machine only."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aahq_builder.testserver.config import TestserverConfig
from aahq_builder.testserver.gallery import Gallery, open_gallery
from aahq_builder.testserver.http import Request, RequestLog, Response, html_response, json_response, read_request, send
from aahq_builder.testserver.shapes import (
    aic,
    artstation,
    cleveland,
    commons,
    html,
    images,
    met,
    nga,
    rijksmuseum,
    smk,
)
from blendgan.console import Console

SHAPES: tuple[Callable[[Request, Gallery], Response | None], ...] = (
    images.respond,
    html.respond,
    met.respond,
    aic.respond,
    cleveland.respond,
    commons.respond,
    smk.respond,
    rijksmuseum.respond,
    nga.respond,
    artstation.respond,
)
INTERFACES = ("/api/", "/w/api.php", "/public/collection/", "/projects/", rijksmuseum.SEARCH, nga.FOLDER)
"""Paths of JSON interfaces."""


def run(config: TestserverConfig, console: Console) -> None:
    """Serve until interrupted; the first line on standard output says where."""
    gallery = open_gallery(config)
    if config.dry_run:
        console.result(f"would serve {len(gallery.works)} works", works=len(gallery.works))
        return
    with serving(gallery, config.port) as server:
        port = server.server_address[1]
        url = f"http://127.0.0.1:{port}/"
        console.result(f"serving {len(gallery.works)} works at {url}", url=url, port=port, works=len(gallery.works))
        with suppress(KeyboardInterrupt):  # the usual end of a server
            threading.Event().wait()


class Server(ThreadingHTTPServer):
    """One gallery on 127.0.0.1, a thread per connection."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, gallery: Gallery, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.gallery = gallery
        self.log = RequestLog()

    @property
    def url(self) -> str:
        """The address of the first page."""
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: clients that hang up belong to what is tested here."""


@contextmanager
def serving(gallery: Gallery, port: int = 0) -> Iterator[Server]:
    """Serve in a thread for the length of the block; port 0 takes a free one."""
    with Server(gallery, port) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def respond(request: Request, server: Server) -> Response:
    """The answer of the first shape that knows the path; an unknown path gets a friendly 200 page, as on real sites."""
    if request.path == "/robots.txt":
        return Response(server.gallery.robots.encode(), "text/plain", server.gallery.robots_status)
    if request.path == "/_log":
        return json_response(server.log.entries)
    if request.path == "/_control" and request.method == "POST":
        server.gallery.control(json.loads(request.body))
        return json_response({"ok": True})
    if request.path.startswith("/.well-known/"):
        return html_response("", 404)
    if server.gallery.api_error and request.path.startswith(INTERFACES):
        return json_response({"error": {"code": server.gallery.api_error, "info": "an error with status 200"}})
    answers = (shape(request, server.gallery) for shape in SHAPES)
    return next((answer for answer in answers if answer), html_response("<!doctype html><title>Explore</title>"))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        request = read_request(self)
        response = respond(request, self.server)
        if not request.path.startswith("/_"):
            self.server.log.add(request, response.status)
        send(self, response)

    do_POST = do_HEAD = do_GET  # noqa: N815 - the names that http.server looks for

    def log_message(self, format: str, *words: object) -> None:  # noqa: A002
        """Stay silent; `/_log` tells."""
