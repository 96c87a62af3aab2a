"""One request, under its limits, with a kind for every failure."""

import pytest

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.web.fetch import Fetcher, HttpRequest, Limits, Redirected, Reply, user_agent
from aahq_builder.web.url_safety import AddressGuard
from tests.aahq_builder.written_site import Answer, NewSite, Site, answering_once


def fetcher_of(site: Site, **limits: float) -> Fetcher:
    return Fetcher(AddressGuard.allowing(site.url), user_agent("me@example.org"), Limits(**limits))  # type: ignore[arg-type]


def kind_of(site: Site, request: HttpRequest, **limits: float) -> ErrorKind:
    with pytest.raises(ItemError) as caught:
        fetcher_of(site, **limits).ask(request)
    return caught.value.kind


def test_an_answer_comes_whole_with_its_headers(new_site: NewSite) -> None:
    site = new_site()
    reply = fetcher_of(site).ask(HttpRequest(site.put("/a", Answer(body=b"abc", headers={"ETag": '"1"'}))))
    assert isinstance(reply, Reply)
    assert (reply.body, reply.headers["etag"], reply.url) == (b"abc", '"1"', f"{site.url}/a")


def test_it_asks_once_whatever_comes(new_site: NewSite) -> None:
    site = new_site()
    for status in (404, 429, 503):
        site.asked.clear()
        assert kind_of(site, HttpRequest(site.put("/a", Answer(status)))) is not None
        assert len(site.asked) == 1


def test_a_redirect_is_told_and_not_followed(new_site: NewSite) -> None:
    site = new_site()
    answer = fetcher_of(site).ask(HttpRequest(site.put("/a", Answer(302, headers={"Location": "b?c=1"}))))
    assert isinstance(answer, Redirected)
    assert answer.target == f"{site.url}/b?c=1"
    assert answer.head.status == 302


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, ErrorKind.HTTP_401),
        (403, ErrorKind.HTTP_403),
        (404, ErrorKind.HTTP_404),
        (410, ErrorKind.HTTP_410),
        (418, ErrorKind.HTTP_4XX),
        (429, ErrorKind.HTTP_429),
        (500, ErrorKind.HTTP_5XX),
        (599, ErrorKind.HTTP_5XX),
    ],
)
def test_every_status_has_its_kind(status: int, kind: ErrorKind, new_site: NewSite) -> None:
    site = new_site()
    assert kind_of(site, HttpRequest(site.put("/a", Answer(status)))) is kind


def test_the_headers_are_looked_at_before_the_body_is_read(new_site: NewSite) -> None:
    site = new_site()

    def check_head(reply: Reply) -> None:
        assert reply.body == b""
        raise ItemError(ErrorKind.OPT_OUT, reply.headers["X-Robots-Tag"])

    url = site.put("/a", Answer(body=b"x" * 1000, headers={"X-Robots-Tag": "noai"}))
    assert kind_of(site, HttpRequest(url, check_head=check_head)) is ErrorKind.OPT_OUT


def test_sizes_are_limited_as_announced_and_as_they_come(new_site: NewSite) -> None:
    site = new_site()
    url = site.put("/a", Answer(body=b"x" * 1000))
    assert kind_of(site, HttpRequest(url, max_bytes=999)) is ErrorKind.TOO_LARGE
    reply = fetcher_of(site).ask(HttpRequest(url, max_bytes=1000))
    assert isinstance(reply, Reply)
    assert len(reply.body) == 1000


def test_an_answer_shorter_than_announced_is_truncated(new_site: NewSite) -> None:
    site = new_site()
    url = site.put("/a", Answer(body=b"abc", headers={"Content-Length": "7", "Connection": "close"}))
    assert kind_of(site, HttpRequest(url), read_s=0.5) in (ErrorKind.TRUNCATED, ErrorKind.TIMEOUT)


