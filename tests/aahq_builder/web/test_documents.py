"""What sources read: JSON, pages and the headers of pictures."""

from collections.abc import Sequence

import pytest

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.rights.rules import Signal
from aahq_builder.web.documents import DocumentReader
from aahq_builder.web.rate import RatePolicy
from aahq_builder.web.site_files import SiteRules
from tests.aahq_builder.web.conftest import Answer, NewSite, Site, client_of


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


def test_an_error_stands_in_the_place_of_its_document(new_site: NewSite) -> None:
    site = new_site()
    answers = reader_of(site).many(
        [site.put("/1", Answer(body=b"1")), f"{site.url}/none", site.put("/3", Answer(body=b"3"))]
    )
    assert (answers[0], answers[2]) == (1, 3)
    assert isinstance(answers[1], ItemError)
    assert answers[1].kind is ErrorKind.HTTP_404


def test_a_page_brings_what_it_says_about_rights(new_site: NewSite) -> None:
    site = new_site()
    page = b"<html><head><meta name=robots content=noai></head><h1>One</h1></html>"
    soup, signals = reader_of(site).html(site.put("/1", Answer(body=page)))
    assert soup.h1 is not None
    assert soup.h1.get_text() == "One"
    assert [(signal.signal, signal.finding) for signal in signals] == [("page", "opt_out")]


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
