"""Ways in which real sites fail, each by name, with the error kind that a crawler should record for it."""

import itertools
import struct
import zlib
from dataclasses import dataclass

from aahq_builder.errors import ErrorKind
from aahq_builder.testserver.http import Response, empty_response, html_response, json_response

ODD_VALUES: tuple[object, ...] = (1889, ["Ann", None, 7], {"en": "a name"}, None)
"""What interfaces have sent where their documentation promises a text."""
CHALLENGE_PAGE = "<!doctype html><title>Just a moment...</title><p>Enable JavaScript and cookies to continue.</p>"


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a work."""

    name: str
    error: ErrorKind | None
    """What a crawl records in the end; None where it succeeds all the same, or its row waits."""
    waits: bool = False
    """The row waits for another run: nothing was learnt about the work."""
    transient_failures: int = 0
    """How many requests fail before the server answers properly; 0 means that all do."""
    image_headers: tuple[tuple[str, str], ...] = ()
    page_head: str = ""
    """Elements in the head of the work's page."""
    tag: str = ""
    listed_url: str = ""
    """Listings give this address in place of the picture's."""
    forbidden: bool = False
    """The picture lies where the robots file forbids."""

    @property
    def on_page(self) -> bool:
        """The work's page (or its JSON) fails, and not the picture."""
        return self.name.startswith("page_")


_KIND = ErrorKind
FAULTS = {
    fault.name: fault
    for fault in (
        Fault("404", _KIND.HTTP_404),
        Fault("410", _KIND.HTTP_410),
        Fault("401", _KIND.HTTP_401),
        Fault("403", _KIND.HTTP_403),
        Fault("418", _KIND.HTTP_4XX),
        Fault("challenge", None, waits=True),
        Fault("429", None, transient_failures=1),
        Fault("429_retry_after", None, transient_failures=1),
        Fault("429_always", _KIND.HTTP_429),
        Fault("503", None, transient_failures=2),
        Fault("503_always", _KIND.HTTP_5XX),
        Fault("reset", None, transient_failures=1),
        Fault("reset_always", _KIND.CONNECT),
        Fault("slow_drip", _KIND.TIMEOUT),
        Fault("slow_headers", _KIND.TIMEOUT),
        Fault("short_body", None, transient_failures=1),
        Fault("short_body_always", _KIND.TRUNCATED),
        Fault("wrong_length", _KIND.TRUNCATED),
        Fault("html", _KIND.NOT_AN_IMAGE),
        Fault("empty", _KIND.EMPTY),
        Fault("endless", _KIND.TOO_LARGE),
        Fault("bomb", _KIND.TOO_MANY_PIXELS),
        Fault("damaged", _KIND.DECODE),
        Fault("redirect", None),
        Fault("redirect_loop", _KIND.REDIRECTS),
        Fault("redirect_private", _KIND.UNSAFE_URL),
        Fault("redirect_file", _KIND.UNSAFE_URL),
        Fault("redirect_forbidden", _KIND.ROBOTS),
        Fault("listed_metadata_service", _KIND.UNSAFE_URL, listed_url="http://169.254.169.254/latest/meta-data/"),
        Fault("listed_file", _KIND.UNSAFE_URL, listed_url="file:///etc/passwd"),
        Fault("listed_unknown_host", _KIND.DNS, listed_url="http://no-such-host.invalid/picture.png"),
        Fault("robots", _KIND.ROBOTS, forbidden=True),
        Fault("x_robots", _KIND.OPT_OUT, image_headers=(("X-Robots-Tag", "noai"),)),
        Fault("x_robots_image", _KIND.OPT_OUT, image_headers=(("x-robots-tag", "NOINDEX, NoImageAI"),)),
        Fault("x_robots_agent", _KIND.OPT_OUT, image_headers=(("X-Robots-Tag", "img2dataset: noai"),)),
        Fault(
            "x_robots_repeated",
            _KIND.OPT_OUT,
            image_headers=(("X-Robots-Tag", "noindex"), ("X-Robots-Tag", "otherbot: noml")),
        ),
        Fault("x_robots_noindex", None, image_headers=(("X-Robots-Tag", "noindex, noimageindex"),)),
        Fault("tdm_header", _KIND.OPT_OUT, image_headers=(("TDM-Reservation", "1"),)),
        Fault("meta_noai", _KIND.OPT_OUT, page_head='<meta name="robots" content="noai, noimageai">'),
        Fault("meta_noml", _KIND.OPT_OUT, page_head='<META NAME="Some-Bot" CONTENT="NoML">'),
        Fault("meta_tdm", _KIND.OPT_OUT, page_head='<meta name="tdm-reservation" content="1">'),
        Fault("page_404", _KIND.HTTP_404),
        Fault("page_challenge", _KIND.HTTP_CHALLENGE),
        Fault("page_429", None, transient_failures=1),
        Fault("page_503", None, transient_failures=2),
        Fault("page_503_always", _KIND.HTTP_5XX),
        Fault("page_reset", None, transient_failures=1),
        Fault("page_short_body", None, transient_failures=1),
        Fault("page_odd_types", None),
        Fault("tag_noai", _KIND.OPT_OUT, tag="No AI"),
        Fault("tag_noai_hash", _KIND.OPT_OUT, tag="#NoAI"),
    )
}


