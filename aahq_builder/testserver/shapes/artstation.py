"""ArtStation's listing, search and project routes, with its paging caps, bad-parameter answers and picture sizes."""

import secrets
from html import escape

from aahq_builder.testserver.faults import page_response, with_odd_types
from aahq_builder.testserver.gallery import Gallery, Work
from aahq_builder.testserver.http import Request, Response, empty_response, json_response
from aahq_builder.testserver.shapes.images import serve_picture

CHANNELS = ((70, "Abstract", "abstract"), (113, "Portraits", "portraits"), (88, "Illustration", "illustration"))
LISTED_AT_MOST, MAX_PAGE, MAX_PER_PAGE, MAX_SEARCH_PER_PAGE = 10_000, 100, 100, 75
SORTINGS = ("trending", "latest", "popular")
TOKEN_COOKIE = "PRIVATE-CSRF-TOKEN"  # noqa: S105 - a cookie's name


def respond(request: Request, gallery: Gallery) -> Response | None:
    """The routes below `/api/v2`, `/projects/HASH.json`, and the picture host's `/p/assets/…`."""
    routes = {
        "/api/v2/community/channels/channels.json": _channels,
        "/api/v2/community/channels/projects.json": _channel,
        "/api/v2/search/projects.json": _search,
        "/api/v2/csrf_protection/token.json": _token,
    }
    if request.path in routes:
        return routes[request.path](request, gallery)
    if len(request.words) == 2 and request.words[0] == "projects" and request.path.endswith(".json"):
        return _project(request, gallery)
    return _picture(request, gallery) if request.path.startswith("/p/assets/images/images/") else None


def _channels(request: Request, gallery: Gallery) -> Response:
    channels = [{"id": number, "name": name, "uri": uri, "state": "published"} for number, name, uri in CHANNELS]
    return json_response({"data": channels, "total_count": len(channels)})


def _token(request: Request, gallery: Gallery) -> Response:
    token = secrets.token_hex(44)
    return json_response({"public_csrf_token": token}, headers=(("Set-Cookie", f"{TOKEN_COOKIE}={token}; Path=/"),))


def _channel(request: Request, gallery: Gallery) -> Response:
    page, per_page = int(request.query.get("page", "1")), int(request.query.get("per_page", "50"))
    if page > MAX_PAGE or per_page > MAX_PER_PAGE or request.query.get("sorting", "latest") not in SORTINGS:
        return empty_response(400)
    works = gallery.works
    if request.query.get("sorting") == "trending":
        # the order changes while one pages through it, so that works come twice or never
        turn = gallery.hit("trending") % max(len(works), 1)
        works = works[turn:] + works[:turn]
    part = works[(page - 1) * per_page : page * per_page]
    total = min(len(works), LISTED_AT_MOST)
    return json_response({"data": [_card(work, request.site) for work in part], "total_count": total})


def _search(request: Request, gallery: Gallery) -> Response:
    if request.method == "POST" and not _has_token(request):
        return json_response({"message": "Invalid CSRF token"}, 403)
    if "page" not in request.query:
        return json_response({"data": "page should be given"}, 400)
    per_page = int(request.query.get("per_page", "0"))
    if not 3 <= per_page <= MAX_SEARCH_PER_PAGE:
        return json_response({"message": f"per_page should be <= {MAX_SEARCH_PER_PAGE}", "code": "per_page"}, 400)
    works = gallery.page(int(request.query["page"]), per_page)
    return json_response({"data": [_card(work, request.site) for work in works], "total_count": len(gallery.works)})


def _has_token(request: Request) -> bool:
    token = request.headers.get("PUBLIC-CSRF-TOKEN", "")
    return bool(token) and f"{TOKEN_COOKIE}={token}" in request.headers.get("Cookie", "")


def _project(request: Request, gallery: Gallery) -> Response:
    work = gallery.by_hash(request.words[1].removesuffix(".json"))
    if work is None or work.number in gallery.gone:
        return empty_response(404)
    details = _details(work, request.site, work.number in gallery.noai)
    proper = json_response(with_odd_types(work.fault, details, "title", "published_at", "tags", "mediums"))
    return page_response(work.fault, proper, gallery.hit(request.path))


def _picture(request: Request, gallery: Gallery) -> Response:
    groups, size = request.words[4:7], request.words[7] if len(request.words) > 8 else ""
    work = gallery.work("".join(groups).lstrip("0"))
    if work is None:
        return empty_response(404)
    if size in ("8k", "4k") and work.number % 3:
        return empty_response(403)  # most pictures exist only up to `large`
    return serve_picture(request, gallery, work)


def _user(work: Work, site: str) -> dict[str, object]:
    name = work.credit.artist
    return {"id": 1, "username": name.lower().replace(" ", ""), "full_name": name, "permalink": f"{site}/artist"}


def _card(work: Work, site: str) -> dict[str, object]:
    return {
        "id": work.number,
        "hash_id": work.hash_id,
        "url": f"{site}/artwork/{work.hash_id}",
        "title": escape(work.credit.title),
        "hide_as_adult": False,
        "is_highlighted": False,
        "smaller_square_cover_url": work.image_url(site),
        "small_square_cover_url": work.image_url(site),
        "icons": {"multiple_images": False, "video": False},
        "user": _user(work, site),
    }


def _details(work: Work, site: str, noai: bool) -> dict[str, object]:
    number = f"{work.number:09d}"
    place = f"{site}/p/assets/images/images/{number[:3]}/{number[3:6]}/{number[6:]}"
    listed = work.fault.listed_url if work.fault else ""
    picture = {
        "id": work.number * 10,
        "asset_type": "image",
        "has_image": True,
        "has_embedded_player": False,
        "width": 800,
        "height": 3000,
        "title": None,
        "position": 1,
        "image_url": listed or f"{place}/large/{work.safe_name}?1600000000",
    }
    cover = {**picture, "id": work.number * 10 + 1, "asset_type": "cover", "position": 0}
    video = {**picture, "id": work.number * 10 + 2, "asset_type": "video", "has_image": False, "position": 2}
    return {
        **_card(work, site),
        "description": "<p>&amp; drawn</p>",
        "permalink": f"{site}/artwork/{work.hash_id}",
        "published_at": "2019-05-01T10:00:00.000-05:00",
        "adult_content": False,
        "admin_adult_content": False,
        "tags": [*work.tags, *(["NoAI"] if noai else [])],
        "mediums": [{"name": "Digital 2D", "id": 1}],
        "assets": [cover, picture, video],
    }
