"""What the requests of one command share, and what is kept for the next one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aahq_builder.config import NetworkConfig
from aahq_builder.journal import Journal
from aahq_builder.records import SiteFile
from aahq_builder.web.network import Network, open_network
from aahq_builder.web.rate import RatePolicy
from aahq_builder.web.url_safety import AddressGuard
from aahq_builder.web.waiting import finish
from blendgan.console import Console
from tests.aahq_builder.written_site import Answer, NewSite, Site


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "aahq.sqlite") as journal:
        yield journal


def network_of(site: Site, journal: Journal, rate: float | None = 0.0, keep_day: bool = True) -> Network:
    config = NetworkConfig(rate=rate, contact="tests@example.org", timeout_s=5.0, retry_pause_s=0.01)
    return open_network(config, AddressGuard.allowing(site.url), journal, Console(verbosity=-1), keep_day=keep_day)


def test_the_users_rate_wins_over_the_sources(new_site: NewSite, journal: Journal) -> None:
    site, policy = new_site(), RatePolicy(rate=20.0)
    assert [network_of(site, journal, rate).web(policy).rate for rate in (None, 0.0, 3.0)] == [20.0, 0.0, 3.0]


def test_site_files_are_kept_for_the_next_command_unless_it_wants_them_anew(
    new_site: NewSite, journal: Journal
) -> None:
    site = new_site()
    site.put("/robots.txt", Answer(body=b"User-agent: *\nDisallow: /\n"))
    findings = []
    for keep_day in (True, True, False):
        network = network_of(site, journal, keep_day=keep_day)
        findings.append(finish(network.sites.robots(f"{site.url}/a")).finding)
        network.keep_site_files(journal)
    assert findings == ["forbidden"] * 3
    assert site.paths == ["/robots.txt"] * 2
    assert journal.count(SiteFile) == 1
