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
        return (
            json_response({"data": _record(work, request.site, gallery)}) if work and known else json_response({}, 404)
        )
    if request.path.rstrip("/") != "/api/artworks":
        return None
    limit, skip = int(request.query.get("limit", "1000")), int(request.query.get("skip", "0"))
    works = gallery.works[skip : skip + limit]
    info = {"total": len(gallery.works), "parameters": {"limit": limit, "skip": skip}}
    return json_response({"info": info, "data": [_record(work, request.site, gallery) for work in works]})


def _record(work: Work, site: str, gallery: Gallery) -> dict[str, object]:
    sizes = _sizes(work.image_url(site))
    record: dict[str, object] = {
        "id": work.number,
        "accession_number": f"1990.{work.number}",
        "share_license_status": "CC0" if work.is_public_domain else "Copyrighted",
        "tombstone": f"{work.credit.title}, {work.credit.date}. {work.credit.artist}.",
        "title": work.credit.title,
        "creators": _makers(work, gallery),
        "creation_date": work.credit.date,
        "type": "Photograph" if gallery.varies and work.every(10, 3) else "Painting",
        "updated_at": "2026-02-07 04:48:43.553000",
        "technique": " ".join(work.tags[1:]),
        "url": f"{site}/artwork/{work.number}",
        "images": sizes,
        "alternate_images": [_sizes(work.image_url(site) + "?view=back")] if gallery.varies and work.every(3) else [],
    }
    if gallery.varies and work.every(12):
        record["images"] = {"web": sizes["web"], "full": sizes["full"]}
    return with_odd_types(work.fault, record, "title", "tombstone", "creators", "creation_date", "technique")


def _makers(work: Work, gallery: Gallery) -> list[dict[str, object]]:
    """One maker; with varied records an empty one for the anonymous, and two for some."""
    names = [f"{work.credit.artist} {NATIONALITY_AND_YEARS}"]
    if gallery.varies:
        names = (
            [""] if work.every(4, 1) else [*names, f"Jane Doe {NATIONALITY_AND_YEARS}"] if work.every(6, 2) else names
        )
    return [{"id": number, "description": name, "role": "artist"} for number, name in enumerate(names)]


def _sizes(url: str) -> dict[str, dict[str, str]]:
    """The sizes of a picture, their numbers as text; `full` is a TIFF that no browser shows."""
    size = {"width": "893", "height": "893", "filesize": "500000"}
    return {name: {"url": url + (".tif" if name == "full" else ""), **size} for name in ("web", "print", "full")}
