"""Whatever is asked for takes its host's turn, is counted by its breaker and tried again in the one client."""

import time

import pytest

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.web.breaker import FAILURES_TO_OPEN, PROBES
from aahq_builder.web.failures import FetchError, HostGivenUpError
from aahq_builder.web.fetch import HttpRequest, Reply
from aahq_builder.web.polite import MAX_REDIRECTS, PoliteClient, as_it_is
from aahq_builder.web.retry import MAX_TRIES
from aahq_builder.web.url_safety import host_key
from aahq_builder.web.waiting import Visit, Wait, finish
from tests.aahq_builder.web.conftest import Answer, NewSite, client_of

BAD = Answer(503)


def get(client: PoliteClient, url: str) -> Reply:
    return finish(client.get(HttpRequest(url), as_it_is))


def test_a_transient_error_is_tried_again_and_an_answer_is_not(new_site: NewSite) -> None:
    site = new_site()
    client = client_of(site)
    assert get(client, site.put("/a", BAD, BAD, Answer(body=b"yes"))).body == b"yes"
    with pytest.raises(FetchError) as caught:
        get(client, site.put("/gone", Answer(410)))
    assert caught.value.kind is ErrorKind.HTTP_410
    assert site.paths == ["/a"] * 3 + ["/gone"]
    assert client.num_retries == 2


def test_tries_end(new_site: NewSite) -> None:
    site = new_site()
    with pytest.raises(FetchError):
        get(client_of(site), site.put("/a", BAD))
    assert site.paths == ["/a"] * MAX_TRIES


def test_an_answer_that_its_reader_refuses_is_asked_for_again(new_site: NewSite) -> None:
    site = new_site()
    url = site.put("/a", Answer(body=b"cut sho"), Answer(body=b"whole"))

    def parse(reply: Reply) -> bytes:
        if reply.body != b"whole":
            raise ItemError(ErrorKind.TRUNCATED)
        return reply.body

    assert finish(client_of(site).get(HttpRequest(url), parse)) == b"whole"


def test_requests_of_all_kinds_share_the_turns_of_their_host(new_site: NewSite) -> None:
    """A try in vain, a document, a redirect and its target: four requests take three intervals of 0.2 s."""
    site = new_site()
    client = client_of(site, rate=5.0)
    site.put("/b", Answer())
    for url in (site.put("/a", BAD, Answer()), site.put("/moved", Answer(302, headers={"Location": "/b"}))):
        get(client, url)
    times = [when for when, _ in site.asked]
    assert site.paths == ["/a", "/a", "/moved", "/b"]
    assert times[-1] - times[0] >= 3 * 0.2 - 0.1  # what the first one may have been late


def test_every_hop_is_checked_and_counted_by_its_own_host(new_site: NewSite) -> None:
    first, second = new_site(), new_site()
    client = client_of(first, second)
    target = second.put("/b", BAD)
    checked: list[str] = []

    def check(url: str) -> Visit[None]:
        checked.append(url)
        yield Wait(0.0)

    url = first.put("/a", Answer(302, headers={"Location": target}))
    with pytest.raises(FetchError):
        finish(client.get(HttpRequest(url), as_it_is, check))
    assert checked == [url, target]
    assert client.hosts.breakers[host_key(first.url)].failures == 0
    assert client.hosts.breakers[host_key(second.url)].failures == MAX_TRIES
    assert first.paths == ["/a"]


def test_circles_end(new_site: NewSite) -> None:
    site = new_site()
    with pytest.raises(FetchError) as caught:
        get(client_of(site), site.put("/a", Answer(302, headers={"Location": "/a"})))
    assert caught.value.kind is ErrorKind.REDIRECTS
    assert len(site.asked) == MAX_REDIRECTS + 1


def test_a_host_that_keeps_failing_is_given_up_and_asked_no_more(new_site: NewSite) -> None:
    site, said = new_site(), list[str]()
    client = client_of(site, said=said)
    url = site.put("/a", BAD)
    with pytest.raises(HostGivenUpError):
        for _ in range(FAILURES_TO_OPEN):
            with pytest.raises(FetchError) as caught:
                get(client, url)
            if isinstance(caught.value, HostGivenUpError):
                raise caught.value
    assert len(site.asked) == FAILURES_TO_OPEN + PROBES
    assert client.next_start(host_key(url), time.monotonic()) is None
    assert "left alone for this run" in said[-1]


def test_a_defect_in_a_reader_leaves_no_probe_open(new_site: NewSite) -> None:
    site = new_site()
    client = client_of(site, pause_s=0.0)
    host = host_key(site.url)
    for _ in range(FAILURES_TO_OPEN):
        client.hosts.finished(host, ErrorKind.CONNECT, 0.0)

    def parse(reply: Reply) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        finish(client.get(HttpRequest(site.put("/a", Answer())), parse))
    assert client.hosts.wait_s(host, time.monotonic()) == 0.0


def test_a_host_in_pause_holds_no_thread(new_site: NewSite) -> None:
    """One thread begins visits of a host that asks for silence, and finishes one of another host meanwhile."""
    silent, other = new_site(), new_site()
    client = client_of(silent, other)
    url = silent.put("/a", Answer(429, headers={"Retry-After": "300"}), Answer())
    began = time.monotonic()
    waits = [next(client.get(HttpRequest(url), as_it_is)) for _ in range(3)]
    assert get(client, other.put("/b", Answer(body=b"here"))).body == b"here"
    assert time.monotonic() - began < 30
    assert min(wait.until for wait in waits) > began + 299
    assert len(silent.asked) == 1
