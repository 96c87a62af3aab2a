"""Wikimedia Commons' API: files by a generator, with licences in HTML metadata and `continue` values."""

from html import escape

from aahq_builder.testserver.faults import with_odd_types
from aahq_builder.testserver.gallery import Gallery, Work
from aahq_builder.testserver.http import Request, Response, json_response
from aahq_builder.testserver.shapes.html import LICENSE_URLS

SHORT_NAMES = {"CC0-1.0": "CC0", "LicenseRef-PDM": "Public domain"}
LAG_EVERY = 5
"""Every so many requests the server says that its replicas lag."""


def respond(request: Request, gallery: Gallery) -> Response | None:
    """`/w/api.php?action=query&generator=…`."""
    if request.path != "/w/api.php":
        return None
    if request.query.get("maxlag") and gallery.hit("commons") % LAG_EVERY == 0:
        lag = {"code": "maxlag", "info": "Waiting for a database server: 6 seconds lagged", "lag": 6}
        return json_response({"error": lag}, headers=(("Retry-After", "1"),))
    if "titles" in request.query:
        work = gallery.work(request.query["titles"].removeprefix("File:").partition(" ")[0])
        known = work is not None and work.number not in gallery.gone
        return json_response(
            {"query": {"pages": {"-1": _page(work, request.site) if work and known else {"missing": ""}}}}
        )
    prefix = "gcm" if request.query.get("generator") == "categorymembers" else "gsr"
    limit = min(int(request.query.get(f"{prefix}limit", "10")), 500)
    first = int(request.query.get(f"{prefix}continue", "0"))
    works = gallery.works[first : first + limit]
    answer: dict[str, object] = {"query": {"pages": {str(work.number): _page(work, request.site) for work in works}}}
    if first + limit < len(gallery.works):
        answer["continue"] = {f"{prefix}continue": str(first + limit), "continue": f"{prefix}continue||"}
    else:
        answer["batchcomplete"] = ""
    return json_response(answer)


def _page(work: Work, site: str) -> dict[str, object]:
    credit = work.credit
    facts: dict[str, object] = {
        "LicenseShortName": SHORT_NAMES.get(credit.license, credit.license.replace("-", " ", 1)),
        "LicenseUrl": LICENSE_URLS.get(credit.license, ""),
        "Artist": f'<a href="//example.org/{work.number}">{escape(credit.artist)}</a>',
        "ObjectName": escape(credit.title),
        "DateTimeOriginal": escape(credit.date),
        "Categories": "|".join(work.tags),
    }
    url = work.image_url(site)
    info = {
        "url": url,
        "descriptionurl": f"{site}/artwork/{work.number}",
        "width": 800,
        "height": 800,
        "thumburl": url,
        "thumbwidth": 800,
        "thumbheight": 800,
        "mime": "image/png",
        "mediatype": "BITMAP",
        "extmetadata": {
            name: {"value": value, "source": "commons-desc-page"}
            for name, value in with_odd_types(work.fault, facts, "ObjectName", "Artist", "Categories", "Credit").items()
        },
    }
    return {"pageid": work.number, "ns": 6, "title": f"File:{work.number} {work.safe_name}", "imageinfo": [info]}
