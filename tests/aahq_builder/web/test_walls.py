"""A wall is told from the refusal of one address, waited for with patience, and never taken for a verdict."""

import time
from collections.abc import Sequence

import pytest

from aahq_builder.errors import ErrorKind
from aahq_builder.web.breaker import PROBES
from aahq_builder.web.failures import FetchError, HostGivenUpError
from aahq_builder.web.fetch import HttpRequest, Reply
from aahq_builder.web.hosts import pictures_of
from aahq_builder.web.polite import PoliteClient, as_it_is
from aahq_builder.web.rate import Bucket
from aahq_builder.web.site_files import SiteRules
from aahq_builder.web.url_safety import host_key
from aahq_builder.web.waiting import finish
from tests.aahq_builder.written_site import Answer, NewSite, Site, client_of

GOOD = Answer(body=b"here")
PLAIN = Answer(403)
CHALLENGE = Answer(403, headers={"Cf-Mitigated": "challenge"})
BOTH = pytest.mark.parametrize("wall", [PLAIN, CHALLENGE], ids=["plain", "challenge"])


def picture(client: PoliteClient, url: str) -> Reply:
    return finish(client.get(HttpRequest(url, "image/*"), as_it_is))


def kind_of_failure(client: PoliteClient, url: str, accept: str = "image/*") -> tuple[type, ErrorKind]:
    with pytest.raises(FetchError) as caught:
        finish(client.get(HttpRequest(url, accept), as_it_is))
    return type(caught.value), caught.value.kind


@BOTH
def test_a_wall_that_goes_is_waited_for_and_the_work_is_had(wall: Answer, new_site: NewSite) -> None:
    site, said = new_site(), list[str]()
    client = client_of(site, said=said)
    picture(client, site.put("/known", GOOD, wall, wall, GOOD))
    assert picture(client, site.put("/a", wall, GOOD)).body == b"here"
    assert site.paths == ["/known", "/a", "/known", "/known", "/known", "/a"]
    assert "refuses its pictures" in said[0]
    assert "pausing it" in said[0]
    assert not client.hosts.given_up(pictures_of(host_key(site.url)))


@BOTH
def test_a_wall_that_stays_gives_the_host_up_after_few_requests(wall: Answer, new_site: NewSite) -> None:
    site, said = new_site(), list[str]()
    client = client_of(site, said=said)
    picture(client, site.put("/known", GOOD, wall))
    kind = ErrorKind.HTTP_CHALLENGE if wall is CHALLENGE else ErrorKind.HTTP_403
    urls = [site.put(f"/{number}", wall) for number in range(3)]
    assert [kind_of_failure(client, url) for url in urls] == [(HostGivenUpError, kind)] * 3
    assert site.paths == ["/known", "/0", *["/known"] * (1 + PROBES)]
    assert "left alone for this run" in said[-1]


def test_a_wall_that_comes_back_is_waited_for_again(new_site: NewSite) -> None:
    site = new_site()
    client = client_of(site)
    picture(client, site.put("/known", GOOD, PLAIN, GOOD, PLAIN, GOOD))
    assert picture(client, site.put("/a", PLAIN, PLAIN, GOOD)).body == b"here"
    assert site.paths == ["/known", "/a", "/known", "/known", "/a", "/known", "/known", "/a"]


@BOTH
def test_trouble_of_another_kind_while_a_wall_stands_is_no_sign_that_it_is_gone(
    wall: Answer, new_site: NewSite
) -> None:
    site = new_site()
    client = client_of(site)
    picture(client, site.put("/known", GOOD, wall, Answer(503), Answer(429), wall, GOOD))
    assert picture(client, site.put("/a", wall, GOOD)).body == b"here"
    assert site.paths == ["/known", "/a", *["/known"] * 5, "/a"]


@BOTH
def test_pauses_grow_and_the_host_is_asked_half_as_often_for_the_rest_of_the_run(
    wall: Answer, new_site: NewSite
) -> None:
    site = new_site()
    client = client_of(site, pause_s=0.1)
    picture(client, site.put("/known", GOOD, wall, wall, GOOD))
    picture(client, site.put("/a", wall, GOOD))
    asked = [when for when, path in site.asked if path == "/known"][1:]
    assert asked[1] - asked[0] >= 0.1
    assert asked[2] - asked[1] >= 0.2
    bucket = client.pace.buckets[host_key(site.url)]
    assert bucket.lasting_slowdown == 2.0


def test_good_answers_do_not_take_back_what_a_wall_has_taught() -> None:
    bucket = Bucket(rate=1.0)
    bucket.walled()
    bucket.refused(0.0, None)
    for _ in range(100):
        bucket.answered(0.0)
    assert bucket.interval_s == 2.0


def test_one_address_that_is_refused_beside_others_that_are_not_is_refused_for_itself(new_site: NewSite) -> None:
    site, said = new_site(), list[str]()
    client = client_of(site, said=said)
    picture(client, site.put("/known", GOOD))
    assert kind_of_failure(client, site.put("/mine", PLAIN)) == (FetchError, ErrorKind.HTTP_403)
    assert site.paths == ["/known", "/mine", "/known", "/mine"]
    assert said == []
    assert picture(client, site.put("/other", GOOD)).body == b"here"


