"""The loop of a crawl: list artworks, decide their rights, download their pictures.

Threads ask and verify: one per listing, `--workers` for pictures. The main thread alone decides and writes: it takes
their events in batches, and each batch is one transaction. A picture that has to wait for its host holds no thread.
"""

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from aahq_builder.build import Build
from aahq_builder.config import FetchConfig
from aahq_builder.crawl.download import Downloader, local_reader
from aahq_builder.crawl.forecast import listed_in_words, shares
from aahq_builder.crawl.listing import ListingEnded, ListingEvent, PageNamed, PortionRead, read_listing
from aahq_builder.crawl.live import LiveView
from aahq_builder.crawl.outcomes import Failed, HeldBack, Outcome
from aahq_builder.crawl.rows import CrawlRows
from aahq_builder.crawl.scheduler import HostPlan, Scheduler
from aahq_builder.crawl.tasks import PausedTask, PictureTask, TaskOutcome, advance
from aahq_builder.crawl.waiting_rows import WaitingRows
from aahq_builder.errors import ErrorKind, UserError
from aahq_builder.rights.rules import Rules
from aahq_builder.rights.tombstones import Tombstones
from aahq_builder.sources.base import ArtworkSource, ListingPage
from aahq_builder.sources.folder import read_file
from aahq_builder.sources.kinds import ANY_KIND, Kinds
from aahq_builder.web.breaker import WALLS
from aahq_builder.web.hosts import pictures_of
from aahq_builder.web.network import Network, open_network
from aahq_builder.web.url_safety import AddressGuard

EVENTS_PER_COMMIT = 256
SAME_ADDRESS_PAUSE_S = 0.2
LOOK_EVERY_S, LOOK_SPACING = 2.0, 50.0
"""The journal is asked how many artworks wait at most so often, and for at most a fiftieth of the time."""
ALWAYS_RELISTED = ("folder",)
"""Sources that cost no requests to read again."""


def open_crawl(
    config: FetchConfig, build: Build, rules: Rules, sources: Sequence[ArtworkSource], kinds: Kinds = ANY_KIND
) -> "Crawl":
    """A crawl of these sources for works of these kinds, ready to run.

    The hosts that the user named are allowed whatever their address.
    """
    tombstones = Tombstones.load(build.workdir.root, build.journal)
    network = open_network(config, AddressGuard.allowing(*config.named_hosts()), build.journal, build.console)
    downloader = Downloader(
        workdir=build.workdir,
        client=network.client,
        sites=network.sites,
        rules=rules,
        tombstones=tombstones,
        read_local=local_reader(config.folder, read_file, network.client.fetcher.limits.max_bytes),
    )
    waiting = WaitingRows(build.journal, [source.name for source in sources])
    return Crawl(
        config, build, network, CrawlRows(build.journal, rules, tombstones, sources, kinds), waiting, downloader
    )


