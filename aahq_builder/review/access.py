"""Who may talk to the review page: a browser on this machine that was given the token. Everybody else gets 403.

The Host check stops other web pages from reaching the server through a name that they control (DNS rebinding); the
token, kept in a cookie that other sites cannot send along, stops them from reaching it at all.
"""

import hmac
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from aahq_builder.review import style_map
from blendgan.page_headers import with_policy

COOKIE = "aahq_review"
SAFE_METHODS = ("GET", "HEAD")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class TokenGuard:
    """ASGI middleware: refuses requests with another Host, without the token, or sent by another page."""

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self.app, self.token = app, token
        self.hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or say why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = self._judge(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        policy = style_map.POLICY if scope["path"] == style_map.ADDRESS else POLICY
        await self.app(scope, receive, with_policy(send, policy))

    def _judge(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.get("host") not in self.hosts:
            return PlainTextResponse("This page answers only on this machine.", 403)
        offered = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["path"] == "/" and self._is_token(offered):
            response = RedirectResponse("/", 303)
            response.set_cookie(COOKIE, self.token, httponly=True, samesite="strict")
            return response
        if not self._is_token(_cookie(headers)):
            return PlainTextResponse("Open the address that `aahq-build review` printed; it holds the token.", 403)
        if scope["method"] not in SAFE_METHODS and not self._same_origin(headers):
            return PlainTextResponse("Decisions are taken only from the page itself.", 403)
        return None

    def _is_token(self, offered: str) -> bool:
        return hmac.compare_digest(offered.encode(), self.token.encode())

    def _same_origin(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        return headers.get("content-type") == "application/json" and (
            origin is None or origin.removeprefix("http://") in self.hosts
        )


def _cookie(headers: Headers) -> str:
    pairs = (part.strip().partition("=") for part in headers.get("cookie", "").split(";"))
    return next((value for name, _, value in pairs if name == COOKIE), "")
