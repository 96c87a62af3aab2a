"""Robots and TDM files: read once a day, by the same client as everything else."""

import datetime
import threading

import pytest

from aahq_builder.errors import ErrorKind
from aahq_builder.records import SiteFile
from aahq_builder.web.failures import HostGivenUpError, UnreadSignalError
from aahq_builder.web.site_files import KEPT_FOR, SiteRules
from aahq_builder.web.url_safety import host_key
from aahq_builder.web.waiting import finish
from tests.aahq_builder.written_site import Answer, NewSite, Site, client_of

ROBOTS, TDMREP = "/robots.txt", "/.well-known/tdmrep.json"
BOTH = frozenset({"robots", "tdmrep"})


def rules_of(site: Site, kept: list[SiteFile] | None = None) -> SiteRules:
    return SiteRules(client_of(site), "aahq-build", (kept if kept is not None else []).append)


def findings(rules: SiteRules, url: str) -> list[str]:
    return [signal.finding for signal in finish(rules.signals(url, BOTH))]


def test_a_site_without_files_states_nothing(new_site: NewSite) -> None:
    site = new_site()
    assert findings(rules_of(site), f"{site.url}/a.png") == ["silent", "silent"]
    assert site.paths == [ROBOTS, TDMREP]


def test_only_the_files_that_are_wanted_are_read(new_site: NewSite) -> None:
    site = new_site()
    finish(rules_of(site).signals(f"{site.url}/a.png", {"robots", "license"}))
    assert site.paths == [ROBOTS]


def test_both_files_are_read_once_and_kept(new_site: NewSite) -> None:
    site, kept = new_site(), list[SiteFile]()
    site.put(ROBOTS, Answer(body=b"User-agent: *\nDisallow: /secret/\n"))
    site.put(TDMREP, Answer(body=b'[{"location": "/art/", "tdm-reservation": 1}]'))
    rules = rules_of(site, kept)
    assert findings(rules, f"{site.url}/secret/a.png") == ["forbidden", "silent"]
    assert findings(rules, f"{site.url}/art/a.png") == ["silent", "opt_out"]
    assert site.paths == [ROBOTS, TDMREP]
    assert [file.url for file in kept] == [site.url + ROBOTS, site.url + TDMREP]


