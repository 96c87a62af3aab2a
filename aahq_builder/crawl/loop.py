"""The loop of a crawl: list artworks, decide their rights, download their pictures.

Threads do the waiting: one per listing, `--workers` for pictures. The main thread alone decides and writes: it takes
their events in batches, and each batch is one transaction.
"""

import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from aahq_builder.build import Build
from aahq_builder.config import FetchConfig
from aahq_builder.crawl.download import Downloader, Outcome, local_reader
from aahq_builder.crawl.listing import ListingEnded, ListingEvent, PageNamed, PortionRead, read_listing
from aahq_builder.crawl.live import LiveView
from aahq_builder.crawl.rows import CrawlRows
from aahq_builder.crawl.scheduler import Scheduler, Task
from aahq_builder.rights.rules import Rules
from aahq_builder.rights.tombstones import Tombstones
from aahq_builder.sources.base import ArtworkSource
from aahq_builder.sources.folder import read_file
from aahq_builder.web.failures import FetchError
from aahq_builder.web.network import Network, open_network
from aahq_builder.web.url_safety import Guard

QUEUED_PER_HOST = 64
EVENTS_PER_COMMIT = 256
SAME_ADDRESS_PAUSE_S = 0.2
ALWAYS_RELISTED = ("folder",)
"""Sources that cost no requests to read again."""


def open_crawl(config: FetchConfig, build: Build, rules: Rules, sources: Sequence[ArtworkSource]) -> "Crawl":
    """A crawl of these sources, ready to run; the hosts that the user named are allowed whatever their address."""
    tombstones = Tombstones.load(build.workdir.root, build.journal)
    network = open_network(config, Guard.allowing(*config.named_hosts()), build.journal, build.console)
    downloader = Downloader(
        workdir=build.workdir,
        fetcher=network.fetcher,
        sites=network.sites,
        rules=rules,
        tombstones=tombstones,
        read_local=local_reader(config.folder, read_file, network.fetcher.limits.max_bytes),
    )
    return Crawl(config, build, network, CrawlRows(build.journal, rules, tombstones, sources), downloader)


