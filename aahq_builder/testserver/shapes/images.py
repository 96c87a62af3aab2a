"""The pictures themselves, with validators and with the faults asked for."""

import hashlib
import mimetypes
from dataclasses import replace

from aahq_builder.testserver.faults import image_response
from aahq_builder.testserver.gallery import Gallery, Work
from aahq_builder.testserver.http import Request, Response, empty_response


def respond(request: Request, gallery: Gallery) -> Response | None:
    """`/images/NUMBER/NAME`, and the same below `/private`."""
    words = request.words[1:] if request.words[:1] == ["private"] else request.words
    if len(words) != 3 or words[0] != "images":
        return None
    work = gallery.work(words[1])
    return serve_picture(request, gallery, work) if work else empty_response(404)


def serve_picture(request: Request, gallery: Gallery, work: Work) -> Response:
    """The file of `work`, or its fault; 304 where the client holds it already."""
    if work.number in gallery.gone:
        return empty_response(410)
    content = work.file.read_bytes()
    fault = None if request.query.get("final") else work.fault
    hits = gallery.hit(request.path)
    response = image_response(fault, content, media_type(work), hits, request.path)
    if response.status != 200 or response.body is not content:
        return response
    optout = (("X-Robots-Tag", "noai"),) if work.number in gallery.noai else ()
    etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = (*response.headers, *optout, ("ETag", etag))
    if request.headers.get("If-None-Match") == etag:
        return Response(type=response.type, status=304, headers=headers)
    return replace(response, headers=headers)


def media_type(work: Work) -> str:
    """The media type of the work's file name."""
    return mimetypes.guess_type(work.file.name)[0] or "application/octet-stream"