def test_a_403_of_a_host_that_has_never_answered_is_an_answer(new_site: NewSite) -> None:
    site = new_site()
    client = client_of(site)
    assert kind_of_failure(client, site.put("/a", PLAIN)) == (FetchError, ErrorKind.HTTP_403)
    assert site.paths == ["/a"]


def test_a_host_whose_first_answer_is_a_challenge_is_left_alone_at_once(new_site: NewSite) -> None:
    site, said = new_site(), list[str]()
    client = client_of(site, said=said)
    for _ in range(2):
        assert kind_of_failure(client, site.put("/a", CHALLENGE)) == (HostGivenUpError, ErrorKind.HTTP_CHALLENGE)
    assert site.paths == ["/a"]
    assert len(said) == 1


def test_a_challenge_among_dead_links_costs_one_request_each_and_then_the_host(new_site: NewSite) -> None:
    site = new_site()
    client = client_of(site, pause_s=0.001)
    kind_of_failure(client, site.put("/dead", Answer(404)))
    failures = [kind_of_failure(client, site.put(f"/{number}", CHALLENGE)) for number in range(40)]
    assert {kind for _, kind in failures} == {ErrorKind.HTTP_CHALLENGE}
    assert failures[0][0] is FetchError
    assert failures[-1][0] is HostGivenUpError
    assert len(site.asked) == 1 + 20 + PROBES


def test_what_was_given_in_an_earlier_run_tells_a_wall_from_an_answer(new_site: NewSite) -> None:
    site = new_site()
    client = client_of(site)
    url, place = site.put("/known", PLAIN), pictures_of(host_key(site.url))
    client.hosts.answered_earlier(place, lambda: url)
    client.hosts.answered_earlier(place, lambda: pytest.fail("was asked twice"))
    assert kind_of_failure(client, site.put("/a", PLAIN)) == (HostGivenUpError, ErrorKind.HTTP_403)
    assert site.paths[:2] == ["/a", "/known"]


def test_a_wall_before_the_pictures_leaves_the_documents_free_and_not_the_other_way_round(new_site: NewSite) -> None:
    site = new_site()
    client = client_of(site)
    host = host_key(site.url)
    finish(client.get(HttpRequest(site.put("/list", GOOD), "text/html"), as_it_is))
    assert kind_of_failure(client, site.put("/a.png", CHALLENGE))[0] is HostGivenUpError
    assert client.next_start(host, time.monotonic()) is None
    finish(client.get(HttpRequest(f"{site.url}/list", "text/html"), as_it_is))

    other = new_site()
    client = client_of(other)
    picture(client, other.put("/a.png", GOOD))
    assert kind_of_failure(client, other.put("/list", CHALLENGE), "text/html")[0] is HostGivenUpError
    assert client.next_start(host_key(other.url), time.monotonic()) is None


def rules_of(client: PoliteClient, kept: list[object]) -> SiteRules:
    return SiteRules(client, "tests", kept.append)


@pytest.mark.parametrize("wall", [PLAIN, CHALLENGE], ids=["plain", "challenge"])
def test_a_robots_file_behind_a_wall_is_not_taken_for_a_missing_one(wall: Answer, new_site: NewSite) -> None:
    site, kept = new_site(), list[object]()
    client = client_of(site)
    picture(client, site.put("/known.png", GOOD, wall))
    site.put("/robots.txt", wall)
    with pytest.raises(HostGivenUpError):
        finish(rules_of(client, kept).signals(f"{site.url}/a.png", ["robots"]))
    assert kept == []


def test_a_robots_file_that_is_refused_beside_pictures_that_are_not_does_not_exist(new_site: NewSite) -> None:
    site = new_site()
    client = client_of(site)
    picture(client, site.put("/known.png", GOOD))
    site.put("/robots.txt", PLAIN)
    (signal,) = finish(rules_of(client, []).signals(f"{site.url}/a.png", ["robots"]))
    assert (signal.finding, signal.value) == ("silent", "status 403")


def test_a_site_file_that_passes_a_wall_proves_nothing(new_site: NewSite) -> None:
    site = new_site()
    client = client_of(site)
    site.put("/robots.txt", Answer(body=b"User-agent: *\nAllow: /\n"))
    finish(rules_of(client, []).signals(f"{site.url}/list", ["robots"]))
    assert kind_of_failure(client, site.put("/list", CHALLENGE), "text/html")[0] is HostGivenUpError


def visits_in_turn(client: PoliteClient, site: Site, count: int) -> Sequence[type]:
    """Begin visits together, as workers do, and take them on in turns until all have ended."""
    visits = [client.get(HttpRequest(site.put(f"/{n}", PLAIN), "image/*"), as_it_is) for n in range(count)]
    ended: list[type] = []
    while visits:
        for visit in list(visits):
            try:
                wait = next(visit)
                time.sleep(min(0.01, max(0.0, wait.until - time.monotonic())))
            except FetchError as error:
                ended.append(type(error))
                visits.remove(visit)
    return ended


def test_many_that_meet_a_wall_together_are_no_crowd_before_it(new_site: NewSite) -> None:
    site = new_site()
    client = client_of(site)
    picture(client, site.put("/known", GOOD, PLAIN))
    assert set(visits_in_turn(client, site, 8)) == {HostGivenUpError}
    assert site.paths.count("/known") <= 1 + 1 + PROBES
