"""Whatever is asked for takes its host's turn, is counted by its breaker and tried again in the one client."""

import time
from collections.abc import Callable

import pytest

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.web.breaker import FAILURES_TO_OPEN, PROBES
from aahq_builder.web.failures import FetchError, HostGivenUpError
from aahq_builder.web.fetch import HttpRequest, Reply
from aahq_builder.web.hosts import pictures_of
from aahq_builder.web.polite import MAX_REDIRECTS, PoliteClient, as_it_is
from aahq_builder.web.retry import MAX_TRIES
from aahq_builder.web.url_safety import host_key
from aahq_builder.web.waiting import Visit, Wait, finish
from tests.aahq_builder.written_site import Answer, NewSite, client_of

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


DAY = "86400"


@pytest.mark.parametrize(
    "wish", [DAY, "9" * 400, "inf", "Fri, 31 Dec 9999 23:59:59 GMT"], ids=["day", "digits", "inf", "year 9999"]
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_asks_for_more_than_ten_minutes_is_left_alone_for_this_run(
    status: int, wish: str, new_site: NewSite
) -> None:
    site, said = new_site(), list[str]()
    client = client_of(site, said=said)
    url = site.put("/a", Answer(status, headers={"Retry-After": wish}))
    for _ in range(2):
        with pytest.raises(HostGivenUpError):
            get(client, url)
    assert len(site.asked) == 1
    assert len(said) == 1
    assert "asks to be left alone" in said[0]
    assert "its artworks wait" in said[0]


def test_short_silences_are_kept_and_said_and_add_up_until_a_good_answer(new_site: NewSite) -> None:
    site, said = new_site(), list[str]()
    client = client_of(site, said=said)
    host = host_key(site.url)
    visit = client.get(HttpRequest(site.put("/a", Answer(503, headers={"Retry-After": "240"}))), as_it_is)
    wait = next(visit)
    assert wait.until - time.monotonic() == pytest.approx(240, abs=5)
    assert said == [f"{host} asks to be left alone for 4 min"]
    now = time.monotonic()
    assert not client.hosts.asked_for_silence(host, 200.0, now)  # within the 240 s that are known
    assert not client.hosts.asked_for_silence(host, 240.0, now + 241)
    assert client.hosts.asked_for_silence(host, 240.0, now + 482)
    assert client.next_start(host, now) is None


@pytest.mark.parametrize("part", [str, pictures_of], ids=["documents", "pictures"])
def test_silences_between_good_answers_do_not_add_up(part: Callable[[str], str], new_site: NewSite) -> None:
    site = new_site()
    client = client_of(site)
    host = host_key(site.url)
    for number in range(5):
        assert not client.hosts.asked_for_silence(host, 400.0, 1000.0 * number)
        client.hosts.finished(part(host), None, 1000.0 * number + 401)


@pytest.mark.parametrize(("delay_s", "given_up"), [(30.0, False), (86_400.0, True), (float("inf"), True)])
def test_a_long_crawl_delay_is_said_and_an_absurd_one_is_a_wish_to_be_left_alone(
    delay_s: float, given_up: bool, new_site: NewSite
) -> None:
    site, said = new_site(), list[str]()
    client = client_of(site, said=said, rate=1.0)
    host = host_key(site.url)
    client.keep_interval(host, delay_s)
    assert client.hosts.given_up(host) is given_up
    assert ("left alone" if given_up else "asks for 30 s between two requests") in said[0]
    assert client.pace.interval_s(host) == (1.0 if given_up else 30.0)


@pytest.mark.parametrize("delay_s", [float("nan"), 0.0, -5.0])
def test_a_crawl_delay_that_is_no_time_is_passed_over(delay_s: float, new_site: NewSite) -> None:
    client = client_of(new_site(), rate=1.0)
    client.keep_interval("a:80", delay_s)
    assert client.pace.interval_s("a:80") == 1.0


def test_the_answers_on_the_way_come_with_the_last_one(new_site: NewSite) -> None:
    site = new_site()
    site.put("/c", Answer(body=b"here"))
    site.put("/b", Answer(307, headers={"Location": "/c", "X-Robots-Tag": "noml"}))
    reply = get(client_of(site), site.put("/a", Answer(301, headers={"Location": "/b"})))
    assert [hop.url for hop in reply.hops] == [f"{site.url}/a", f"{site.url}/b"]
    assert reply.hops[1].headers["X-Robots-Tag"] == "noml"


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "http://[bad/", "http://10.0.0.1/", "file:///etc/passwd", "http://a:99999/"]
)
def test_redirects_to_nonsense_are_unsafe_and_not_tried_again(target: str, new_site: NewSite) -> None:
    site = new_site()
    with pytest.raises(ItemError) as caught:
        get(client_of(site), site.put("/a", Answer(302, headers={"Location": target})))
    assert caught.value.kind is ErrorKind.UNSAFE_URL
    assert len(site.asked) == 1
