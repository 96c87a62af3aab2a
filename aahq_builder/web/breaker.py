"""A circuit breaker: what fails again and again, or puts up a wall, is left alone for a while, and its rows wait.

A wall is a challenge, or a 403 where answers came before. It says something about the visitor at this hour, and nothing
about the work that was asked for.
"""

from dataclasses import dataclass

from aahq_builder.errors import ErrorKind

COUNTED = frozenset({ErrorKind.CONNECT, ErrorKind.TIMEOUT, ErrorKind.HTTP_5XX, ErrorKind.HTTP_CHALLENGE})
"""Kinds that say something about the host. A 404 or a damaged picture says something about one item only."""
FAILURES_TO_OPEN = 20
PROBES = 3
"""After so many failed probes the host is given up for this run."""
WALLS = frozenset({ErrorKind.HTTP_CHALLENGE, ErrorKind.HTTP_403})
"""Refusals by which a wall is known; whether it is one is found out by `polite.py`."""
MAX_SILENCE_S = 600.0
"""A host that asks for more silence than this, without a good answer in between, is given up for this run, too."""


@dataclass
class Breaker:
    """Closed (all requests pass), open (none), or open with one probe under way."""

    pause_s: float = 60.0
    failures: int = 0
    failed_probes: int = 0
    open_until: float | None = None
    probing: bool = False
    last_kind: ErrorKind | None = None
    silent_until: float = 0.0
    silence_s: float = 0.0
    """Time for which the host has asked to be left alone since its last good answer, document or picture."""
    left_alone: bool = False
    """Whether that was too long to wait for in this run, or no work was ever given but for a proof of a human."""
    has_answered: bool = False
    """Whether something in this run was answered otherwise than by a wall."""
    good_url: str | None = None
    """An address that has answered well in this run: asked again, it tells a wall from the refusal of one address."""
    has_met_wall: bool = False
    """Whether a wall was seen in this run."""
    earlier_url: str | None = None
    """One that has answered well in an earlier run."""

    @property
    def given_up(self) -> bool:
        """True when the host is left alone for the rest of the run."""
        return self.failed_probes >= PROBES or self.left_alone

    def asked_for_silence(self, seconds: float, now: float) -> bool:
        """Note that the host wants none of us for a time; True if that is more than was known already."""
        more_s = now + seconds - max(self.silent_until, now)
        if more_s <= 0:
            return False
        self.silence_s += more_s
        self.silent_until = now + seconds
        if self.silence_s > MAX_SILENCE_S:
            self.left_alone, self.last_kind = True, ErrorKind.HTTP_429
        return True

    def wait_s(self, now: float) -> float | None:
        """Seconds until a request may start; None while a probe is under way or the host is given up."""
        if self.given_up or self.probing:
            return None
        return 0.0 if self.open_until is None else max(0.0, self.open_until - now)

    def started(self) -> None:
        """Note that a request starts; on an open breaker it is the probe."""
        self.probing = self.open_until is not None

    def control(self, kind: ErrorKind) -> str | None:
        """An address that was given before and shows whether a refusal of this kind is a wall; None if there is none.

        After a challenge nothing is asked for that did not answer in this run: a wall that stood from the first is
        left alone.
        """
        return self.good_url or (self.earlier_url if kind is ErrorKind.HTTP_403 else None)

    def walled(self, kind: ErrorKind, now: float) -> bool:
        """Note a wall; True if that is news.

        Where it is the first thing that was ever answered there is nothing to wait for. Beside answers that were no
        works, as dead links, it counts as a failure like others.
        """
        if self.given_up or self.open_until is not None:
            return False
        if not self.control(kind) and self.has_answered:
            return False
        self.last_kind, self.has_met_wall = kind, True
        if self.control(kind):
            self.open_until = now + self.pause_s
        else:
            self.left_alone = True
        return True

    def succeeded(self) -> None:
        """Any answer that is not of a counted kind shows that the host works."""
        self._works()
        self.silence_s = 0.0

    def _works(self) -> None:
        self.failures = self.failed_probes = 0
        self.open_until, self.probing = None, False

    def failed(self, kind: ErrorKind, now: float) -> bool:
        """Note a failure; True if this one has opened the breaker, or kept it open after a probe."""
        if kind is ErrorKind.HTTP_429:
            self._works()
            return False
        if kind in WALLS and self.control(kind):
            if not self.probing:
                return False
        elif kind not in COUNTED:
            self.succeeded()
            return False
        self.failures += 1
        self.last_kind = kind
        if self.probing:
            self.probing = False
            self.failed_probes += 1
        elif self.open_until is not None or self.failures < FAILURES_TO_OPEN:
            return False
        self.open_until = now + self.pause_s * 2**self.failed_probes
        return True
