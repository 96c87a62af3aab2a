"""Wikimedia Commons' API: files by a generator, with licences in HTML metadata and `continue` values.

With walls some files are large, and addresses carry `utm_*`; thumbnails have standard widths only, and the width that
the API tells is the one that was asked for.
"""

import re
from html import escape

from aahq_builder.testserver.faults import with_odd_types
from aahq_builder.testserver.gallery import Gallery, Work
from aahq_builder.testserver.http import Request, Response, empty_response, json_response
from aahq_builder.testserver.shapes.html import LICENSE_URLS
from aahq_builder.testserver.shapes.images import serve_picture

SHORT_NAMES = {"CC0-1.0": "CC0", "LicenseRef-PDM": "Public domain"}
LAG_EVERY = 5
"""Every so many requests the server says that it is busy."""
STEPS = (20, 40, 60, 120, 250, 330, 500, 960, 1280, 1920, 3840)
MAX_THUMBNAILS = 50
LARGE_PX = 6000
THUMBNAIL = re.compile(r"/thumb/(\d+)/(\d+)px-[^/]+")
TRACKED = "?utm_source=commons.wikimedia.org&utm_campaign=imageinfo"


def respond(request: Request, gallery: Gallery) -> Response | None:
    """`/w/api.php?action=query&generator=…` and `/thumb/NUMBER/WIDTHpx-NAME`."""
    if thumbnail := THUMBNAIL.fullmatch(request.path):
        return _thumbnail(request, gallery, *map(int, thumbnail.groups()))
    if request.path != "/w/api.php":
        return None
    hits = gallery.hit("commons")
    if request.query.get("maxlag") and hits % LAG_EVERY == 0:
        lag = {"code": "maxlag", "info": "Waiting for a database server: 6 seconds lagged", "lag": 6}
        many = {"code": "ratelimited", "info": "You've exceeded your rate limit. Please wait some time and try again."}
        return json_response({"error": (lag, many)[hits // LAG_EVERY % 2]}, headers=(("Retry-After", "1"),))
    if "titles" in request.query:
        work = gallery.work(request.query["titles"].removeprefix("File:").partition(" ")[0])
        known = work is not None and work.number not in gallery.gone
        return json_response(
            {"query": {"pages": {"-1": _page(work, request, gallery) if work and known else {"missing": ""}}}}
        )
    prefix = "gcm" if request.query.get("generator") == "categorymembers" else "gsr"
    limit = min(int(request.query.get(f"{prefix}limit", "10")), 500)
    if limit > MAX_THUMBNAILS and "iiurlwidth" in request.query:
        return json_response({"error": {"code": "toomanyvalues", "info": f"The limit is {MAX_THUMBNAILS}."}})
    first = int(request.query.get(f"{prefix}continue", "0"))
    works = gallery.works[first : first + limit]
    answer: dict[str, object] = {
        "query": {"pages": {str(work.number): _page(work, request, gallery) for work in works}}
    }
    if first + limit < len(gallery.works):
        answer["continue"] = {f"{prefix}continue": str(first + limit), "continue": f"{prefix}continue||"}
    else:
        answer["batchcomplete"] = ""
    return json_response(answer)


def _thumbnail(request: Request, gallery: Gallery, number: int, width: int) -> Response:
    """The picture, if the width is a step; other widths are refused, some by one status and some by another."""
    work = gallery.work(number)
    if work is None:
        return empty_response(404)
    return serve_picture(request, gallery, work) if width in STEPS else _refused(width)


def _refused(width: int) -> Response:
    text = b"Use thumbnail steps listed on https://w.wiki/GHai"
    return Response(text, "text/plain", 429 if width % 2 else 400)


def _page(work: Work, request: Request, gallery: Gallery) -> dict[str, object]:
    credit, site = work.credit, request.site
    facts: dict[str, object] = {
        "LicenseShortName": SHORT_NAMES.get(credit.license, credit.license.replace("-", " ", 1)),
        "LicenseUrl": LICENSE_URLS.get(credit.license, ""),
        "Artist": f'<a href="//example.org/{work.number}">{escape(credit.artist)}</a>',
        "ObjectName": escape(credit.title),
        "DateTimeOriginal": escape(credit.date),
        "Categories": "|".join([*work.tags, *(["Photographs of men"] if gallery.varies and work.every(10, 3) else [])]),
    }
    info = {
        **_addresses(work, request, gallery),
        "descriptionurl": f"{site}/artwork/{work.number}",
        "mime": "image/png",
        "mediatype": "BITMAP",
        "extmetadata": {
            name: {"value": value, "source": "commons-desc-page"}
            for name, value in with_odd_types(work.fault, facts, "ObjectName", "Artist", "Categories", "Credit").items()
        },
    }
    return {"pageid": work.number, "ns": 6, "title": f"File:{work.number} {work.safe_name}", "imageinfo": [info]}


def _addresses(work: Work, request: Request, gallery: Gallery) -> dict[str, object]:
    """The picture and its thumbnail: that of the nearest larger step, under the width that was asked for."""
    url, asked = work.image_url(request.site), int(request.query.get("iiurlwidth", "0"))
    if not (gallery.varies and work.every(3) and asked):
        size = {"width": 800, "height": 800}
        return {"url": url, **size, "thumburl": url, "thumbwidth": 800, "thumbheight": 800}
    step = min((step for step in STEPS if step >= asked), default=LARGE_PX)
    thumbnail = f"{request.site}/thumb/{work.number}/{step}px-{work.safe_name}"
    return {
        "url": url + TRACKED,
        "width": LARGE_PX,
        "height": LARGE_PX,
        "thumburl": thumbnail + TRACKED,
        "thumbwidth": asked,
        "thumbheight": asked,
    }
