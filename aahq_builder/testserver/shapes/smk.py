"""SMK's search and its items, with IIIF pictures."""

import re

from aahq_builder.testserver.faults import with_odd_types
from aahq_builder.testserver.gallery import Gallery, Work
from aahq_builder.testserver.http import Request, Response, empty_response, json_response
from aahq_builder.testserver.shapes.images import serve_picture

ROOT = "/api/v1/art"
PICTURES = "/iiif/jp2/"
MAX_ROWS = 2000
MARK = "https://creativecommons.org/publicdomain/mark/1.0/"
RIGHTS = {"CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/", "LicenseRef-PDM": MARK}
IN_COPYRIGHT = "https://www.smk.dk/en/article/this-artwork-is-subject-to-copyright/"


def respond(request: Request, gallery: Gallery) -> Response | None:
    """`/api/v1/art/search/?keys=&filters=`, `/api/v1/art/?object_number=` and `/iiif/jp2/NUMBER/full/SIZE/…`."""
    if request.path == f"{ROOT}/search/":
        return _search(request, gallery)
    if request.path == f"{ROOT}/":
        work = gallery.work(request.query.get("object_number", "").removeprefix("KMS"))
        works = [work] if work and work.number not in gallery.gone else []
        return _answer(request, works, 0, 10, len(works))
    if request.path.startswith(PICTURES):
        work = gallery.work(request.words[2])
        return (
            serve_picture(request, gallery, work) if work and "/full/!2048,/" in request.path else empty_response(404)
        )
    return None


def _search(request: Request, gallery: Gallery) -> Response:
    offset, rows = int(request.query.get("offset", "0")), int(request.query.get("rows", "10"))
    if rows > MAX_ROWS or "keys" not in request.query:
        return json_response({"message": "Input payload validation failed"}, 400)
    filters = dict(re.findall(r"\[(\w+):([^\]]*)\]", request.query.get("filters", "")))
    works = [work for work in gallery.works if _fits(work, filters)]
    return _answer(request, works[offset : offset + rows], offset, rows, len(works))


def _fits(work: Work, filters: dict[str, str]) -> bool:
    """The server shows paintings only; works of a closed licence are not in the public domain."""
    is_public = filters.get("public_domain") != "true" or work.is_public_domain
    return is_public and filters.get("object_names", "maleri") == "maleri"


def _answer(request: Request, works: list[Work], offset: int, rows: int, found: int) -> Response:
    items = [_item(work, request.site) for work in works]
    return json_response({"offset": offset, "rows": rows, "found": found, "items": items})


def _item(work: Work, site: str) -> dict[str, object]:
    """An item; as on the site, fields that a work lacks are left out."""
    address = work.image_url(site)
    is_itself = address == site + work.image_path
    date = {"production_date": [{"period": work.credit.date}]} if work.credit.date else {}
    record: dict[str, object] = {
        "id": f"{work.number}_object",
        "object_number": f"KMS{work.number}",
        "created": "2020-03-21T09:29:35Z",
        "modified": "2026-04-24T06:47:51Z",
        "titles": [{"title": work.credit.title, "type": "museumstitel", "language": "dansk"}],
        "production": [
            {
                "creator": work.credit.artist,
                "creator_forename": work.credit.artist.split(" ")[0],
                "creator_date_of_birth": "1853-01-01T00:00:00.000Z",
                "creator_date_of_death": "1890-01-01T00:00:00.000Z",
            }
        ],
        **date,
        "object_names": [{"name": "maleri"}],
        "techniques": ["Olie på lærred"],
        "content_subject": work.tags,
        "has_image": True,
        "public_domain": work.is_public_domain,
        "rights": RIGHTS.get(work.credit.license, IN_COPYRIGHT),
        "image_iiif_id": f"{site}{PICTURES}{work.number}" if is_itself else address,
        "image_native": address,
        "image_width": 48,
        "image_height": 48,
        "alternative_images": [],
    }
    return with_odd_types(
        work.fault, record, "titles", "production", "production_date", "techniques", "content_subject"
    )