def test_threads_that_want_the_same_file_wait_for_the_first(new_site: NewSite) -> None:
    site = new_site()
    rules = rules_of(site)
    threads = [threading.Thread(target=lambda: finish(rules.robots(f"{site.url}/a"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert site.paths == [ROBOTS]


def test_a_file_is_tried_again_like_any_request(new_site: NewSite) -> None:
    site = new_site()
    site.put(ROBOTS, Answer(503), Answer(429), Answer(body=b"User-agent: *\nDisallow: /\n"))
    rules = rules_of(site)
    assert finish(rules.robots(f"{site.url}/a")).finding == "forbidden"
    assert rules.client.num_retries == 2


def test_an_ai_txt_refuses_a_type_of_pictures(new_site: NewSite) -> None:
    site = new_site()
    site.put("/ai.txt", Answer(body=b"\xef\xbb\xbf# for data sets\nUser-Agent: *\nDisallow: *.png\nAllow: /\n"))
    rules = rules_of(site)
    (refused,) = finish(rules.signals(f"{site.url}/a.png", {"ai_txt"}))
    assert (refused.signal, refused.finding, refused.value) == ("ai_txt", "opt_out", "Disallow: *.png")
    assert refused.where == f"{site.url}/ai.txt"
    (other,) = finish(rules.signals(f"{site.url}/a.jpg", {"ai_txt"}))
    assert other.finding == "silent"
    assert site.paths == ["/ai.txt"]


@pytest.mark.parametrize(("status", "kind"), [(503, ErrorKind.HTTP_5XX), (429, ErrorKind.HTTP_429)])
def test_a_site_that_does_not_tell_its_wishes_leaves_a_signal_unread(
    status: int, kind: ErrorKind, new_site: NewSite
) -> None:
    site = new_site()
    site.put(ROBOTS, Answer(status))
    with pytest.raises(UnreadSignalError) as caught:
        finish(rules_of(site).signals(f"{site.url}/a", BOTH))
    assert caught.value.kind is kind


def test_a_host_that_is_given_up_leaves_no_signal_unread(new_site: NewSite) -> None:
    """Its rows wait for another run; that is no wish of the site."""
    site = new_site()
    rules = rules_of(site)
    for _ in range(20):
        rules.client.hosts.finished(host_key(site.url), ErrorKind.CONNECT, 0.0)
    site.put(ROBOTS, Answer(503))
    with pytest.raises(HostGivenUpError):
        finish(rules.signals(f"{site.url}/a", BOTH))


def test_a_file_read_again_after_a_day_decides_from_then_on(new_site: NewSite) -> None:
    site = new_site()
    site.put(ROBOTS, Answer(body=b"User-agent: *\nAllow: /\n"), Answer(body=b"User-agent: *\nDisallow: /\n"))
    rules = rules_of(site)
    url = f"{site.url}/a.png"
    assert finish(rules.robots(url)).finding == "silent"
    file = rules.files.get(site.url + ROBOTS)
    assert file is not None
    then = datetime.datetime.now(datetime.UTC) - KEPT_FOR - datetime.timedelta(minutes=1)
    rules.files.put(file.url, SiteFile(url=file.url, status=200, body=file.body, read_at=then.isoformat()), 1)
    assert finish(rules.robots(url)).finding == "forbidden"


def test_a_crawl_delay_is_kept(new_site: NewSite) -> None:
    site = new_site()
    site.put(ROBOTS, Answer(body=b"User-agent: *\nCrawl-delay: 7\n"))
    rules = rules_of(site)
    rules.client.pace.expect(host_key(site.url), 100.0)
    finish(rules.robots(f"{site.url}/a"))
    assert rules.client.pace.interval_s(host_key(site.url)) == 7.0


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_hide_nothing(encoding: str, new_site: NewSite) -> None:
    site = new_site()
    site.put(ROBOTS, Answer(body="User-agent: *\r\nDisallow: /secret/\r\n".encode(encoding)))
    site.put(TDMREP, Answer(body='[{"location": "/", "tdm-reservation": true}]'.encode(encoding)))
    assert findings(rules_of(site), f"{site.url}/secret/a.png") == ["forbidden", "opt_out"]


def test_a_reservation_that_cannot_be_read_is_unread_and_a_front_page_states_nothing(new_site: NewSite) -> None:
    site = new_site()
    site.put(TDMREP, Answer(body=b'[{"location": "/", "tdm-reservation": 1},]'), Answer(body=b"<html>Welcome</html>"))
    with pytest.raises(UnreadSignalError) as caught:
        finish(rules_of(site).signals(f"{site.url}/a", BOTH))
    assert caught.value.kind is ErrorKind.SIGNAL_UNREAD
    assert findings(rules_of(site), f"{site.url}/a") == ["silent", "silent"]


def test_of_a_file_without_end_the_first_half_megabyte_counts(new_site: NewSite) -> None:
    site = new_site()
    site.put(ROBOTS, Answer(body=b"User-agent: *\nDisallow: /secret/\n" + b"# padding\n" * 300_000))
    rules = rules_of(site)
    assert finish(rules.robots(f"{site.url}/secret/a")).finding == "forbidden"
    file = rules.files.get(site.url + ROBOTS)
    assert file is not None
    assert len(file.body) == 512 * 1024


def test_usage_lines_count_for_the_paths_that_they_name(new_site: NewSite) -> None:
    site = new_site()
    site.put(ROBOTS, Answer(body=b"User-agent: *\nContent-Usage: /art/ train-ai=n\n"))
    rules = rules_of(site)
    assert finish(rules.robots(f"{site.url}/art/a.png")).finding == "opt_out"
    assert finish(rules.robots(f"{site.url}/blog/a.png")).finding == "silent"


def test_a_file_that_is_kept_elsewhere_is_not_asked_for(new_site: NewSite) -> None:
    site = new_site()
    url = site.url + ROBOTS
    read_at = datetime.datetime.now(datetime.UTC).isoformat()
    kept = {url: SiteFile(url=url, status=200, body="User-agent: *\nDisallow: /\n", read_at=read_at)}
    rules = SiteRules(client_of(site), "aahq-build", lambda file: None, kept.get)
    assert finish(rules.robots(f"{site.url}/a")).finding == "forbidden"
    assert site.asked == []
