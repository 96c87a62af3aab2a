"""What a page of this machine tells the browser with every answer: load nothing from elsewhere, guess nothing."""

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send


def with_policy(send: Send, policy: str) -> Send:
    """The same `send` of an ASGI app, which also states this Content-Security-Policy."""

    async def send_with_policy(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = policy
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "no-referrer"
        await send(message)

    return send_with_policy
