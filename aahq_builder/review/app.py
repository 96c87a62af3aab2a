"""The server side of the review page: a few JSON answers and pictures over HTTP, on this machine only."""

import io
import json
from pathlib import Path
from typing import Any

from PIL import Image
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from aahq_builder.errors import ItemError, UserError
from aahq_builder.images import decode
from aahq_builder.records import Artwork
from aahq_builder.review import faces, style_map
from aahq_builder.review.access import TokenGuard
from aahq_builder.review.queue import Query
from aahq_builder.review.session import ReviewSession
from aahq_builder.thumbnails import thumbnail
from aahq_builder.workdir import WorkDir

STATIC = Path(__file__).parent / "static"
MOST_BODY_BYTES = 1_000_000
MOST_CHOICE_BYTES = 8_000_000
"""A lasso around 200,000 faces."""
ORIGINAL_PX = 2400
"""Longest side of an original as the page shows it; coordinates stay those of the full picture."""
PREVIEW_PX = 256


def make_app(session: ReviewSession, token: str, port: int) -> Starlette:
    """The application, guarded."""
    pages = Pages(session)
    routes = [
        Route("/", pages.home),
        Route("/api/session", pages.session_facts),
        Route("/api/queue", pages.queue),
        Route("/api/queue/{key}", pages.window),
        Route("/api/faces/{face_id}", pages.details),
        Route("/api/learning", pages.learning),
        Route("/api/map", pages.map_facts),
        Route("/api/groups", pages.choose, methods=["POST"]),
        Route("/api/decisions", pages.decide, methods=["POST"]),
        Route("/api/undo", pages.undo, methods=["POST"]),
        Route("/api/preview", pages.preview, methods=["POST"]),
        Route("/api/repair", pages.repair, methods=["POST"]),
        Route(style_map.ADDRESS, pages.map),
        Route("/images/thumbnail/{face_id}", pages.thumbnail),
        Route("/images/face/{face_id}", pages.face),
        Route("/images/original/{artwork_id}", pages.original),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    handlers: dict[Any, Any] = {UserError: _refused, ItemError: _missing}
    return Starlette(routes=routes, middleware=[Middleware(TokenGuard, token, port)], exception_handlers=handlers)


class Pages:
    """The handlers of all routes. The event loop's thread uses the journal, other threads work on pixels."""

    def __init__(self, session: ReviewSession) -> None:
        self.session = session

    async def home(self, request: Request) -> Response:
        """The page."""
        return FileResponse(STATIC / "index.html")

    async def session_facts(self, request: Request) -> Response:
        """Reviewer, values to filter by and progress, as JSON: what the page asks for first."""
        return JSONResponse(self.session.facts(request.query_params.get("reviewer") or self.session.reviewer))

    async def queue(self, request: Request) -> Response:
        """Store the faces that match a query in their order; JSON with the key of this queue."""
        query = Query.from_parameters(request.query_params)
        return JSONResponse(self.session.queue(query, request.query_params.get("around", "")))

    async def window(self, request: Request) -> Response:
        """Cards `offset` to `offset + limit` of a queue; 410 when the queue is not known any more."""
        offset, limit = (_number(request, name) for name in ("offset", "limit"))
        cards = self.session.window(request.path_params["key"], offset, limit)
        return JSONResponse({"error": "the queue is gone"}, 410) if cards is None else JSONResponse(cards)

    async def details(self, request: Request) -> Response:
        """All that is known of one face, as JSON."""
        return JSONResponse(self.session.details(request.path_params["face_id"]))

    async def learning(self, request: Request) -> Response:
        """How well the model predicts decisions."""
        return JSONResponse(self.session.learned())

    async def map_facts(self, request: Request) -> Response:
        """The state of the style map and the decisions that colour it, as JSON."""
        return JSONResponse(self.session.map_facts())

    async def map(self, request: Request) -> Response:
        """The page that `aahq-build tsne` wrote."""
        page = style_map.page_of(self.session.workdir)
        return FileResponse(page) if page.is_file() else Response("There is no map.", 404)

    async def choose(self, request: Request) -> Response:
        """Make a group of the faces in the JSON body, which queues then can be restricted to."""
        return JSONResponse(self.session.choose(await _body(request, MOST_CHOICE_BYTES)))

    async def decide(self, request: Request) -> Response:
        """Log a keep or reject about the faces in the JSON body."""
        return JSONResponse(self.session.decide(await _body(request)))

    async def undo(self, request: Request) -> Response:
        """Take the reviewer's last action back."""
        return JSONResponse(self.session.undo(await _body(request)))

    async def preview(self, request: Request) -> Response:
        """PNG of the crop that moved landmarks would give, its corners in the header `X-Quad`."""
        body = await _body(request)
        face, work = faces.face_and_artwork(self.session.journal, str(body.get("face_id")))
        background = faces.background(self.session.journal)
        pixels = await run_in_threadpool(faces.original, self.session.workdir, work, background)
        png, quad = await run_in_threadpool(faces.preview, face, pixels, body.get("points"), PREVIEW_PX)
        return Response(png, media_type="image/png", headers={"X-Quad": json.dumps(quad)})

    async def repair(self, request: Request) -> Response:
        """Log moved landmarks and cut the face out anew."""
        return JSONResponse(self.session.repair(await _body(request)))

    async def thumbnail(self, request: Request) -> Response:
        """JPEG thumbnail of a face."""
        face, _ = faces.face_and_artwork(self.session.journal, request.path_params["face_id"])
        faces.safe_path(self.session.workdir, face.path)
        jpeg = await run_in_threadpool(thumbnail, self.session.workdir, face.face_id, str(face.path))
        return _picture(jpeg, "image/jpeg")

    async def face(self, request: Request) -> Response:
        """The aligned face, PNG."""
        face, _ = faces.face_and_artwork(self.session.journal, request.path_params["face_id"])
        path = faces.safe_path(self.session.workdir, face.path)
        return _picture(await run_in_threadpool(path.read_bytes), "image/png")

    async def original(self, request: Request) -> Response:
        """The artwork, upright, as a JPEG that every browser shows."""
        artwork_id = request.path_params["artwork_id"]
        work = next(self.session.journal.select(Artwork, "artwork_id = ?", [artwork_id]), None)
        if work is None:
            raise UserError(f"there is no artwork {artwork_id[:80]}; reload the page")
        return _picture(await run_in_threadpool(_upright_jpeg, self.session.workdir, work.path), "image/jpeg")


def _upright_jpeg(workdir: WorkDir, path: str | None) -> bytes:
    image = Image.fromarray(decode(faces.safe_path(workdir, path)).pixels)
    image.thumbnail((ORIGINAL_PX, ORIGINAL_PX), Image.Resampling.LANCZOS)
    content = io.BytesIO()
    image.save(content, "JPEG", quality=90)
    return content.getvalue()


def _picture(content: bytes, media_type: str) -> Response:
    # addresses carry a version when a picture changes, so the browser may keep what it has
    return Response(content, media_type=media_type, headers={"Cache-Control": "private, max-age=3600"})


async def _body(request: Request, most_bytes: int = MOST_BODY_BYTES) -> dict[str, Any]:
    size = 0
    parts = []
    async for part in request.stream():
        size += len(part)
        if size > most_bytes:
            raise UserError(f"a request holds at most {most_bytes} bytes")
        parts.append(part)
    try:
        body = json.loads(b"".join(parts))
    except ValueError as error:
        raise UserError("the request is not JSON") from error
    if not isinstance(body, dict):
        raise UserError("the request is not a JSON object")
    return body


def _number(request: Request, name: str) -> int:
    try:
        return int(request.query_params.get(name, "0"))
    except ValueError as error:
        raise UserError(f"{name} is a whole number") from error


async def _refused(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 400)


async def _missing(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 404)
