"""The Metropolitan Museum's collection API: a search that gives all ids at once, and one object per request.

Filters count only behind `q`, and `hasImages` never. With walls, quick visitors meet Imperva's, and records vary: some
have no picture, some no classification, and some are photographs.
"""

from aahq_builder.testserver.faults import page_response, with_odd_types
from aahq_builder.testserver.gallery import Gallery, Work
from aahq_builder.testserver.http import Request, Response, json_response
from aahq_builder.testserver.walls import imperva_refusal

ROOT = "/public/collection/v1"
PAINTING = ("Paintings", "Painting", "Oil on canvas")
UNCLASSIFIED = ("", "Painting", "")
PHOTOGRAPH = ("Photographs", "Carte-de-visite", "Albumen silver print")


def respond(request: Request, gallery: Gallery) -> Response | None:
    """`/search`, `/objects` and `/objects/ID` below the API's root."""
    if not request.path.startswith(ROOT):
        return None
    if gallery.wall and gallery.wall.refuses():
        return imperva_refusal()
    words = request.path.removeprefix(ROOT).strip("/").split("/")
    if words in (["search"], ["objects"]):
        ids = [work.number for work in gallery.works if _is_of_medium(work, gallery, request)]
        return json_response({"total": len(ids), "objectIDs": ids or None})
    work = gallery.work(words[1]) if words[0] == "objects" and len(words) == 2 else None
    if work is None or work.number in gallery.gone:
        return json_response({"message": "ObjectID not found"}, 404)
    record = _object(work, request.site, *_words(work, gallery))
    return page_response(
        work.fault, json_response(_varied(work, record) if gallery.varies else record), gallery.hit(request.path)
    )


def _is_of_medium(work: Work, gallery: Gallery, request: Request) -> bool:
    """The filter `medium`: words for the classification, with bars between; nothing unless `q` came first."""
    medium = request.query.get("medium", "")
    if not medium or next(iter(request.query)) != "q":
        return True
    classification, name, _ = _words(work, gallery)
    return (classification or f"{name}s") in medium.split("|")


def _words(work: Work, gallery: Gallery) -> tuple[str, str, str]:
    """Classification, object name and medium."""
    if not gallery.varies:
        return PAINTING
    return PHOTOGRAPH if work.every(10, 3) else UNCLASSIFIED if work.every(5) else PAINTING


def _object(work: Work, site: str, classification: str, name: str, medium: str) -> dict[str, object]:
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
        "constituents": [{"constituentID": 1, "role": "Artist", "name": credit.artist, "gender": ""}],
        "department": "European Paintings",
        "objectName": name,
        "title": credit.title,
        "artistDisplayName": credit.artist,
        "artistDisplayBio": "Dutch, Zundert 1853–1890 Auvers-sur-Oise",
        "objectDate": credit.date,
        "medium": medium,
        "creditLine": "Gift of the test server",
        "classification": classification,
        "rightsAndReproduction": "",
        "metadataDate": "2026-02-07T04:48:43.553Z",
        "objectURL": f"{site}/artwork/{work.number}",
        "tags": [{"term": term, "AAT_URL": "", "Wikidata_URL": ""} for term in work.tags],
    }
    return with_odd_types(work.fault, record, "title", "artistDisplayName", "objectDate", "primaryImageSmall", "tags")


def _varied(work: Work, record: dict[str, object]) -> dict[str, object]:
    """What is missing from some records, and other views of some works."""
    missing: dict[str, object] = {}
    if work.every(12):
        missing = {"primaryImage": "", "primaryImageSmall": ""}
    if work.every(4, 1):
        missing |= {"artistDisplayName": "", "artistDisplayBio": "", "constituents": None, "tags": None}
    return {**record, "additionalImages": [f"{record['primaryImage']}?view=2"] if work.every(3) else [], **missing}
