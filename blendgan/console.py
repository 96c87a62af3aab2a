"""What a command says: plain lines, a progress bar with rate and time left, or JSON lines for machines.

Progress and remarks go to standard error, results to standard output, so that `--json | jq` works.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from tqdm import tqdm

SECONDS_BETWEEN_PLAIN_LINES = 10.0


@dataclass(frozen=True)
class Console:
    """Where a command's words go."""

    json: bool = False
    """Print results as JSON lines."""
    verbosity: int = 0
    """-1 says only results and warnings, 0 is normal, 1 adds details."""

    def result(self, sentence: str, **facts: object) -> None:
        """Print a result: the sentence for people, the facts as one JSON object for machines."""
        sys.stdout.write((json.dumps(facts, default=str) if self.json else sentence) + "\n")
        sys.stdout.flush()

    def info(self, sentence: str) -> None:
        """Say what is going on; silent under `--quiet`."""
        if self.verbosity >= 0:
            self.warn(sentence)

    def detail(self, sentence: str) -> None:
        """Say what only `--verbose` wants to know."""
        if self.verbosity > 0:
            self.warn(sentence)

    def warn(self, sentence: str) -> None:
        """Say what must not be missed, above a running progress bar."""
        tqdm.write(sentence, file=sys.stderr)

    @contextmanager
    def progress(self, total: int | None, unit: str, start: int = 0) -> Iterator["Progress"]:
        """Count `total` items of a `unit` ('face', 'step'), of which `start` were done by earlier runs."""
        progress = Progress(total, unit, start, quiet=self.verbosity < 0)
        try:
            yield progress
        finally:
            progress.close()


class Progress:
    """A bar on a terminal; elsewhere a plain line every ten seconds."""

    def __init__(self, total: int | None, unit: str, start: int, quiet: bool) -> None:
        self.total, self.unit, self.count, self.start = total, unit, start, start
        self.began = self.last_line = time.monotonic()
        self.silent = quiet or sys.stderr.isatty()
        self.bar = tqdm(
            total=total, initial=start, unit=f" {unit}", disable=True if quiet else None, dynamic_ncols=True
        )

    def advance(self, amount: int = 1, **facts: object) -> None:
        """Count `amount` more items; `facts` stand behind the bar."""
        self.count += amount
        if facts:
            self.bar.set_postfix(facts, refresh=False)
        self.bar.update(amount)
        if not self.silent and time.monotonic() - self.last_line >= SECONDS_BETWEEN_PLAIN_LINES:
            self.last_line = time.monotonic()
            sys.stderr.write(self.line(facts) + "\n")

    def line(self, facts: Mapping[str, object]) -> str:
        """Count, rate and time left in words."""
        rate = (self.count - self.start) / max(time.monotonic() - self.began, 1e-9)
        words = [f"{self.count}/{self.total or '?'} {self.unit}s", f"{rate:.3g} {self.unit}s/s"]
        if self.total and rate > 0:
            words.append(f"{tqdm.format_interval(max(self.total - self.count, 0) / rate)} left")
        return ", ".join(words + [f"{name} {value}" for name, value in facts.items()])

    def close(self) -> None:
        """Leave the finished bar on the screen."""
        self.bar.close()
