"""What a person, or a machine reading `--json`, sees of a running crawl: rate, hosts, errors by kind, advice."""

import time
from collections import Counter, deque
from dataclasses import dataclass, field

from aahq_builder.errors import ADVICE, ErrorKind
from blendgan.console import Console, Progress

JSON_EVERY_S = 5.0
WORDS_EVERY_S = 0.5
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
    left: int = 0
    """Artworks that wait, when the journal was last asked."""
    recent: "deque[ErrorKind | None]" = field(default_factory=lambda: deque(maxlen=WATCHED))
    advised: set[ErrorKind] = field(default_factory=set)
    began: float = field(default_factory=time.monotonic)
    last_json: float = field(default_factory=time.monotonic)
    last_words: float = 0.0
    busiest: str = ""
    commonest: str = ""
    """Hosts and errors as they are shown."""

    def observed(self, left: int, retries: int) -> None:
        """Take over what others count: artworks that wait, and requests that were made again."""
        self.left, self.retries = left, retries
        self.progress.total = self.progress.bar.total = self.progress.count + left

    def finished(self, host: str, kind: ErrorKind | None, in_flight: int) -> None:
        """Note an outcome, and show it."""
        self.hosts[host or "local files"] += 1
        self.recent.append(kind)
        if kind:
            self.errors[str(kind)] += 1
            self._advise(kind)
        self._find_words()
        self.progress.advance(in_flight=in_flight, hosts=self.busiest, errors=self.commonest or "none")
        if self.console.json and time.monotonic() - self.last_json >= JSON_EVERY_S:
            self.last_json = time.monotonic()
            self.console.result("", event="progress", **self.facts(in_flight))

    def facts(self, in_flight: int) -> dict[str, object]:
        """The state in numbers."""
        done = self.hosts.total()
        rate = done / max(time.monotonic() - self.began, 1e-9)
        return {
            "done": done,
            "left": self.left,
            "in_flight": in_flight,
            "per_s": round(rate, 2),
            "left_s": round(self.left / rate) if rate else None,
            "retries": self.retries,
            "errors": dict(self.errors),
            "hosts": dict(self.hosts.most_common(20)),
        }

    def _find_words(self) -> None:
        """Find what is shown anew now and then only, because there may be many hosts."""
        if time.monotonic() - self.last_words >= WORDS_EVERY_S:
            self.last_words = time.monotonic()
            self.busiest, self.commonest = _most_common(self.hosts), _most_common(self.errors)

    def _advise(self, kind: ErrorKind) -> None:
        share = sum(other is kind for other in self.recent) / len(self.recent)
        if len(self.recent) >= FEWEST and share >= 0.5 and kind not in self.advised:
            self.advised.add(kind)
            self.console.warn(f"{share:.0%} of the last {len(self.recent)} artworks end in {kind}: {ADVICE[kind]}")


def _most_common(counter: Counter[str]) -> str:
    return " ".join(f"{name}:{count}" for name, count in counter.most_common(HOSTS_SHOWN))
