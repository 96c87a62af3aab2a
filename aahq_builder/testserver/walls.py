"""Walls as sites put them up before programs in 2026: too many requests in a short time, pictures for browsers only.

With `testserver --walls` the Met's interface, Chicago's pictures and the thumbnails of Commons refuse as they do on the
web, and records vary as the museums' own do.
"""

import threading
import time
from collections import deque
from dataclasses import dataclass, field

from aahq_builder.testserver.faults import CHALLENGE_PAGE
from aahq_builder.testserver.http import Response, html_response

IMPERVA_PAGE = "<!doctype html><title>Pardon Our Interruption</title><p>Something about your browser made us think…</p>"
IMPERVA_MARKS = (
    ("X-Iinfo", "14-29118032-0 0NNN RT(1764150000000 12) q(0 -1 -1 0) r(0 -1) B15(4,200,0) U18"),
    ("X-CDN", "Imperva"),
    ("Set-Cookie", "visid_incap_1661922=aBcDeF; expires=Thu, 25 Nov 2027 22:00:00 GMT; HttpOnly; path=/"),
    ("Set-Cookie", "incap_ses_788_1661922=gHiJkL; path=/"),
)


@dataclass
class RateWall:
    """Who asks `after` times within a third of `lasts_s` seconds is refused for that long."""

    after: int = 30
    lasts_s: float = 30.0
    asked: "deque[float]" = field(default_factory=deque)
    closed_until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def refuses(self) -> bool:
        """Count a request; whether it is refused."""
        now = time.monotonic()
        with self.lock:
            if now < self.closed_until:
                return True
            self.asked.append(now)
            while self.asked[0] < now - self.lasts_s / 3:
                self.asked.popleft()
            if len(self.asked) > self.after:
                self.closed_until = now + self.lasts_s
                self.asked.clear()
                return True
            return False


def imperva_refusal() -> Response:
    """What Imperva sends in place of an answer."""
    return html_response(IMPERVA_PAGE, 403, IMPERVA_MARKS)


def challenge() -> Response:
    """Cloudflare's challenge."""
    return html_response(CHALLENGE_PAGE, 403, (("Cf-Mitigated", "challenge"), ("Server", "cloudflare")))