@dataclass
class Crawl:
    """The main thread of a crawl."""

    config: FetchConfig
    build: Build
    network: Network
    rows: CrawlRows
    waiting: WaitingRows
    downloader: Downloader
    events: "queue.SimpleQueue[object]" = field(default_factory=queue.SimpleQueue)
    tasks: "queue.SimpleQueue[PictureTask | None]" = field(default_factory=queue.SimpleQueue)
    listings_open: int = 0
    active: int = 0
    """Pictures that a worker has in hand or will have next."""
    addresses_in_flight: set[str] = field(default_factory=set)
    held_back: dict[str, ErrorKind] = field(default_factory=dict)
    """By host: what has kept a row waiting last."""
    stopped: list[str] = field(default_factory=list)
    """Why listings have ended early."""
    next_look: float = 0.0
    """When to ask again how much is left."""

    def __post_init__(self) -> None:
        self.scheduler: Scheduler[PictureTask] = Scheduler(self.waiting.draw, self._next_start)
        self.rate_policy = {source.name: source.rate_policy for source in self.rows.sources}
        self.shares = shares(self.config.limit, list(self.rate_policy))

    def run(self) -> list[str]:
        """Crawl until nothing is left that could be done now; gives, in sentences, what could not be finished."""
        with self.build.journal.transaction():
            self.rows.reconsider(retry_failed=self.config.retry_failed)
        for source_name, host in self.waiting.hosts():
            self._wake(host, source_name)
        for source in self.rows.sources:
            self._start_listing(source)
        for number in range(self.config.workers):
            threading.Thread(target=self._work, daemon=True, name=f"worker {number}").start()
        with self.build.console.progress(None, "artwork") as progress:
            live = LiveView(self.build.console, progress)
            while not self._is_over():
                self._dispatch()
                self._handle_events(live)
        for _ in range(self.config.workers):
            self.tasks.put(None)
        return self._unfinished()

    def _start_listing(self, source: ArtworkSource) -> None:
        cursor = self.rows.cursor(source)
        limit = self.shares[source.name]
        is_done = cursor.finished and not (self.config.relist or source.name in ALWAYS_RELISTED)
        if is_done or (limit is not None and cursor.num_listed >= limit):
            self.build.console.detail(f"{source.listing()}: already listed, {cursor.num_listed} artworks")
            return
        self.listings_open += 1
        read_listing(source, self.network.web(source.rate_policy), cursor.cursor, self.events)

    def _work(self) -> None:
        for visit in iter(self.tasks.get, None):
            self.events.put(advance(visit))

    def _is_over(self) -> bool:
        return not self.listings_open and self.scheduler.is_idle() and self.events.empty()

    def _next_start(self, host: str, now: float) -> float | None:
        return self.network.client.next_start(host, now) if host else now

    def _wake(self, host: str, source_name: str) -> None:
        """Let the scheduler know of rows that wait for a host."""
        policy = self.rate_policy[source_name]
        pace = self.network.client.pace
        is_free = self.config.rate == 0 or not host
        if host:
            pace.expect(host, self.network.rate(policy))
            self.network.client.hosts.answered_earlier(pictures_of(host), partial(self.waiting.fetched_address, host))
        plan = HostPlan(self.config.workers if is_free else policy.in_flight, pace.interval_s(host) if host else 0.0)
        self.scheduler.wake(host, plan, time.monotonic())

    def _dispatch(self) -> None:
        """Hand pictures to the workers that are free, those that were begun before others."""
        while self.active < self.config.workers:
            now = time.monotonic()
            task = self.scheduler.resume(now)
            if task is None:
                artwork = self.scheduler.begin(now)
                if artwork is None:
                    return
                task = PictureTask(artwork)
            self._start(task, now)

    def _start(self, task: PictureTask, now: float) -> None:
        if task.visit is None:
            address = task.artwork.image_url or ""
            if address in self.addresses_in_flight:
                self.scheduler.pause(task, now + SAME_ADDRESS_PAUSE_S)
                return
            task = PictureTask(task.artwork, self.downloader.visit(task.artwork, self.rows.twin(task.artwork)))
            if address:
                self.addresses_in_flight.add(address)
        self.active += 1
        self.tasks.put(task)

    def _handle_events(self, live: LiveView) -> None:
        """Wait for events, then commit all that have come."""
        pause = self.scheduler.wait_s(time.monotonic()) if self.active < self.config.workers else LOOK_EVERY_S
        try:
            events = [self.events.get(timeout=max(pause, 0.001))]
        except queue.Empty:
            return
        while len(events) < EVENTS_PER_COMMIT and not self.events.empty():
            events.append(self.events.get())
        answers: list[Callable[[], None]] = []
        with self.build.journal.transaction():
            for event in events:
                if isinstance(event, PausedTask):
                    self.active -= 1
                    self.scheduler.pause(event.task, event.until)
                elif isinstance(event, TaskOutcome):
                    self.active -= 1
                    self._take_outcome(event.outcome, live)
                elif isinstance(event, ListingEvent):
                    answers.append(self._take_listing(event))
            self.network.keep_site_files(self.build.journal)
        for answer in answers:
            answer()
        self._observe(live)

    def _take_listing(self, event: ListingEvent) -> Callable[[], None]:
        """Do what a listing's event asks for; gives the answer to it, for after the commit."""
        match event:
            case PageNamed():
                if event.page.remark:
                    self.build.console.warn(event.page.remark)
                self._say_total(event.source, event.page)
                wanted = self.rows.wanted(event.source, event.page, self.shares[event.source.name])
                return partial(event.answer.put, wanted)
            case PortionRead():
                return partial(event.answer.put, self._take_portion(event))
            case ListingEnded():
                self._end_listing(event)
                return lambda: None

    def _say_total(self, source: ArtworkSource, page: ListingPage) -> None:
        if page.total is not None:
            rate = self.network.rate(source.rate_policy)
            self.build.console.info(listed_in_words(source.name, page.total, self.shares[source.name], rate))

    def _end_listing(self, ended: ListingEnded) -> None:
        self.listings_open -= 1
        if ended.stopped:
            self.stopped.append(f"{ended.source.listing()} stopped: {ended.stopped}")
            self.build.console.warn(self.stopped[-1])
        else:
            self.rows.finish(ended.source)

    def _take_portion(self, portion: PortionRead) -> int | None:
        """Store what a listing has read; gives the room that the limit leaves it."""
        added, room = self.rows.add_portion(portion, self.shares[portion.source.name])
        for artwork in added:
            if artwork.status == "found":
                self._wake(artwork.host or "", artwork.source)
            else:
                self.build.counts[artwork.status] += 1
        self.listings_open -= room == 0
        return room

    def _take_outcome(self, outcome: Outcome, live: LiveView) -> None:
        if isinstance(outcome, Failed) and outcome.kind is ErrorKind.DISK:
            # no fault of the picture, and the next one would fare no better: the row goes on waiting
            raise UserError(f"the work folder's disk fails: {outcome.detail}; mend that and run the same command again")
        artwork = outcome.artwork
        host = artwork.host or ""
        self.addresses_in_flight.discard(artwork.image_url or "")
        self.rows.write(outcome)
        self.scheduler.finished(host, time.monotonic())
        if isinstance(outcome, HeldBack):
            self.held_back[host] = outcome.kind
        else:
            self.build.counts[outcome.status] += 1
            live.finished(host, outcome.kind, self.scheduler.in_flight)

    def _observe(self, live: LiveView) -> None:
        """Ask now and then how much is left, in a large journal more rarely."""
        now = time.monotonic()
        if now >= self.next_look:
            live.observed(self.waiting.count(), self.network.client.num_retries)
            self.next_look = now + max(LOOK_EVERY_S, LOOK_SPACING * (time.monotonic() - now))

    def _unfinished(self) -> list[str]:
        pending = self.waiting.by_host()
        self.build.counts["pending"] += sum(pending.values())
        self.build.counts += Counter()  # drops zeros
        return self.stopped + [f"{count} artworks wait for {host}{self._why(host)}" for host, count in pending.items()]

    def _why(self, host: str) -> str:
        """What a wall has said, for the sentence about what waits behind it."""
        kind = self.held_back.get(host)
        return f", which refuses programs for now ({kind})" if kind in WALLS else ""
