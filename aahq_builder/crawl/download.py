"""One artwork's picture: ask the site's wishes, choose the best address, verify the bytes, keep them by content."""

import hashlib
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from aahq_builder import images
from aahq_builder.build import now
from aahq_builder.crawl.scheduler import Task
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import Artwork
from aahq_builder.rights import optout
from aahq_builder.rights.rules import REQUIRED, Rules, Signal, evidence, signals_of
from aahq_builder.rights.tombstones import Tombstones
from aahq_builder.web.failures import FetchError
from aahq_builder.web.fetch import Fetcher, Reply
from aahq_builder.web.site_files import SiteRules
from aahq_builder.workdir import WorkDir, write_atomic

TRY_NEXT_SIZE = frozenset(
    {ErrorKind.HTTP_403, ErrorKind.HTTP_404, ErrorKind.HTTP_410, ErrorKind.TOO_LARGE, ErrorKind.TOO_MANY_PIXELS}
)
"""After these another size of the same picture may still work."""
ANSWERS = frozenset({ErrorKind.HTTP_5XX, ErrorKind.HTTP_429, ErrorKind.HTTP_CHALLENGE, ErrorKind.SIGNAL_UNREAD})
"""A site that answers so does exist: a signal that it does not give is an unread one."""


class UnreadSignalError(FetchError):
    """A required signal could not be read, for the reason in `kind`."""


@dataclass(frozen=True)
class Outcome:
    """What became of a task: new columns of its row, or an error that may be tried again."""

    task: Task
    columns: Mapping[str, object] = field(default_factory=dict)
    error: ItemError | None = None


@dataclass
class Downloader:
    """Called by the worker threads, one task at a time."""

    workdir: WorkDir
    fetcher: Fetcher
    sites: SiteRules
    rules: Rules
    tombstones: Tombstones
    read_local: Callable[[str], bytes]
    """Bytes of a file of the `folder` source."""
    decoders: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(os.cpu_count() or 1)
    )
    """Large pictures are decoded only so many at a time, so that memory stays bounded."""

    def __call__(self, task: Task) -> Outcome:
        """Download one picture; never raises for what the picture or its server did."""
        artwork, signals = task.artwork, list(signals_of(task.artwork))
        self.fetcher.give_turn(task.host)
        try:
            if artwork.source == "folder":
                content, reply = self.read_local(artwork.source_id or ""), None
            else:
                reply = self._best(artwork, signals)
                content = reply.body
            return Outcome(task, {**self._keep(artwork, content, signals), **_from_reply(reply)})
        except ItemError as error:
            return Outcome(task, {"rights_evidence": evidence(signals)}, error)
        except OSError as error:  # only our own disk is left to fail here
            return Outcome(task, error=ItemError(ErrorKind.DISK, f"{type(error).__name__}: {error.strerror}"))

    def _best(self, artwork: Artwork, signals: list[Signal]) -> Reply:
        """The largest size of the picture that the site gives and the limits allow."""
        urls = [str(entry["url"]) for entry in artwork.candidates or [] if isinstance(entry, dict)]
        urls = list(dict.fromkeys(urls)) or [artwork.image_url or ""]
        for index, url in enumerate(urls):
            try:
                reply = self._ask(artwork, url, signals)
                return replace(reply, url=url)
            except ItemError as error:
                if error.kind not in TRY_NEXT_SIZE or index + 1 == len(urls):
                    raise
        raise AssertionError("there is a last address")

    def _ask(self, artwork: Artwork, url: str, signals: list[Signal]) -> Reply:
        def check(address: str) -> None:
            for signal in site_signals(self.sites, artwork.source, address):
                put_signal(signals, signal)
            self._stop_if_denied(artwork, signals)

        def check_head(reply: Reply) -> None:
            put_signal(signals, image_signal(reply))
            self._stop_if_denied(artwork, signals)

        return self.fetcher.get(url, accept="image/*,*/*;q=0.5", check=check, check_head=check_head)

    def _stop_if_denied(self, artwork: Artwork, signals: list[Signal]) -> None:
        read = {signal.signal for signal in signals}
        verdict = self.rules.decide(artwork, signals, REQUIRED[artwork.source] & read)
        if verdict.error:
            raise ItemError(verdict.error, verdict.detail)

    def _keep(self, artwork: Artwork, content: bytes, signals: list[Signal]) -> dict[str, object]:
        """Verify and store the bytes; the columns that a fetched row gains."""
        with self.decoders:
            picture = images.decode(content)
            pixel_sha256 = picture.pixel_sha256
        sha256 = hashlib.sha256(content).hexdigest()
        expected = artwork.sha256, artwork.pixel_sha256
        if any(expected) and sha256 != expected[0] and pixel_sha256 != expected[1]:
            raise ItemError(ErrorKind.HASH_MISMATCH, f"sha256 {sha256} is not the one that the list gives")
        if kind := self.tombstones.covers({"sha256": sha256, "pixel_sha256": pixel_sha256}):
            raise ItemError(ErrorKind.TOMBSTONE, f"these {kind.removesuffix('_sha256')}s were taken down")
        verdict = self.rules.decide(artwork, signals, REQUIRED[artwork.source])
        if verdict.error:
            raise ItemError(verdict.error, verdict.detail)
        path = self.workdir.original(sha256, picture.extension)
        if not (self.workdir.root / path).exists():
            write_atomic(self.workdir.root / path, content)
        height, width = picture.pixels.shape[:2]
        return {
            "status": "fetched",
            "error": None,
            "error_detail": None,
            "rights": verdict.rights,
            "rights_evidence": evidence(signals),
            "sha256": sha256,
            "pixel_sha256": pixel_sha256,
            "width": width,
            "height": height,
            "path": path,
            "fetched_at": now(),
        }


