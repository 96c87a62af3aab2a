"""The National Gallery of Art's CSV files, quoted as there, and its IIIF pictures with their limits."""

import csv
import io
import uuid
from collections.abc import Iterable, Sequence

from aahq_builder.testserver.gallery import Gallery, Work
from aahq_builder.testserver.http import Request, Response, empty_response
from aahq_builder.testserver.shapes.images import serve_picture

FOLDER = "/NationalGalleryOfArt/opendata/main/data/"
PICTURES = "/iiif/nga/"
FIRST_ID = 1000
SMALL_PX = 640
IMAGES = (
    "uuid", "iiifurl", "iiifthumburl", "viewtype", "sequence", "width", "height", "maxpixels", "openaccess", "created",
    "modified", "depictstmsobjectid", "assistivetext",
)  # fmt: skip
OBJECTS = (
    "objectid", "accessioned", "accessionnum", "title", "displaydate", "medium", "dimensions", "attribution",
    "creditline", "classification",
)  # fmt: skip
TERMS = ("termid", "objectid", "termtype", "term", "visualbrowsertheme", "visualbrowserstyle")
CREATED = "2020-01-01 00:00:00-05"


def respond(request: Request, gallery: Gallery) -> Response | None:
    """The three files, and `/iiif/nga/NUMBER/full/!WIDTH,HEIGHT/0/default.jpg`."""
    works = [work for work in gallery.works if work.number not in gallery.gone]
    if request.path.startswith(PICTURES):
        return _picture(request, gallery)
    files = {
        "published_images.csv": (IMAGES, (line for work in works for line in _images(work, request.site))),
        "objects.csv": (OBJECTS, map(_object, works)),
        "objects_terms.csv": (TERMS, map(_term, works)),
    }
    name = request.path.removeprefix(FOLDER)
    return _csv(*files[name]) if request.path == FOLDER + name and name in files else None


def _picture(request: Request, gallery: Gallery) -> Response:
    """The picture, unless more px are asked for than the museum gives of it."""
    work, size = gallery.work(request.words[2]), request.words[4].removeprefix("!").partition(",")[0]
    is_allowed = work and size.isdigit() and int(size) <= max_px(work)
    return serve_picture(request, gallery, work) if work and is_allowed else empty_response(400)


def max_px(work: Work) -> int:
    """Every fifth work is given in a small size only."""
    return SMALL_PX if work.number % 5 == 0 else 4096


def _images(work: Work, site: str) -> list[list[object]]:
    """A detail, and the primary picture; a picture of a limited size says so in `maxpixels`."""
    address = work.image_url(site)
    name = uuid.uuid5(uuid.NAMESPACE_URL, str(work.number))
    url = f"{site}{PICTURES}{work.number}" if address == site + work.image_path else address
    size = [4000, 3000, SMALL_PX if max_px(work) == SMALL_PX else "", int(work.is_public_domain), CREATED, CREATED]
    last = [work.number + FIRST_ID, 'Seated, she says "no",\nand looks away']
    return [
        [name, f"{url}-detail", "", "alternate", 1, *size, *last],
        [name, url, "", "primary", 0, *size, *last],
    ]


def _object(work: Work) -> list[object]:
    """A line whose quoted fields hold commas, quotes and line breaks."""
    dimensions = "overall: 62.2 x 34.8 cm\r\n(24 1/2 x 13 11/16 in.)"
    described = [work.credit.title, work.credit.date, "oil on canvas", dimensions, work.credit.artist]
    number = work.number + FIRST_ID
    return [number, 1, f"1937.1.{number}", *described, 'Gift of "A, B & Co.",\nNew York', "Painting"]


def _term(work: Work) -> list[object]:
    return [work.number, work.number + FIRST_ID, "Theme", "portrait, female", "portrait", ""]


def _csv(header: Sequence[str], lines: Iterable[Sequence[object]]) -> Response:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return Response(text.getvalue().encode(), "text/plain; charset=utf-8")
