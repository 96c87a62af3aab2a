"""Who may talk to the demo, and what its page may load: nothing from other machines."""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from blendgan.page_headers import with_policy

LOOPBACK = ("127.0.0.1", "localhost", "::1")
POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; form-action 'self'"
)
"""Gradio's page needs inline scripts; from elsewhere it gets none, and no fonts or pictures either."""


class Guard:
    """ASGI middleware. On a loopback address it refuses other names of this machine (DNS rebinding)."""

    def __init__(self, app: ASGIApp, local: bool) -> None:
        self.app, self.local = app, local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or say why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        host = Headers(scope=scope).get("host", "").rpartition(":")[0].strip("[]")
        if self.local and host not in LOOPBACK:
            await PlainTextResponse("This page answers only on this machine.", 403)(scope, receive, send)
            return
        await self.app(scope, receive, with_policy(send, POLICY))
