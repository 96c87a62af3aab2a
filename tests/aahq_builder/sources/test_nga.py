"""What is made of the National Gallery of Art's CSV files."""

from typing import Any

import pytest

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.sources.found import PictureAddress
from aahq_builder.sources.nga import Nga
from tests.aahq_builder.sources.answers import Answers

WHERE = "http://nga.example"
FOLDER = f"{WHERE}/NationalGalleryOfArt/opendata/main/data"
OBJECTS = '''objectid,title,displaydate,medium,classification,attribution,creditline
7,"Portrait of a Lady,
seated",c. 1889,"oil on ""canvas""",Painting,Ann,"Gift of A,
New York"
8,A landscape,1850,etching,Print,Bob,Gift of B
9,A saint,1310,tempera,Painting,Cimabue,Gift of C
30,Portrait of a Man,1900,,Photograph,Dan,
no number,Portrait,,,,,
'''
IMAGES = """uuid,iiifurl,viewtype,sequence,width,height,maxpixels,openaccess,depictstmsobjectid
u7,https://api.nga.gov/iiif/u7,primary,0,4000,3000,,1,7
u7b,https://api.nga.gov/iiif/u7b,alternate,1,4000,3000,,1,7
u8,,primary,0,800,600,640,1,8
u9,,primary,0,800,600,640,1,9
u30,,primary,0,4000,3000,,0,30
"""
TERMS = """termid,objectid,termtype,term,visualbrowsertheme,visualbrowserstyle
1,9,Theme,"saints, half-length",portrait,
2,8,Place Executed,France,,
"""


def files(**changes: str) -> Answers:
    contents = {"objects": OBJECTS, "published_images": IMAGES, "objects_terms": TERMS, **changes}
    return Answers({f"{FOLDER}/{name}.csv": text for name, text in contents.items()})


def found(web: Answers, query: str | None = None, cursor: Any = None) -> list[Any]:
    return [listed.work for page in Nga(query, WHERE).ids(web, cursor) for listed in page.works]


def test_titles_and_themes_are_searched_among_open_primary_pictures() -> None:
    assert [work.source_id for work in found(files())] == ["7", "9"]
    assert [work.source_id for work in found(files(), "FRANCE")] == ["8"]
    assert [work.source_id for work in found(files(), cursor={"last_id": 7})] == ["9"]
    assert [(page.cursor, page.total) for page in Nga(None, WHERE).ids(files(), None)] == [(None, 2)]


def test_quoted_fields_may_span_lines() -> None:
    lady = found(files())[0]
    assert (lady.title, lady.date, lady.artist, lady.kind) == (
        "Portrait of a Lady,\nseated", "c. 1889", "Ann", "painting",
    )  # fmt: skip
    assert (lady.license.spdx, list(lady.signals)) == ("CC0-1.0", [])
    assert lady.attribution.endswith("National Gallery of Art, Washington. Gift of A,\nNew York")


def test_no_more_px_are_asked_for_than_the_museum_gives() -> None:
    lady, saint = found(files())
    assert lady.candidates == [PictureAddress("https://api.nga.gov/iiif/u7/full/!2048,2048/0/default.jpg", 2048, 1536)]
    assert saint.candidates == [PictureAddress("https://api.nga.gov/iiif/u9/full/!640,640/0/default.jpg", 640, 480)]


def test_a_second_look_reads_the_lines_of_today() -> None:
    nga = Nga(None, WHERE)
    (closed,) = nga.record(files(), "30")
    assert [(signal.finding, signal.value) for signal in closed.signals] == [("silent", "openaccess: false")]
    (unclear,) = nga.record(files(published_images=IMAGES.replace("640,1,9", "640,maybe,9")), "9")
    assert [signal.finding for signal in unclear.signals] == ["unread"]
    for gone in ("11", "no number"):
        with pytest.raises(ItemError) as caught:
            nga.record(files(), gone)
        assert caught.value.kind is ErrorKind.HTTP_404


def test_a_page_in_place_of_a_file_is_no_empty_listing() -> None:
    with pytest.raises(ItemError, match="no column 'depictstmsobjectid'"):
        found(files(published_images="<!doctype html><p>Rate limit exceeded</p>"))


def test_many_works_come_in_pages_that_go_on_where_they_stopped() -> None:
    numbers = range(1, 251)
    lines = "".join(f"{number},Portrait,,,Painting,,\n" for number in numbers)
    images = "".join(f"u{number},,primary,0,9,9,,1,{number}\n" for number in numbers)
    web = files(objects=OBJECTS.splitlines()[0] + "\n" + lines, published_images=IMAGES.splitlines()[0] + "\n" + images)
    pages = list(Nga(None, WHERE).ids(web, None))
    assert [page.cursor for page in pages] == [{"last_id": 100}, {"last_id": 200}, None]
    assert [listed.work.source_id for page in pages for listed in page.works] == [str(number) for number in numbers]
