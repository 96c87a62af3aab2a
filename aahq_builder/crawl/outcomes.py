"""What may become of a picture that is asked for: one type per case, each with the columns that its row gains."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import Artwork
from aahq_builder.rights.rules import Signal, evidence
from aahq_builder.web.failures import HostGivenUpError, UnreadSignalError

DENIALS = frozenset(
    {
        ErrorKind.ROBOTS,
        ErrorKind.OPT_OUT,
        ErrorKind.NO_LICENSE,
        ErrorKind.NO_PERMISSION,
        ErrorKind.SIGNAL_UNREAD,
        ErrorKind.TOMBSTONE,
    }
)
"""Kinds that are a matter of rights and not of technique."""


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A verified picture in the work folder, and where it came from."""

    sha256: str
    pixel_sha256: str
    width: int
    height: int
    path: str
    """Relative to the work folder."""
    fetched_at: str
    image_url: str | None = None
    """The size that was taken; None for a file of the user's own."""
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Fetched:
    """The picture is here and may be used."""

    artwork: Artwork
    rights: str
    signals: Sequence[Signal]
    file: StoredFile
    status: Literal["fetched"] = "fetched"
    kind: None = None

    def columns(self) -> dict[str, object]:
        """The row with its file."""
        file = vars(self.file)
        facts = {"rights": self.rights, "rights_evidence": evidence(self.signals), "error": None, "error_detail": None}
        return {
            "status": self.status,
            **facts,
            **{name: file[name] for name in file if file[name] or name != "image_url"},
        }


@dataclass(frozen=True)
class Denied:
    """The picture must not be used, or nobody could say that it may."""

    artwork: Artwork
    kind: ErrorKind
    detail: str
    signals: Sequence[Signal]
    status: Literal["denied"] = "denied"

    def columns(self) -> dict[str, object]:
        """The row with the reason and the evidence."""
        return {"status": self.status, "rights": "denied", **_reason(self)}


@dataclass(frozen=True)
class Failed:
    """The picture could not be had."""

    artwork: Artwork
    kind: ErrorKind
    detail: str
    signals: Sequence[Signal]
    status: Literal["failed"] = "failed"

    def columns(self) -> dict[str, object]:
        """The row with the cause, and what was read on the way."""
        return {"status": self.status, **_reason(self)}


@dataclass(frozen=True)
class HeldBack:
    """The host is left alone for the rest of this run, or asks for proof of a human: the row stays as it is."""

    artwork: Artwork
    kind: ErrorKind


Outcome = Fetched | Denied | Failed | HeldBack


def of_error(artwork: Artwork, error: ItemError, signals: Sequence[Signal]) -> Denied | Failed | HeldBack:
    """The case that an error makes. A challenge is no verdict on a work, whether its host gives others or not."""
    if isinstance(error, HostGivenUpError) or error.kind is ErrorKind.HTTP_CHALLENGE:
        return HeldBack(artwork, error.kind)
    if isinstance(error, UnreadSignalError) or error.kind in DENIALS:
        return Denied(artwork, error.kind, error.detail, signals)
    return Failed(artwork, error.kind, error.detail, signals)


def _reason(outcome: Denied | Failed) -> dict[str, object]:
    """Kind, detail and evidence; half characters, which no database stores, are replaced in the detail."""
    detail = outcome.detail[:500].encode("utf-8", errors="replace").decode()
    return {"error": str(outcome.kind), "error_detail": detail, "rights_evidence": evidence(outcome.signals)}
