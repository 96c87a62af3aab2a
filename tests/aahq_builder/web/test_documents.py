"""What sources read: JSON, pages and the headers of pictures."""

from collections.abc import Sequence

import pytest

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.rights.rules import Signal
from aahq_builder.web.documents import DocumentReader
from aahq_builder.web.fetch import user_agent
from aahq_builder.web.rate import RatePolicy
from aahq_builder.web.site_files import SiteRules
from tests.aahq_builder.written_site import Answer, NewSite, Site, client_of


def reader_of(site: Site, policy: RatePolicy | None = None) -> DocumentReader:
    client = client_of(site)
    return DocumentReader(client, SiteRules(client, "aahq-build", lambda file: None), policy or RatePolicy(), 0.0)


def forbid(site: Site) -> None:
    site.put("/robots.txt", Answer(body=b"User-agent: *\nDisallow: /\n"))


def test_documents_lie_under_the_robots_file_unless_the_source_says_otherwise(new_site: NewSite) -> None:
    site = new_site()
    forbid(site)
    url = site.put("/list.json", Answer(body=b"[1, 2]"))
    with pytest.raises(ItemError) as caught:
        reader_of(site).json(url)
    assert caught.value.kind is ErrorKind.ROBOTS
    assert reader_of(site, RatePolicy(robots_on_listing=False)).json(url) == [1, 2]
    assert site.paths == ["/robots.txt", "/list.json"]


@pytest.mark.parametrize("body", [b"<html>", b"", b"[" * 100_000, b"\xff\xfe[", b"NaN]"])
def test_what_is_no_json_is_a_decode_error(body: bytes, new_site: NewSite) -> None:
    site = new_site()
    with pytest.raises(ItemError) as caught:
        reader_of(site).json(site.put("/a", Answer(body=body)))
    assert caught.value.kind is ErrorKind.DECODE


def test_parameters_are_escaped(new_site: NewSite) -> None:
    site = new_site()
    site.put("/search?q=a+%26+b&page=2", Answer(body=b"true"))
    assert reader_of(site).json(f"{site.url}/search", {"q": "a & b", "page": 2}) is True


def test_a_page_brings_what_it_says_about_rights(new_site: NewSite) -> None:
    site = new_site()
    page = b"<html><head><meta name=robots content=noai></head><h1>One</h1></html>"
    soup, signals = reader_of(site).html(site.put("/1", Answer(body=page)))
    assert soup.h1 is not None
    assert soup.h1.get_text() == "One"
    assert [(signal.signal, signal.finding) for signal in signals] == [("page", "opt_out")]


META = '<meta charset="iso-8859-1">'


@pytest.mark.parametrize(
    ("header", "body", "artist"),
    [
        ("charset=Shift_JIS", "<h1>北斎</h1>".encode("shift_jis"), "北斎"),
        ("charset=utf-8", f"{META}<h1>Mucha é</h1>".encode(), "Mucha é"),
        ('charset="windows-1251"', "<h1>Илья Репин</h1>".encode("cp1251"), "Илья Репин"),
        ("charset=iso-8859-1", "<h1>“Mucha”</h1>".encode("cp1252"), "“Mucha”"),
        ("charset=iso-8859-1", b"\xef\xbb\xbf" + "<h1>Mucha é</h1>".encode(), "Mucha é"),
        ("charset=no-such-code", "<meta charset=utf-8><h1>Mucha é</h1>".encode(), "Mucha é"),
        ("", f"{META}<h1>Mucha é</h1>".encode("latin-1"), "Mucha é"),
    ],
)
def test_the_header_says_how_a_page_is_to_be_read(header: str, body: bytes, artist: str, new_site: NewSite) -> None:
    site = new_site()
    answer = Answer(body=body, headers={"Content-Type": f"text/html; {header}"})
    soup, _ = reader_of(site).html(site.put("/1", answer))
    assert soup.h1 is not None
    assert soup.h1.get_text() == artist


def test_the_headers_of_a_picture_come_without_its_body_and_after_the_wishes_of_its_site(new_site: NewSite) -> None:
    site = new_site()
    url = site.put("/a.png", Answer(body=b"x" * 5000, headers={"X-Robots-Tag": "noai"}))
    seen: list[Sequence[Signal]] = []
    reply = reader_of(site).head(url, {}, frozenset({"robots"}), seen.append)
    assert (reply.headers["x-robots-tag"], reply.body) == ("noai", b"")
    assert [signal.signal for signal in seen[0]] == ["robots"]


def test_a_judge_keeps_the_picture_from_being_asked_for(new_site: NewSite) -> None:
    site = new_site()
    forbid(site)

    def judge(signals: Sequence[Signal]) -> None:
        raise ItemError(ErrorKind.ROBOTS)

    with pytest.raises(ItemError):
        reader_of(site).head(site.put("/a.png", Answer()), {}, frozenset({"robots"}), judge)
    assert site.paths == ["/robots.txt"]


def test_half_characters_are_replaced_and_whole_ones_stay(new_site: NewSite) -> None:
    site = new_site()
    body = b'{"title": "a \\ud83d b \\ud83d\\ude00", "tags": ["\\udfff"]}'
    assert reader_of(site).json(site.put("/a", Answer(body=body))) == {
        "title": "a \ufffd b \U0001f600",
        "tags": ["\ufffd"],
    }


def test_an_opt_out_in_the_headers_of_a_redirect_counts_for_the_page(new_site: NewSite) -> None:
    site = new_site()
    site.put("/new", Answer(body=b"<html></html>"))
    moved = Answer(301, headers={"Location": "/new", "X-Robots-Tag": "noai"})
    _, signals = reader_of(site).html(site.put("/old", moved))
    assert signals[0].finding == "opt_out"


def test_a_site_may_ask_for_our_name_in_a_header_of_its_own(new_site: NewSite) -> None:
    site = new_site()
    reader = reader_of(site)
    reader.client.fetcher.agent = user_agent("me@example.org")
    reader.json(site.put("/a", Answer(body=b"[]")), named_in="AIC-User-Agent")
    reader.json(f"{site.url}/a")
    named, unnamed = site.headers[-2:]
    assert named["AIC-User-Agent"].startswith("aahq-build/")
    assert named["AIC-User-Agent"].endswith(" (+me@example.org)")
    assert "AIC-User-Agent" not in unnamed