def image_response(fault: Fault | None, content: bytes, media_type: str, hits: int, path: str) -> Response:
    """The answer for a picture of a work with this fault, at its `hits`-th request."""
    proper = Response(content, media_type, headers=fault.image_headers if fault else ())
    if fault is None or fault.on_page or (fault.transient_failures and hits > fault.transient_failures):
        return proper
    return _failing(fault.name, proper, path)


def page_response(fault: Fault | None, proper: Response, hits: int) -> Response:
    """The answer for a work's page or record, `proper` where this fault does not concern it."""
    if fault is None or not fault.on_page or (fault.transient_failures and hits > fault.transient_failures):
        return proper
    return _failing(fault.name.removeprefix("page_"), proper, "")


def with_odd_types(fault: Fault | None, record: dict[str, object], *names: str) -> dict[str, object]:
    """A record of an interface; with the fault `page_odd_types`, its fields `names` are of other types than usual."""
    if fault is None or fault.name != "page_odd_types":
        return record
    return {**record, **dict(zip(names, itertools.cycle(ODD_VALUES)))}


def _failing(name: str, proper: Response, path: str) -> Response:
    content, media_type = proper.body, proper.type
    answers = {
        "404": empty_response(404),
        "410": empty_response(410),
        "401": json_response({"data": None}, 401),
        "403": empty_response(403),
        "418": empty_response(418),
        "challenge": html_response(CHALLENGE_PAGE, 403, (("Cf-Mitigated", "challenge"), ("Server", "cloudflare"))),
        "429": empty_response(429),
        "429_retry_after": Response(type="text/plain", status=429, headers=(("Retry-After", "1"),)),
        "429_always": empty_response(429),
        "503": empty_response(503),
        "503_always": empty_response(503),
        "reset": Response(reset=True),
        "reset_always": Response(reset=True),
        "slow_drip": Response(content, media_type, drip_s=0.2),
        "slow_headers": Response(content, media_type, drip_head_s=0.2),
        "short_body": Response(content[: len(content) // 2], media_type, declared_length=len(content)),
        "short_body_always": Response(content[: len(content) // 2], media_type, declared_length=len(content)),
        "wrong_length": Response(content, media_type, declared_length=len(content) // 2),
        "html": html_response("<!doctype html><p>Please log in to see this picture.</p>"),
        "empty": Response(b"", media_type),
        "endless": Response(content[:8] + bytes(1 << 16), media_type, endless=True),
        "bomb": Response(bomb_png(30_000, 30_000), "image/png"),
        "damaged": Response(content[:8] + bytes(len(content) // 8), media_type),
        "redirect": _redirect(path + "?final=1"),
        "redirect_loop": _redirect(path),
        "redirect_private": _redirect("http://10.0.0.1/picture.png"),
        "redirect_file": _redirect("file:///etc/passwd"),
        "redirect_forbidden": _redirect("/private" + path),
    }
    return answers.get(name, proper)


def bomb_png(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims to be `width` x `height` px."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(100_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _redirect(target: str) -> Response:
    return Response(type="text/plain", status=302, headers=(("Location", target),))
