"""What is read from a page: addresses, the picture of the work and no other, its licence."""

import pytest

from aahq_builder.rights.licenses import is_open
from aahq_builder.sources.found import FoundArtwork
from aahq_builder.sources.html import Html
from tests.aahq_builder.sources.answers import Answers

SITE = "http://site.example"
WORK = f"{SITE}/art/1"
CC_BY = '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY</a>'


def read(page: str, *select: str) -> FoundArtwork:
    (found,) = Html(f"{SITE}/", select).record(Answers(pages={WORK: page}), WORK)
    return found


def pictures(page: str, *select: str) -> list[str]:
    return [candidate.url.removeprefix(SITE) for candidate in read(page, *select).candidates]


def links(page: str) -> list[str]:
    (listed,) = Html(f"{SITE}/list/").ids(Answers(pages={f"{SITE}/list/": page}), None)
    return [each.work.source_id.removeprefix(SITE) for each in listed.works]


def test_selectors_from_the_command_line_read_any_page() -> None:
    page = """<head><meta property="og:image" content="/pics/1.jpg"></head><div class="t">Tom &amp; Lis</div>
    <span class="by">Jane</span><a class="rights" href="https://creativecommons.org/licenses/by/4.0/">licence</a>"""
    select = ("title=.t", "artist=.by", "license=.rights", "image=meta[property='og:image']@content")
    found = read(page, *select)
    assert (found.title, found.artist, found.license.spdx) == ("Tom & Lis", "Jane", "CC-BY-4.0")
    assert [candidate.url for candidate in found.candidates] == [f"{SITE}/pics/1.jpg"]


def test_the_base_element_says_what_links_are_relative_to() -> None:
    item = '<a class="artwork" href="w.html">w</a>'
    assert links(item) == ["/list/w.html"]
    assert links(f'<base href="/sub/">{item}') == ["/sub/w.html"]
    assert links(f'<base target="_top"><base href="deeper/"><base href="/no/">{item}') == ["/list/deeper/w.html"]
    assert links(f'<base href="data:text/html,">{item}') == ["/list/w.html"]
    assert pictures('<base href="/pics/"><figure><img src="1.png"></figure>') == ["/pics/1.png"]


def test_one_work_is_listed_once_however_its_address_is_written() -> None:
    written = ("/w/1", "/w/1#comments", " /w/1\n", "../w/1", f"{SITE}/w/1#")
    assert links("".join(f'<a class="artwork" href="{each}">w</a>' for each in written)) == ["/w/1"]


def test_what_is_no_address_of_a_document_is_no_work() -> None:
    written = ("javascript:void(0)", "mailto:a@b.example", "data:text/html,x", "", " ", "x" * 5000)
    assert links("".join(f'<a class="artwork" href="{each}">w</a>' for each in written)) == []


def test_a_malformed_address_keeps_its_row_for_the_reason() -> None:
    assert links('<a class="artwork" href="http://[your-site]/x">w</a>') == ["http://[your-site]/x"]


def test_the_first_picture_is_the_work_and_no_other_stands_in_for_it() -> None:
    page = '<figure><img src="/work.png"></figure><figure><img src="/other.png"></figure>'
    assert pictures(page) == ["/work.png"]
    assert pictures(f'<head><meta property="og:image" content="/share.png"></head>{page}') == ["/work.png"]
    assert pictures(f'<a rel="original" href="/full.png">full</a>{page}') == ["/full.png"]


@pytest.mark.parametrize("part", ["aside", "nav", "footer"])
def test_pictures_beside_the_work_are_not_the_work(part: str) -> None:
    beside = f'<{part}><figure><img src="/bob.png"></figure></{part}>'
    assert pictures(f'{beside}<figure><img src="/ann.png"></figure>') == ["/ann.png"]
    assert pictures(beside) == []


LOGOS = (
    "/logo.png",
    "/img/site-logo-2x.png",
    "/favicon.ico",
    "/static/default_avatar.jpg",
    "/apple-touch-icon.png",
    "/no-image.png",
    "/Logo.PNG",
)


