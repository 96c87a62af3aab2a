"""What to try again, how often and when: decided by the kind of error."""

import random
from dataclasses import dataclass

from aahq_builder.errors import ErrorKind

MAX_TRIES = 5
MAX_JITTER_S = 60.0
TRANSIENT = frozenset(
    {ErrorKind.CONNECT, ErrorKind.TIMEOUT, ErrorKind.HTTP_429, ErrorKind.HTTP_5XX, ErrorKind.TRUNCATED}
)
"""Kinds that may be over a moment later. All others are answers: asking again would get the same one."""
PAUSE_FACTORS = {ErrorKind.HTTP_429: 8.0, ErrorKind.HTTP_5XX: 2.0, ErrorKind.TRUNCATED: 0.5}


@dataclass(frozen=True)
class RetryPolicy:
    """Full-jitter back-off: a random pause below a bound that doubles with every try."""

    first_pause_s: float = 1.0

    def pause_s(self, kind: ErrorKind, tries: int, retry_after_s: float | None, rng: random.Random) -> float | None:
        """Seconds until the next try after `tries` failed ones; None if there is none."""
        if kind not in TRANSIENT or tries >= MAX_TRIES:
            return None
        bound = self.first_pause_s * PAUSE_FACTORS.get(kind, 1.0) * 2 ** (tries - 1)
        return max(retry_after_s or 0.0, rng.uniform(0.0, min(bound, MAX_JITTER_S)))
