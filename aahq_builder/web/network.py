"""Everything that the requests of one command share: the client with its pace and breakers, and the site files."""

import datetime
import queue
from dataclasses import dataclass, field

from aahq_builder.config import NetworkConfig
from aahq_builder.journal import Journal
from aahq_builder.records import SiteFile
from aahq_builder.web.csv_tables import CsvTables
from aahq_builder.web.documents import DocumentReader
from aahq_builder.web.fetch import PRODUCT, Fetcher, Limits, project_address, user_agent
from aahq_builder.web.hosts import Hosts
from aahq_builder.web.kept_files import kept_files
from aahq_builder.web.polite import PoliteClient
from aahq_builder.web.rate import Pace, RatePolicy
from aahq_builder.web.retry import RetryPolicy
from aahq_builder.web.site_files import KEPT_FOR, SiteRules
from aahq_builder.web.url_safety import AddressGuard
from blendgan.console import Console


@dataclass(frozen=True)
class Network:
    """Shared by all threads of a command."""

    config: NetworkConfig
    client: PoliteClient
    sites: SiteRules
    new_site_files: "queue.SimpleQueue[SiteFile]"
    tables: CsvTables = field(default_factory=CsvTables)

    def web(self, rate_policy: RatePolicy) -> DocumentReader:
        """What a source with this rate policy may ask for."""
        return DocumentReader(self.client, self.sites, rate_policy, self.rate(rate_policy), self.tables)

    def rate(self, rate_policy: RatePolicy) -> float:
        """Requests per second and host: what the user says, else the source."""
        return rate_policy.rate if self.config.rate is None else self.config.rate

    def keep_site_files(self, journal: Journal) -> None:
        """Write the site files that were read since; called by the thread that owns the journal."""
        while not self.new_site_files.empty():
            journal.insert([self.new_site_files.get()], "REPLACE")


def open_network(
    config: NetworkConfig, guard: AddressGuard, journal: Journal, console: Console, *, keep_day: bool = True
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
    client = PoliteClient(
        Fetcher(guard, user_agent(config.contact), limits),
        Pace(1.0 if config.rate is None else config.rate),
        Hosts(config.breaker_pause_s, console.warn),
        RetryPolicy(config.retry_pause_s),
    )
    new_files: queue.SimpleQueue[SiteFile] = queue.SimpleQueue()
    kept_for = KEPT_FOR if keep_day else -datetime.timedelta(seconds=1)  # times are kept in whole seconds
    since = datetime.datetime.now(datetime.UTC) - kept_for
    kept = kept_files(journal, since.isoformat(timespec="seconds"))
    return Network(config, client, SiteRules(client, PRODUCT, new_files.put, kept), new_files)
