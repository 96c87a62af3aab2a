"""The Cleveland Museum of Art's open-access API."""

from aahq_builder.testserver.gallery import Gallery, Work
from aahq_builder.testserver.http import Request, Response, json_response


def respond(request: Request, gallery: Gallery) -> Response | None:
    """`/api/artworks/?limit=&skip=` and `/api/artworks/ID`."""
    if request.words[:2] == ["api", "artworks"] and len(request.words) == 3:
        work = gallery.work(request.words[2])
        known = work is not None and work.number not in gallery.gone
        return json_response({"data": _record(work, request.site)}) if work and known else json_response({}, 404)
    if request.path.rstrip("/") != "/api/artworks":
        return None
    limit, skip = int(request.query.get("limit", "1000")), int(request.query.get("skip", "0"))
    works = gallery.works[skip : skip + limit]
    info = {"total": len(gallery.works), "parameters": {"limit": limit, "skip": skip}}
    return json_response({"info": info, "data": [_record(work, request.site) for work in works]})


def _record(work: Work, site: str) -> dict[str, object]:
    url = work.image_url(site)
    size = {"width": "893", "height": "893", "filesize": "500000"}
    return {
        "id": work.number,
        "accession_number": f"1990.{work.number}",
        "share_license_status": "CC0" if work.is_public_domain else "Copyrighted",
        "tombstone": f"{work.credit.title}, {work.credit.date}. {work.credit.artist}.",
        "title": work.credit.title,
        "creators": [{"id": 1, "description": work.credit.artist, "role": "artist"}],
        "creation_date": work.credit.date,
        "type": "Painting",
        "technique": " ".join(work.tags[1:]),
        "url": f"{site}/artwork/{work.number}",
        "images": {"web": {"url": url, **size}, "print": {"url": url, **size}, "full": {"url": url + ".tif", **size}},
    }
