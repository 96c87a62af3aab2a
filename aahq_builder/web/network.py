"""Everything that the requests of one command share: pace, breakers, site files, the fetcher."""

import queue
from dataclasses import dataclass

from aahq_builder.config import NetworkConfig
from aahq_builder.errors import ErrorKind
from aahq_builder.journal import Journal
from aahq_builder.records import SiteFile
from aahq_builder.web.failures import FetchError
from aahq_builder.web.fetch import PRODUCT, Fetcher, Limits, project_address, user_agent
from aahq_builder.web.hosts import Hosts
from aahq_builder.web.polite import PoliteWeb
from aahq_builder.web.rate import Pace, RatePolicy
from aahq_builder.web.retry import RetryPolicy
from aahq_builder.web.site_files import SiteRules
from aahq_builder.web.url_safety import Guard, host_key
from blendgan.console import Console

STATES_NOTHING = {
    ErrorKind.HTTP_401: 401,
    ErrorKind.HTTP_403: 403,
    ErrorKind.HTTP_404: 404,
    ErrorKind.HTTP_410: 410,
    ErrorKind.HTTP_4XX: 400,
    ErrorKind.REDIRECTS: 400,
}
"""Answers by which a site says that it has no robots file (RFC 9309, 2.3.1.3)."""
MAX_SITE_FILE_BYTES = 4 << 20


@dataclass(frozen=True)
class Network:
    """Shared by all threads of a command."""

    config: NetworkConfig
    fetcher: Fetcher
    hosts: Hosts
    sites: SiteRules
    retry: RetryPolicy
    new_site_files: "queue.SimpleQueue[SiteFile]"

    def web(self, rate_policy: RatePolicy) -> PoliteWeb:
        """What a source with these rate_policy may ask for."""
        return PoliteWeb(self.fetcher, self.hosts, self.sites, self.retry, rate_policy, self.rate(rate_policy))

    def rate(self, rate_policy: RatePolicy) -> float:
        """Requests per second and host: what the user says, else the source."""
        return rate_policy.rate if self.config.rate is None else self.config.rate

    def keep_site_files(self, journal: Journal) -> None:
        """Write the site files that were read since; called by the thread that owns the journal."""
        while not self.new_site_files.empty():
            journal.insert([self.new_site_files.get()], "REPLACE")


def open_network(
    config: NetworkConfig, guard: Guard, journal: Journal, console: Console, *, keep_day: bool = True
) -> Network:
    """Build the shared parts. With `keep_day`, site files that were read within a day need not be read again."""
    if not (config.contact or project_address()):
        console.warn("no contact is set, so sites cannot reach you: give --contact or $AAHQ_CONTACT")
    limits = Limits(
        max_bytes=int(config.max_mb * 1e6),
        connect_s=min(10.0, config.timeout_s),
        read_s=config.timeout_s,
        total_s=6 * config.timeout_s,
    )
    pace = Pace(1.0 if config.rate is None else config.rate)
    fetcher = Fetcher(guard, user_agent(config.contact), pace, limits)
    new_files: queue.SimpleQueue[SiteFile] = queue.SimpleQueue()
    sites = SiteRules(
        agent=PRODUCT,
        read_file=lambda url: _read_site_file(fetcher, url),
        keep=new_files.put,
        on_crawl_delay=lambda origin, delay_s: pace.keep_interval(host_key(origin), delay_s),
        files={file.url: file for file in journal.select(SiteFile)} if keep_day else {},
    )
    hosts = Hosts(config.breaker_pause_s, console.warn)
    return Network(config, fetcher, hosts, sites, RetryPolicy(config.retry_pause_s), new_files)


def _read_site_file(fetcher: Fetcher, url: str) -> tuple[int, bytes]:
    try:
        reply = fetcher.get(url, accept="text/plain,application/json,*/*", max_bytes=MAX_SITE_FILE_BYTES)
    except FetchError as error:
        if error.kind not in STATES_NOTHING:
            raise
        return STATES_NOTHING[error.kind], b""
    return reply.status, reply.body
