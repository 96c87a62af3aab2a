"""Whatever a site sends, its reader gives an answer or an `ItemError`: no other exception, no endless work."""

import contextlib
import json
import string
from collections.abc import Mapping

import requests.structures
from bs4 import BeautifulSoup
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aahq_builder.errors import ItemError
from aahq_builder.records import SiteFile
from aahq_builder.rights import embedded, optout, tdm, usage
from aahq_builder.rights.wildcards import matches
from aahq_builder.web.documents import parse_json
from aahq_builder.web.failures import raise_for_status, retry_after_s
from aahq_builder.web.fetch import Fetcher, HttpRequest, Redirected, Reply
from aahq_builder.web.site_files import SiteRules
from aahq_builder.web.url_safety import AddressGuard, host_key
from aahq_builder.web.waiting import finish
from tests.aahq_builder.written_site import Site, answering_once, client_of

settings.register_profile("quick", max_examples=60, deadline=None, derandomize=True)
quick = settings.get_profile("quick")

ROBOTS_WORDS = st.sampled_from(
    ["User-agent: ", "*", "\n", "\r", "Disallow: ", "Allow: ", "/", "$", "%", "%zz", "Crawl-delay: ", "nan", "1e999",
     "-1", "Content-Usage: ", "train-ai=n", "Content-Signal: ", "DisallowAITraining: ", "Request-rate: ", "1/0",
     "Sitemap: ", "Visit-time: ", "0600-0845", "#", "\ufeff", "\0", "\ud7ff", "é"]
)  # fmt: skip
ROBOTS = st.one_of(
    st.binary(max_size=300), st.lists(ROBOTS_WORDS, max_size=40).map(lambda words: "".join(words).encode())
)
JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["location", "tdm-reservation", "TDM_Reservation", "x"]), inner, max_size=3),
    ),
    max_leaves=12,
)
TDMREP = st.one_of(st.binary(max_size=200), JSON_VALUES.map(lambda value: json.dumps(value).encode()))


def site_rules(robots: bytes, tdmrep: bytes) -> SiteRules:
    """Rules whose files are these bodies; nothing is asked for."""
    rules = SiteRules(client_of(Site(url="http://127.0.0.1:1")), "aahq-build", lambda file: None)

    def read(url: str):  # type: ignore[no-untyped-def]
        yield from ()
        return 200, robots if url.endswith("robots.txt") else tdmrep

    rules._read = read  # type: ignore[method-assign]
    return rules


@quick
@given(ROBOTS, TDMREP, st.text(max_size=20))
@example(b"User-agent: *\nCrawl-delay: 1e999\nRequest-rate: 1/0", b"[" * 50_000, "/")
@example(b"\xff\xfeU", b"\xff\xfe[", "/")
def test_site_files(robots: bytes, tdmrep: bytes, path: str) -> None:
    rules = site_rules(robots, tdmrep)
    with contextlib.suppress(ItemError):
        signals = finish(rules.signals(f"http://example.org/{path}", {"robots", "tdmrep"}))
        assert [signal.signal for signal in signals] == ["robots", "tdmrep"]
    for file, _ in rules.files.values.values():
        assert isinstance(file, SiteFile)
        file.body.encode()  # what is kept can be stored


@quick
@given(
    st.dictionaries(st.sampled_from([*optout.HEADERS, "Retry-After", "Cf-Mitigated"]), st.text(max_size=60)),
    st.integers(0, 1000),
)
def test_headers(headers: Mapping[str, str], status: int) -> None:
    sent = requests.structures.CaseInsensitiveDict(headers)
    found = optout.in_headers(sent)
    assert found is None or found.partition(":")[0] in optout.HEADERS
    seconds = retry_after_s(sent.get("Retry-After"))
    assert seconds is None or 0 <= seconds <= 1e9
    with contextlib.suppress(ItemError):
        raise_for_status(status, sent)
        assert status in (200, 203, 304)


@quick
@given(st.one_of(st.binary(max_size=200), JSON_VALUES.map(lambda value: json.dumps(value).encode())))
@example(b"[" * 100_000)
@example(b'{"a": 1' + b"0" * 10_000 + b"}")
@example(b'["\\ud800", {"\\udfff": "\\ud83d\\ude00"}]')
def test_json(body: bytes) -> None:
    with contextlib.suppress(ItemError):
        document = parse_json(Reply("http://example.org/", 200, {}, body))
        json.dumps(document, ensure_ascii=False).encode()  # what is stored can be stored


@quick
@given(st.binary(max_size=400))
def test_pages(body: bytes) -> None:
    found = optout.in_page(BeautifulSoup(body, "lxml"))
    assert found is None or found.startswith("meta ")


XMP_WORDS = st.sampled_from(
    [
        "<rdf:RDF",
        "</rdf:RDF>",
        "plus:DataMining=",
        "'DMI-PROHIBITED'",
        "<tdm:reservation>",
        "1",
        "<",
        ">",
        ":reservation",
        "\0",
    ]
)


@quick
@given(st.one_of(st.binary(max_size=300), st.lists(XMP_WORDS, max_size=30).map(lambda words: "".join(words).encode())))
@example(b"\x89PNG\r\n\x1a\n" + b"\xff\xff\xff\xffzTXt")
@example(b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\x04iTXt\0\x01\0\0")
@example(b"<rdf:RDF" + b":reservation" * 50_000 + b"</rdf:RDF>")
@example(b"<rdf:RDF" + b"<:reservation" * 50_000 + b"</rdf:RDF>")
def test_metadata_of_pictures(content: bytes) -> None:
    for prefix in (b"", b"\x89PNG\r\n\x1a\n"):
        found = embedded.in_picture(prefix + content)
        assert found is None or found.startswith(("plus:DataMining", "tdm:reservation", "content credentials"))


@quick
@given(JSON_VALUES, st.text(max_size=20), st.text(alphabet="/a*$%", max_size=20))
def test_reservations_and_patterns(value: object, path: str, pattern: str) -> None:
    assert tdm.is_reserved(value) in (True, False)
    assert tdm.in_tdmrep(value, path) is None or "tdm" in str(tdm.in_tdmrep(value, path))
    assert matches(pattern, path) in (True, False)
    assert usage.in_robots(path, pattern) is None or path
    assert usage.in_ai_txt(path, pattern) is None or path


@quick
@given(st.lists(st.text(max_size=12), max_size=4))
def test_tags(tags: list[str]) -> None:
    assert optout.in_tags(tags) in (*tags, None)


@quick
@given(st.one_of(st.text(max_size=40), st.text(alphabet=string.printable, max_size=40).map("http://".__add__)))
@example("http://[")
@example("http://a:99999999999/")
@example("http://" + "a" * 300 + "/")
@example("http://\u2100.example/")
def test_addresses_are_refused_or_can_be_asked_for(url: str) -> None:
    host_key(url)
    with contextlib.suppress(ItemError):
        AddressGuard().check(url)
        assert host_key(url)


@quick
@given(st.binary(max_size=60).filter(lambda raw: not {13, 10} & set(raw)))
def test_places_of_redirects(location: bytes) -> None:
    raw = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"
    with answering_once(raw) as url, contextlib.suppress(ItemError):
        answer = Fetcher(AddressGuard.allowing(url), "tests").ask(HttpRequest(url))
        assert isinstance(answer, Redirected)
        host_key(answer.target)