@dataclass
class Crawl:
    """The main thread of a crawl."""

    config: FetchConfig
    build: Build
    network: Network
    rows: CrawlRows
    downloader: Downloader
    events: "queue.SimpleQueue[object]" = field(default_factory=queue.SimpleQueue)
    tasks: "queue.SimpleQueue[Task]" = field(default_factory=queue.SimpleQueue)
    listings_open: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    """Rows in the journal that wait, by host, queued ones included."""
    addresses_in_flight: set[str] = field(default_factory=set)
    stopped: list[str] = field(default_factory=list)
    """Why listings have ended early."""
    rng: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self.scheduler = Scheduler(self.network.fetcher.pace, self.network.hosts)
        self.rate_policy = {source.name: source.rate_policy for source in self.rows.sources}

    def run(self) -> list[str]:
        """Crawl until nothing is left that could be done now; gives, in sentences, what could not be finished."""
        with self.build.journal.transaction():
            self.rows.reconsider(retry_failed=self.config.retry_failed)
        self.waiting = self.rows.pending_hosts()
        for source in self.rows.sources:
            self._start_listing(source)
        for number in range(self.config.workers):
            threading.Thread(target=self._work, daemon=True, name=f"worker {number}").start()
        with self.build.console.progress(None, "artwork") as progress:
            live = LiveView(self.build.console, progress)
            while not self._is_over():
                self._dispatch()
                self._handle_events(live)
        return self._unfinished()

    def _start_listing(self, source: ArtworkSource) -> None:
        cursor = self.rows.cursor(source)
        limit = self.config.limit
        is_done = cursor.finished and not (self.config.relist or source.name in ALWAYS_RELISTED)
        if is_done or (limit is not None and cursor.num_listed >= limit):
            self.build.console.detail(f"{source.listing()}: already listed, {cursor.num_listed} artworks")
            return
        self.listings_open += 1
        read_listing(source, self.network.web(source.rate_policy), cursor.cursor, self.events)

    def _work(self) -> None:
        while True:
            self.events.put(self.downloader(self.tasks.get()))

    def _is_over(self) -> bool:
        if self.listings_open or self.scheduler.in_flight() or not self.events.empty():
            return False
        return all(count <= 0 or self.network.hosts.given_up(host) for host, count in self.waiting.items())

    def _dispatch(self) -> None:
        """Hand tasks to the workers that are free."""
        while self.scheduler.in_flight() < self.config.workers:
            self._refill()
            task = self.scheduler.next(time.monotonic())
            if task is None:
                return
            address = task.artwork.image_url or ""
            if address and address in self.addresses_in_flight:
                self.scheduler.delay(task, time.monotonic() + SAME_ADDRESS_PAUSE_S)
            elif twin := self.rows.twin(task.artwork):
                self.scheduler.finished(task)
                self.rows.write_twin(task.artwork, twin)
                self._count(task, "fetched")
            else:
                self.addresses_in_flight.add(address)
                self.tasks.put(task)

    def _refill(self) -> None:
        """Queue rows of hosts that have few queued."""
        for host, count in self.waiting.items():
            queued = self.scheduler.queued(host)
            if queued < min(count, QUEUED_PER_HOST // 4) and not self.network.hosts.given_up(host):
                known = self.scheduler.ids(host)
                for artwork in self.rows.pending(host, QUEUED_PER_HOST):
                    if artwork.artwork_id not in known:
                        rate_policy = self.rate_policy[artwork.source]
                        self.network.fetcher.pace.expect(host, self.network.rate(rate_policy))
                        self.scheduler.add(Task(artwork), self._in_flight_limit(artwork.source))

    def _in_flight_limit(self, source: str) -> int:
        return (
            self.config.workers if self.config.rate == 0 or source == "folder" else self.rate_policy[source].in_flight
        )

    def _handle_events(self, live: LiveView) -> None:
        """Wait for events, then commit all that have come."""
        pause = self.scheduler.wait_s(time.monotonic()) if self.scheduler.in_flight() < self.config.workers else 0.5
        try:
            events = [self.events.get(timeout=max(pause, 0.001))]
        except queue.Empty:
            return
        while len(events) < EVENTS_PER_COMMIT and not self.events.empty():
            events.append(self.events.get())
        answers: list[Callable[[], None]] = []
        with self.build.journal.transaction():
            for event in events:
                if isinstance(event, Outcome):
                    self._take_outcome(event, live)
                elif isinstance(event, ListingEvent):
                    answers.append(self._take_listing(event))
            self.network.keep_site_files(self.build.journal)
        for answer in answers:
            answer()

    def _take_listing(self, event: ListingEvent) -> Callable[[], None]:
        """Do what a listing's event asks for; gives the answer to it, for after the commit."""
        match event:
            case PageNamed():
                return partial(event.answer.put, self.rows.wanted(event.source, event.page, self.config.limit))
            case PortionRead():
                return partial(event.answer.put, self._take_portion(event))
            case ListingEnded():
                self._end_listing(event)
                return lambda: None

    def _end_listing(self, ended: ListingEnded) -> None:
        self.listings_open -= 1
        if ended.stopped:
            self.stopped.append(f"{ended.source.listing()} stopped: {ended.stopped}")
            self.build.console.warn(self.stopped[-1])
        else:
            self.rows.finish(ended.source)

    def _take_portion(self, portion: PortionRead) -> int | None:
        """Store what a listing has read; gives the room that the limit leaves it."""
        added, room = self.rows.add_portion(portion, self.config.limit)
        for artwork in added:
            if artwork.status == "found":
                host = artwork.host or ""
                self.waiting[host] = self.waiting.get(host, 0) + 1
            else:
                self.build.counts[artwork.status] += 1
        self.listings_open -= room == 0
        return room

    def _take_outcome(self, outcome: Outcome, live: LiveView) -> None:
        task, error, now = outcome.task, outcome.error, time.monotonic()
        self.addresses_in_flight.discard(task.artwork.image_url or "")
        if task.host:
            self.network.hosts.finished(task.host, error.kind if error else None, now)
        if error:
            retry_after_s = error.retry_after_s if isinstance(error, FetchError) else None
            pause = self.network.retry.pause_s(error.kind, task.tries + 1, retry_after_s, self.rng)
            if pause is not None:
                live.retried()
                self.scheduler.delay(Task(task.artwork, task.tries + 1), now + pause)
                return
        self.scheduler.finished(task)
        self._count(task, self.rows.write(outcome))
        left = sum(self.waiting.values())
        live.finished(task.host, error.kind if error else None, self.scheduler.in_flight(), left)

    def _count(self, task: Task, status: str) -> None:
        self.build.counts[status] += 1
        self.waiting[task.host] -= 1

    def _unfinished(self) -> list[str]:
        pending = {host: count for host, count in self.waiting.items() if count > 0}
        self.build.counts["pending"] += sum(pending.values())
        self.build.counts += Counter()  # drops zeros
        return self.stopped + [f"{count} artworks wait for {host}" for host, count in pending.items()]
