"""The Cleveland Museum of Art's open-access API."""

from aahq_builder.testserver.faults import with_odd_types
from aahq_builder.testserver.gallery import Gallery, Work
from aahq_builder.testserver.http import Request, Response, json_response

NATIONALITY_AND_YEARS = "(Dutch, 1853-1890)"
"""The museum's names of makers carry theirs."""


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
    maker = {"id": 1, "description": f"{work.credit.artist} {NATIONALITY_AND_YEARS}", "role": "artist"}
    size = {"width": "893", "height": "893", "filesize": "500000"}
    record: dict[str, object] = {
        "id": work.number,
        "accession_number": f"1990.{work.number}",
        "share_license_status": "CC0" if work.is_public_domain else "Copyrighted",
        "tombstone": f"{work.credit.title}, {work.credit.date}. {work.credit.artist}.",
        "title": work.credit.title,
        "creators": [maker],
        "creation_date": work.credit.date,
        "type": "Painting",
        "technique": " ".join(work.tags[1:]),
        "url": f"{site}/artwork/{work.number}",
        "images": {"web": {"url": url, **size}, "print": {"url": url, **size}, "full": {"url": url + ".tif", **size}},
    }
    return with_odd_types(work.fault, record, "title", "tombstone", "creators", "creation_date", "technique")
