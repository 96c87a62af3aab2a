"""What a person, or a machine reading `--json`, sees of a running crawl: rate, hosts, errors by kind, advice."""

import time
from collections import Counter, deque
from dataclasses import dataclass, field

from aahq_builder.errors import ADVICE, ErrorKind
from blendgan.console import Console, Progress

JSON_EVERY_S = 5.0
WATCHED = 100
"""Of so many last outcomes, one kind must not make up half without a word of advice."""
FEWEST = 20
HOSTS_SHOWN = 3


@dataclass
class LiveView:
    """Counts what happens; the crawl tells it, and it tells the console."""

    console: Console
    progress: Progress
    errors: Counter[str] = field(default_factory=Counter)
    hosts: Counter[str] = field(default_factory=Counter)
    """Finished artworks by host."""
    retries: int = 0
    recent: "deque[ErrorKind | None]" = field(default_factory=lambda: deque(maxlen=WATCHED))
    advised: set[ErrorKind] = field(default_factory=set)
    began: float = field(default_factory=time.monotonic)
    last_json: float = field(default_factory=time.monotonic)

    def retried(self) -> None:
        """Note an error that will be tried again."""
        self.retries += 1

    def finished(self, host: str, kind: ErrorKind | None, in_flight: int, left: int) -> None:
        """Note an outcome, and show it."""
        self.hosts[host or "local files"] += 1
        self.recent.append(kind)
        if kind:
            self.errors[str(kind)] += 1
            self._advise(kind)
        self.progress.total = self.progress.bar.total = self.progress.count + 1 + left
        busiest = " ".join(f"{name}:{count}" for name, count in self.hosts.most_common(HOSTS_SHOWN))
        errors = " ".join(f"{name}:{count}" for name, count in self.errors.most_common(HOSTS_SHOWN))
        self.progress.advance(in_flight=in_flight, hosts=busiest, errors=errors or "none")
        if self.console.json and time.monotonic() - self.last_json >= JSON_EVERY_S:
            self.last_json = time.monotonic()
            self.console.result("", event="progress", **self.facts(in_flight, left))

    def facts(self, in_flight: int, left: int) -> dict[str, object]:
        """The state in numbers."""
        done = self.hosts.total()
        rate = done / max(time.monotonic() - self.began, 1e-9)
        return {
            "done": done,
            "left": left,
            "in_flight": in_flight,
            "per_s": round(rate, 2),
            "left_s": round(left / rate) if rate else None,
            "retries": self.retries,
            "errors": dict(self.errors),
            "hosts": dict(self.hosts.most_common(20)),
        }

    def _advise(self, kind: ErrorKind) -> None:
        share = sum(other is kind for other in self.recent) / len(self.recent)
        if len(self.recent) >= FEWEST and share >= 0.5 and kind not in self.advised:
            self.advised.add(kind)
            self.console.warn(f"{share:.0%} of the last {len(self.recent)} artworks end in {kind}: {ADVICE[kind]}")