@pytest.mark.parametrize("name", LOGOS)
def test_a_sites_logo_is_no_work(name: str) -> None:
    assert pictures(f'<head><meta property="og:image" content="{name}"></head>') == []
    assert pictures(f'<head><link rel="image_src" href="{name}"></head>') == []


def test_a_work_may_be_named_like_one() -> None:
    for name in (
        "/catalogo/iconography-12.png",
        "/icon-of-st-george.jpg",
        "/avatar-4.png",
        "/7/full/max/0/default.jpg",
    ):
        assert pictures(f'<head><meta property="og:image" content="{name}"></head>') == [name]


def test_a_link_to_the_original_brings_the_smaller_size_that_it_shows() -> None:
    assert pictures('<a rel="original" href="/full.png"><img src="/small.png"></a>') == ["/full.png", "/small.png"]
    figure = '<figure><a rel="original" href="/full.png">full</a><img src="/small.png">{}</figure>'
    assert pictures(figure.format("")) == ["/full.png", "/small.png"]
    assert pictures(figure.format('<img src="/detail.png">')) == ["/full.png"]


def test_all_sizes_of_a_picture_are_found_the_largest_first() -> None:
    image = '<img src="/400.png" srcset="/400.png 400w, /1600.png 1600w,/800.png 800w">'
    assert pictures(f"<figure>{image}</figure>") == ["/1600.png", "/800.png", "/400.png"]
    source = '<source srcset="/3200.webp 3200w" type="image/webp">'
    assert pictures(f"<figure><picture>{source}{image}</picture></figure>")[0] == "/3200.webp"
    density = '<figure><img src="/1x.png" srcset="/2x.png 2x, /1x.png"></figure>'
    assert pictures(density) == ["/2x.png", "/1x.png"]
    commas = '<figure><img srcset="/w_400,h_300/a.png 400w, /w_800,h_600/a.png 800w"></figure>'
    assert pictures(commas) == ["/w_800,h_600/a.png", "/w_400,h_300/a.png"]


@pytest.mark.parametrize("placeholder", ["data:image/gif;base64,R0lGODlhAQABAAAAACw=", "/blank.gif", "/loading.svg"])
def test_a_picture_that_loads_late_is_not_its_placeholder(placeholder: str) -> None:
    for late in ('data-src="/1.png"', 'data-srcset="/1.png 800w"', 'data-original="/1.png"'):
        assert pictures(f'<figure><img src="{placeholder}" {late}></figure>') == ["/1.png"]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("/50%.png", "/50%25.png"),
        ("/a%20b%zz.png", "/a%20b%25zz.png"),
        ("/two words.png", "/two%20words.png"),
        ("/q.png?size=100%", "/q.png?size=100%25"),
        ("/b%C3%A4r.png", "/b%C3%A4r.png"),
        ("\t/1\n.png ", "/1.png"),
    ],
)
def test_half_escaped_addresses_are_asked_for_as_they_are_meant(written: str, asked: str) -> None:
    assert pictures(f'<figure><img src="{written}"></figure>') == [asked]


def test_of_licences_that_disagree_the_closed_one_counts() -> None:
    closed = '<a rel="license" href="https://creativecommons.org/licenses/by-nc/4.0/">NC</a>'
    assert read(CC_BY).license.spdx == "CC-BY-4.0"
    for page in (CC_BY + closed, closed + CC_BY):
        assert read(page).license.spdx == "CC-BY-NC-4.0"
    words = '<a rel="license" title="CC BY 4.0" href="https://creativecommons.org/licenses/by/4.0/">{}</a>'
    assert not is_open(read(words.format("All rights reserved")).license.spdx)
    assert is_open(read(words.format("Some rights reserved")).license.spdx)


def test_a_licence_beside_the_work_is_another_works() -> None:
    assert read(f"<aside>{CC_BY}</aside>").license.spdx is None
    assert read(f"<article><footer>{CC_BY}</footer></article>").license.spdx == "CC-BY-4.0"


def test_a_licence_in_the_query_of_another_address_is_none() -> None:
    url = "https://shop.example/?next=https://creativecommons.org/licenses/by/4.0/"
    assert not is_open(read(f'<a rel="license" href="{url}">licence</a>').license.spdx)
