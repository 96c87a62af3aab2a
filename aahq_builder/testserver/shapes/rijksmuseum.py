"""The Rijksmuseum's search, whose pages name objects, and a linked-data document for each, with IIIF pictures."""

from urllib.parse import urlencode

from aahq_builder.testserver.faults import page_response, with_odd_types
from aahq_builder.testserver.gallery import Gallery, Work
from aahq_builder.testserver.http import Request, Response, empty_response, json_response
from aahq_builder.testserver.shapes.images import serve_picture

SEARCH = "/search/collection"
PICTURES = "/iiif/micrio/"
FIRST_ID = 200_000_000
IDS_PER_PAGE = 100
FIELDS = {"title", "description", "creator", "type", "material", "imageAvailable", "pageToken"}
RIGHTS = {
    "CC0-1.0": "http://creativecommons.org/publicdomain/zero/1.0/",
    "LicenseRef-PDM": "http://creativecommons.org/publicdomain/mark/1.0/",
}
IN_COPYRIGHT = "http://rightsstatements.org/vocab/InC/1.0/"
LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"


def respond(request: Request, gallery: Gallery) -> Response | None:
    """`/search/collection`, `/ID?_profile=edm-framed` and `/iiif/micrio/NUMBER/full/SIZE/0/default.jpg`."""
    if request.path == SEARCH:
        return _search(request, gallery)
    if request.path.startswith(PICTURES):
        work = gallery.work(request.words[2])
        is_sized = "/full/!2048,2048/" in request.path
        return serve_picture(request, gallery, work) if work and is_sized else empty_response(404)
    if len(request.words) == 1 and request.words[0].isdigit() and "_profile" in request.query:
        work = gallery.work(int(request.words[0]) - FIRST_ID)
        if work is None or work.number in gallery.gone:
            return empty_response(404)
        proper = json_response(_document(work, request.site))
        return page_response(work.fault, proper, gallery.hit(request.path))
    return None


def _search(request: Request, gallery: Gallery) -> Response:
    if unknown := sorted(set(request.query) - FIELDS):
        return json_response({"detail": f"unknown parameter {unknown[0]}"}, 400)
    works = gallery.works if request.query.get("type", "painting") == "painting" else []
    first = int(request.query.get("pageToken", "0"))
    page: dict[str, object] = {
        "@context": "https://linked.art/ns/v1/search.json",
        "id": f"{request.site}{SEARCH}?{urlencode(request.query)}",
        "type": "OrderedCollectionPage",
        "partOf": {"type": "OrderedCollection", "totalItems": len(works)},
        "orderedItems": [
            {"id": f"https://id.rijksmuseum.nl/{FIRST_ID + work.number}", "type": "HumanMadeObject"}
            for work in works[first : first + IDS_PER_PAGE]
        ],
    }
    if first + IDS_PER_PAGE < len(works):
        query = urlencode({**request.query, "pageToken": str(first + IDS_PER_PAGE)})
        page["next"] = {"id": f"{request.site}{SEARCH}?{query}", "type": "OrderedCollectionPage"}
    return json_response(page)


def _document(work: Work, site: str) -> dict[str, object]:
    """The document of an object, with each value in one of the four forms that the site sends, by the work's number."""
    address = work.image_url(site)
    is_itself = address == site + work.image_path
    picture = f"{site}{PICTURES}{work.number}" if is_itself else address
    described: dict[str, object] = {
        "id": f"https://id.rijksmuseum.nl/{FIRST_ID + work.number}",
        "title": written(work.credit.title, work.number),
        "creator": [{LABEL: written(work.credit.artist, work.number + 1)}],
        "created": written(work.credit.date, work.number + 2),
        "identifier": [f"SK-A-{work.number}"],
        "medium": [{"@language": "nl", "@value": "olieverf op doek"}],
        "dcType": {"en": ["painting"], "nl": ["schilderij"]},
    }
    return {
        "id": f"https://id.rijksmuseum.nl/{FIRST_ID + work.number}#aggregation",
        "aggregatedCHO": with_odd_types(work.fault, described, "title", "creator", "created", "medium", "dcType"),
        "edmRights": RIGHTS.get(work.credit.license, IN_COPYRIGHT),
        "isShownAt": {"id": f"https://www.rijksmuseum.nl/en/collection/SK-A-{work.number}"},
        "isShownBy": {"id": f"{picture}/full/max/0/default.jpg"},
    }


def written(words: str, form: int) -> object:
    """A text, a language object, a list of language objects, or a map by language."""
    forms: tuple[object, ...] = (
        words,
        {"@language": "en", "@value": words},
        [{"@language": "nl", "@value": f"{words} (nl)"}, {"@language": "en", "@value": words}],
        {"nl": [f"{words} (nl)"], "en": [words]},
    )
    return forms[form % len(forms)]