def test_the_headers_are_told_of_refusals_too(new_site: NewSite) -> None:
    site, told = new_site(), list[tuple[int, str | None]]()

    def note(status: int, headers: object, latency_s: float) -> None:
        assert latency_s >= 0
        told.append((status, headers.get("Retry-After")))  # type: ignore[attr-defined]

    with pytest.raises(ItemError):
        fetcher_of(site).ask(HttpRequest(site.put("/a", Answer(429, headers={"Retry-After": "3"}))), note)
    assert told == [(429, "3")]


def test_the_headers_of_a_redirect_are_looked_at_too(new_site: NewSite) -> None:
    site, seen = new_site(), list[int]()
    request = HttpRequest(
        site.put("/a", Answer(302, headers={"Location": "/b"})), check_head=lambda r: seen.append(r.status)
    )
    fetcher_of(site).ask(request)
    assert seen == [302]


OK = b"HTTP/1.1 200 OK\r\n"
FOUND = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: "


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"", ErrorKind.CONNECT),
        (b"no protocol\r\n\r\n", ErrorKind.HTTP_5XX),
        (b"HTTP/1.1 many OK\r\n\r\n", ErrorKind.HTTP_5XX),
        (OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", ErrorKind.HTTP_5XX),
        (OK + b"".join(b"X-%d: 1\r\n" % number for number in range(200)) + b"\r\n", ErrorKind.HTTP_5XX),
        (OK + b"X: " + b"a" * 70_000 + b"\r\n\r\n", ErrorKind.HTTP_5XX),
        (OK + b"Content-Length: 999999999999999999\r\n\r\nabc", ErrorKind.TOO_LARGE),
        (OK + b"Content-Length: 7\r\n\r\nabc", ErrorKind.TRUNCATED),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n", ErrorKind.TRUNCATED),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\nabc", ErrorKind.TRUNCATED),
        (OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", ErrorKind.DECODE),
        (OK + b"Content-Encoding: made-up\r\nContent-Length: 3\r\n\r\nabc", ErrorKind.DECODE),
        (b"HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n", ErrorKind.HTTP_4XX),
        (FOUND + b"http://[bad/x\r\n\r\n", ErrorKind.UNSAFE_URL),
    ],
)
def test_answers_that_break_the_protocol_have_their_kinds(raw: bytes, kind: ErrorKind) -> None:
    with answering_once(raw) as url, pytest.raises(ItemError) as caught:
        Fetcher(AddressGuard.allowing(url), "tests", Limits(read_s=2.0)).ask(HttpRequest(url, max_bytes=1000))
    assert caught.value.kind is kind


@pytest.mark.parametrize("length", [b"-5", b"many", b"9" * 5000, "\u00b2".encode("latin-1"), b""])
def test_a_content_length_that_is_no_number_is_passed_over(length: bytes) -> None:
    with answering_once(OK + b"Content-Length: " + length + b"\r\nConnection: close\r\n\r\nabc") as url:
        reply = Fetcher(AddressGuard.allowing(url), "tests", Limits(read_s=2.0)).ask(HttpRequest(url))
    assert isinstance(reply, Reply)
    assert reply.body == b"abc"


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("/100%.png", "/100%25.png"),
        ("/caf%C3%A9%", "/caf%C3%A9%25"),
        ("/a%zz%20b?c=%", "/a%25zz%20b?c=%25"),
        ("/caf\u00e9 1.png", "/caf%C3%A9%201.png"),
        ("/a%2Fb%25.png", "/a%2Fb%25.png"),
    ],
)
def test_a_stray_percent_sign_is_escaped_and_sound_escapes_stay(written: str, asked: str, new_site: NewSite) -> None:
    site = new_site()
    site.put(asked, Answer())
    fetcher_of(site).ask(HttpRequest(site.url + written))
    assert site.paths == [asked]


def test_the_body_of_a_redirect_is_not_read(new_site: NewSite) -> None:
    """It may be endless: the connection is closed after the headers."""
    site = new_site()
    endless = Answer(302, headers={"Location": "/b", "Content-Length": "999999999999"})
    assert isinstance(fetcher_of(site, read_s=1.0).ask(HttpRequest(site.put("/a", endless))), Redirected)