def site_signals(sites: SiteRules, source: str, url: str) -> list[Signal]:
    """What the site of an address says about itself as a whole; an error names the signal that could not be read."""
    try:
        signals = [sites.robots(url)]
        if "tdmrep" in REQUIRED[source]:
            signals.append(sites.tdmrep(url))
    except ItemError as error:
        if error.kind not in ANSWERS:
            raise
        retry_after_s = error.retry_after_s if isinstance(error, FetchError) else None
        raise UnreadSignalError(error.kind, f"required signal not read: {error.detail}", retry_after_s) from error
    return signals


def image_signal(reply: Reply) -> Signal:
    """What the headers of a picture say about its use."""
    opted_out = optout.in_headers(reply.headers)
    noted = reply.headers.get("X-Robots-Tag", "")
    finding = "opt_out" if opted_out else "noted" if noted else "silent"
    return Signal("image_headers", finding, opted_out or noted, reply.url, now())  # type: ignore[arg-type]


def copy_of(twin: Artwork, artwork: Artwork) -> dict[str, object]:
    """The columns of a fetched twin with the same address, for a row whose picture need not be asked for again."""
    read = [signal for signal in signals_of(twin) if signal.signal in ("robots", "tdmrep", "image_headers")]
    names = ("status", "sha256", "pixel_sha256", "width", "height", "path", "fetched_at", "etag", "last_modified")
    copied = {name: getattr(twin, name) for name in names}
    return {**copied, "rights_evidence": evidence([*signals_of(artwork), *read]), "error": None, "error_detail": None}


def local_reader(root: Path | None, read: Callable[[Path, str, int], bytes], max_bytes: int) -> Callable[[str], bytes]:
    """Reads files of the folder that the user named."""

    def read_local(source_id: str) -> bytes:
        if root is None:
            raise ItemError(ErrorKind.FILE_MISSING, "the folder was not named with --path")
        return read(root, source_id, max_bytes)

    return read_local


def put_signal(signals: list[Signal], signal: Signal) -> None:
    """Replace an earlier signal of the same name: redirects and other sizes are looked at anew."""
    signals[:] = [*(other for other in signals if other.signal != signal.signal), signal]


def _from_reply(reply: Reply | None) -> dict[str, object]:
    """The address that has worked, and the server's validators."""
    if reply is None:
        return {}
    validators = {"etag": reply.headers.get("ETag"), "last_modified": reply.headers.get("Last-Modified")}
    return {"image_url": reply.url, **validators}


def is_denial(error: ItemError) -> bool:
    """Whether an error is a matter of rights (`denied`) and not of technique (`failed`)."""
    return isinstance(error, UnreadSignalError) or error.kind in (
        ErrorKind.ROBOTS,
        ErrorKind.OPT_OUT,
        ErrorKind.NO_LICENSE,
        ErrorKind.NO_PERMISSION,
        ErrorKind.SIGNAL_UNREAD,
        ErrorKind.TOMBSTONE,
    )
