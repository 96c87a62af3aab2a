"""Reading requests and sending answers, also faulty ones on purpose: cut short, byte by byte, or none at all."""

import json
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Request:
    """A request in its parts."""

    method: str
    path: str
    """Decoded, without the query."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    site: str
    """`http://host:port` as the client wrote it; links in answers begin with it."""

    @property
    def words(self) -> list[str]:
        """The parts of the path."""
        return [word for word in self.path.split("/") if word]


@dataclass(frozen=True)
class Response:
    """An answer; the last five fields make it a faulty one."""

    body: bytes = b""
    type: str = "application/json"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    declared_length: int | None = None
    """A Content-Length that is not the body's."""
    drip_s: float = 0.0
    """Seconds between single bytes of the body."""
    drip_head_s: float = 0.0
    """Seconds between single bytes of the head."""
    endless: bool = False
    """Send the body again and again, without a length."""
    reset: bool = False
    """Reset the connection instead of answering."""


def json_response(value: object, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """A JSON answer."""
    return Response(json.dumps(value).encode(), status=status, headers=headers)


def html_response(text: str, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """An HTML answer."""
    return Response(text.encode(), "text/html; charset=utf-8", status, headers)


def empty_response(status: int) -> Response:
    """A plain answer without a body, as several sites give for bad parameters."""
    return Response(type="text/plain", status=status)


@dataclass
class RequestLog:
    """What was asked, in order, so that tests and users can see how a crawler behaves."""

    entries: list[dict[str, object]] = field(default_factory=list)
    limit: int = 200_000

    def add(self, request: Request, status: int) -> None:
        """Note one request."""
        if len(self.entries) < self.limit:
            agent = request.headers.get("User-Agent", "")
            entry = {"time": time.time(), "method": request.method, "path": request.path, "status": status}
            self.entries.append({**entry, "query": dict(request.query), "agent": agent})


def read_request(handler: BaseHTTPRequestHandler) -> Request:
    """The request that `handler` has read, in its parts."""
    address = urlsplit(handler.path)
    length = int(handler.headers.get("Content-Length") or 0)
    return Request(
        method=handler.command,
        path=unquote(address.path),
        query=dict(parse_qsl(address.query, keep_blank_values=True)),
        headers=dict(handler.headers.items()),
        body=handler.rfile.read(length) if length else b"",
        site=f"http://{handler.headers.get('Host', '')}",
    )


def send(handler: BaseHTTPRequestHandler, response: Response) -> None:
    """Send an answer with the fault that it states, if any; after a faulty one the connection is closed."""
    sender = handler.connection
    if response.reset:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.close_connection = True
        sender.close()
        return
    faulty = response.declared_length is not None or response.endless or response.drip_s + response.drip_head_s > 0
    length = len(response.body) if response.declared_length is None else response.declared_length
    lines = [f"HTTP/1.1 {response.status} {_phrase(response.status)}", f"Date: {handler.date_time_string()}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    lines += [] if response.status in (204, 304) else [f"Content-Type: {response.type}"]
    lines += [] if response.endless else [f"Content-Length: {length}"]
    lines += ["Connection: close"] if faulty else []
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", errors="replace")
    body = b"" if handler.command == "HEAD" else response.body
    handler.close_connection = handler.close_connection or faulty
    if response.drip_s or response.drip_head_s:
        _drip(sender, head, response.drip_head_s)
        _drip(sender, body, response.drip_s)
        return
    sender.sendall(head + body)
    while response.endless:
        sender.sendall(body)


def _drip(sender: socket.socket, content: bytes, pause_s: float) -> None:
    """Send byte by byte, or all at once without a pause."""
    step = 1 if pause_s else max(len(content), 1)
    for position in range(0, len(content), step):
        sender.sendall(content[position : position + step])
        time.sleep(pause_s)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
