"""Work that has to wait in between, written as generators, so that waiting holds no thread.

A visit yields a `Wait` where it must not go on yet. A thread that has nothing else to do sleeps through it (`finish`);
the crawl puts the visit aside and lets its worker do other work meanwhile.
"""

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Wait:
    """The moment from which a visit may go on."""

    until: float
    """Seconds of the monotonic clock."""


Visit = Generator[Wait, None, T]
"""Work that gives a `T` in the end and may have to wait before."""


def finish(visit: Visit[T]) -> T:
    """Take a visit to its end, sleeping where it has to wait."""
    while True:
        try:
            wait = next(visit)
        except StopIteration as end:
            result: T = end.value
            return result
        time.sleep(max(0.0, wait.until - time.monotonic()))
