"""Whether an artwork may be used, decided from evidence that its row keeps. Pure: no requests are made here.

Everything that speaks about rights is a `Signal`: what was looked at, where, when, and what was found. An opt-out wins
over every licence and permission, and a required signal that could not be read counts as one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from aahq_builder.config import Policy
from aahq_builder.errors import ErrorKind
from aahq_builder.records import Artwork, Json
from aahq_builder.rights import licenses
from aahq_builder.rights.permissions import Permission

SignalName = Literal[
    "license",
    "tags",
    "page",
    "robots",
    "tdmrep",
    "ai_txt",
    "image_headers",
    "picture_metadata",
    "tombstone",
    "permission",
    "local_folder",
]
Finding = Literal["silent", "opt_out", "platform_default", "unread", "license", "permission", "forbidden", "noted"]

BEFORE_REQUEST = frozenset({"license", "tags", "page"})
"""Signals that a source reads while listing, before anything is asked about the picture."""
MUSEUMS = ("met", "aic", "cleveland", "commons", "smk", "rijksmuseum", "nga")
_MUSEUM_SIGNALS: frozenset[SignalName] = frozenset({"license", "tags", "robots", "image_headers"})
_PAGE_SIGNALS: frozenset[SignalName] = _MUSEUM_SIGNALS | {"page", "tdmrep", "ai_txt"}
REQUIRED: dict[str, frozenset[SignalName]] = {
    **dict.fromkeys(MUSEUMS, _MUSEUM_SIGNALS),
    **dict.fromkeys(("html", "artstation"), _PAGE_SIGNALS),
    "urls": _MUSEUM_SIGNALS | {"tdmrep", "ai_txt"},
    "rebuild": frozenset({"robots", "image_headers"}),
    "folder": frozenset({"local_folder"}),
}
"""The signals without which a row of each source is denied."""


@dataclass(frozen=True)
class Signal:
    """One piece of evidence."""

    signal: SignalName
    finding: Finding
    value: str = ""
    where: str = ""
    when: str = ""
    error: str = ""
    """The error kind, where it could not be read."""
    scope: str = ""
    """What a written permission allows, in words."""

    def as_json(self) -> dict[str, str]:
        """Without what is empty."""
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class Verdict:
    """What the evidence amounts to."""

    rights: Literal["open", "permitted", "research", "unknown", "denied"]
    error: ErrorKind | None = None
    """Why not, if it is denied."""
    detail: str = ""


@dataclass(frozen=True)
class Rules:
    """What the user has chosen and can show."""

    policy: Policy = "open"
    permissions: tuple[Permission, ...] = ()
    legal_basis: bool = False

    def permission_signals(self, artwork: Artwork) -> list[Signal]:
        """The written permissions that cover an artwork."""
        return [
            Signal("permission", "permission", row.artist or row.page, row.evidence, row.date, scope=row.scope)
            for row in self.permissions
            if row.covers(artwork.artist, artwork.page_url)
        ]

    def covers(self, artist: str | None, page_url: str | None) -> bool:
        """Whether a permission or the stated legal basis covers a work, so that it may be asked about at all."""
        by_permission = any(row.covers(artist, page_url) for row in self.permissions)
        return by_permission or (self.policy == "research" and self.legal_basis)

    def decide(self, artwork: Artwork, signals: Sequence[Signal], required: Iterable[str]) -> Verdict:
        """The verdict on an artwork from all signals read so far."""
        by_finding = {signal.finding: signal for signal in reversed(signals)}
        if found := by_finding.get("forbidden"):
            return _denied(ErrorKind.TOMBSTONE if found.signal == "tombstone" else ErrorKind.ROBOTS, found)
        if found := by_finding.get("opt_out"):
            return _denied(ErrorKind.OPT_OUT, found)
        unread = [signal for signal in signals if signal.finding == "unread"]
        if unread:
            kind = ErrorKind(unread[0].error) if unread[0].error else ErrorKind.SIGNAL_UNREAD
            return _denied(kind, unread[0])
        granted = self._grant(artwork, by_finding)
        missing = sorted(set(required) - {signal.signal for signal in signals} - {"license"})
        if missing and not granted.error:
            return Verdict("denied", ErrorKind.SIGNAL_UNREAD, f"{missing[0]} was not read")
        return granted

    def _grant(self, artwork: Artwork, by_finding: dict[Finding, Signal]) -> Verdict:
        """The verdict where nothing speaks against it: what speaks for it?"""
        permission = by_finding.get("permission")
        if permission and (permission.signal == "local_folder" or self.policy != "open"):
            return Verdict("permitted")
        if found := by_finding.get("platform_default"):
            return _denied(ErrorKind.OPT_OUT, found)
        if licenses.is_open(artwork.license, stated_by_museum=artwork.source in MUSEUMS):
            return Verdict("open")
        if not artwork.license and self.policy == "research" and self.legal_basis:
            return Verdict("research")
        stated = f"{artwork.license} is not an open licence" if artwork.license else "no licence is on record"
        if self.policy == "permitted":
            return Verdict("denied", ErrorKind.NO_PERMISSION, f"{stated}, and no written permission covers it")
        return Verdict("denied", ErrorKind.NO_LICENSE, stated)


def evidence(signals: Iterable[Signal]) -> Json:
    """Signals as a row stores them."""
    return [signal.as_json() for signal in signals]


def signals_of(artwork: Artwork) -> list[Signal]:
    """The signals that a row has stored."""
    stored = artwork.rights_evidence or []
    return [Signal(**entry) for entry in stored if isinstance(entry, dict)]


def _denied(kind: ErrorKind, signal: Signal) -> Verdict:
    words = [signal.signal, signal.value or signal.finding, f"at {signal.where}" if signal.where else ""]
    return Verdict("denied", kind, " ".join(word for word in words if word)[:300])
