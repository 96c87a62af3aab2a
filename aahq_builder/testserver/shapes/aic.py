"""The Art Institute of Chicago's search API and its IIIF image server; with walls, that challenges everybody."""

import uuid

from aahq_builder.testserver.faults import with_odd_types
from aahq_builder.testserver.gallery import Gallery, Work
from aahq_builder.testserver.http import Request, Response, empty_response, json_response
from aahq_builder.testserver.shapes.images import serve_picture
from aahq_builder.testserver.walls import challenge

MAX_LIMIT, MAX_HITS = 100, 10_000


def respond(request: Request, gallery: Gallery) -> Response | None:
    """`/api/v1/artworks/search`, `/api/v1/artworks/ID` and `/iiif/2/ID/full/WIDTH,/0/default.jpg`."""
    if request.path == "/api/v1/artworks/search":
        return _search(request, gallery)
    if request.path.startswith("/api/v1/artworks/"):
        work = gallery.work(request.words[3])
        known = work is not None and work.number not in gallery.gone
        return json_response({"data": _hit(work, gallery)}) if work and known else json_response({"status": 404}, 404)
    if request.path.startswith("/iiif/2/") and gallery.wall:
        return challenge()
    if request.path.startswith("/iiif/2/"):
        work = gallery.work(request.words[2].rpartition("-")[2].lstrip("0") or "0")
        return serve_picture(request, gallery, work) if work else empty_response(404)
    return None


def _search(request: Request, gallery: Gallery) -> Response:
    limit, page = int(request.query.get("limit", "10")), int(request.query.get("page", "1"))
    if limit > MAX_LIMIT or limit * page > MAX_HITS:
        return json_response({"status": 403, "error": "Invalid limit", "detail": "You have requested too much."}, 403)
    total = len(gallery.works)
    pagination = {
        "total": total,
        "limit": limit,
        "offset": (page - 1) * limit,
        "total_pages": min(-(-total // limit), MAX_HITS // limit),
        "current_page": page,
    }
    config = {"iiif_url": f"{request.site}/iiif/2", "website_url": request.site}
    data = [_hit(work, gallery) for work in gallery.page(page, limit)]
    return json_response({"preference": None, "pagination": pagination, "data": data, "config": config})


def _hit(work: Work, gallery: Gallery) -> dict[str, object]:
    namespace = uuid.uuid5(uuid.NAMESPACE_URL, str(work.number))
    record: dict[str, object] = {
        "_score": 1.0,
        "id": work.number,
        "title": work.credit.title,
        # the last group of the id carries the work's number, so that the image server finds it
        "image_id": None if gallery.varies and work.every(12) else f"{str(namespace)[:23]}-{work.number:012d}",
        "artist_title": None if gallery.varies and work.every(4, 1) else work.credit.artist,
        "artist_display": f"{work.credit.artist} (Dutch, 1853-1890)",
        "artwork_type_title": "Photograph" if gallery.varies and work.every(10, 3) else "Painting",
        "date_display": work.credit.date,
        "term_titles": work.tags,
        "is_public_domain": work.is_public_domain,
        "thumbnail": None,
    }
    return with_odd_types(work.fault, record, "title", "artist_title", "date_display", "term_titles")
