"""The Metropolitan Museum's collection API: a search that gives all ids at once, and one object per request."""

from aahq_builder.testserver.faults import page_response, with_odd_types
from aahq_builder.testserver.gallery import Gallery, Work
from aahq_builder.testserver.http import Request, Response, json_response

ROOT = "/public/collection/v1"


def respond(request: Request, gallery: Gallery) -> Response | None:
    """`/search`, `/objects` and `/objects/ID` below the API's root."""
    if not request.path.startswith(ROOT):
        return None
    words = request.path.removeprefix(ROOT).strip("/").split("/")
    if words in (["search"], ["objects"]):
        ids = [work.number for work in gallery.works]
        return json_response({"total": len(ids), "objectIDs": ids or None})
    work = gallery.work(words[1]) if words[0] == "objects" and len(words) == 2 else None
    if work is None or work.number in gallery.gone:
        return json_response({"message": "ObjectID not found"}, 404)
    return page_response(work.fault, json_response(_object(work, request.site)), gallery.hit(request.path))


def _object(work: Work, site: str) -> dict[str, object]:
    credit = work.credit
    image = work.image_url(site) if work.is_public_domain else ""
    record: dict[str, object] = {
        "objectID": work.number,
        "isHighlight": False,
        "accessionNumber": f"19.{work.number}",
        "isPublicDomain": work.is_public_domain,
        "primaryImage": image,
        "primaryImageSmall": image,
        "additionalImages": [],
        "department": "European Paintings",
        "objectName": "Painting",
        "title": credit.title,
        "artistDisplayName": credit.artist,
        "artistDisplayBio": "",
        "objectDate": credit.date,
        "medium": "Oil on canvas",
        "creditLine": "Gift of the test server",
        "classification": "Paintings",
        "rightsAndReproduction": "",
        "objectURL": f"{site}/artwork/{work.number}",
        "tags": [{"term": term, "AAT_URL": "", "Wikidata_URL": ""} for term in work.tags],
    }
    return with_odd_types(work.fault, record, "title", "artistDisplayName", "objectDate", "primaryImageSmall", "tags")
