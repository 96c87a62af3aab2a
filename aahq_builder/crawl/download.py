"""One artwork's picture: ask the site's wishes, choose the best address, verify the bytes, keep them by content."""

import hashlib
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aahq_builder import images
from aahq_builder.build import now
from aahq_builder.crawl.outcomes import Fetched, Outcome, StoredFile, of_error
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import Artwork
from aahq_builder.rights import optout
from aahq_builder.rights.rules import REQUIRED, Rules, Signal, signals_of
from aahq_builder.rights.tombstones import Tombstones
from aahq_builder.web.fetch import HttpRequest, Reply
from aahq_builder.web.polite import PoliteClient
from aahq_builder.web.site_files import SiteRules
from aahq_builder.web.waiting import Visit
from aahq_builder.workdir import WorkDir, write_atomic

TRY_NEXT_SIZE = frozenset(
    {ErrorKind.HTTP_403, ErrorKind.HTTP_404, ErrorKind.HTTP_410, ErrorKind.TOO_LARGE, ErrorKind.TOO_MANY_PIXELS}
)
"""After these another size of the same picture may still work."""
PICTURE_SIGNALS = frozenset({"image_headers"})
"""What was read with a picture and holds for every row that names its address."""


@dataclass(frozen=True)
class VerifiedPicture:
    """Bytes that are a picture."""

    content: bytes
    sha256: str
    pixel_sha256: str
    width: int
    height: int
    extension: str
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the answer that brought it."""


@dataclass
class Downloader:
    """Called by the worker threads, one artwork at a time."""

    workdir: WorkDir
    client: PoliteClient
    sites: SiteRules
    rules: Rules
    tombstones: Tombstones
    read_local: Callable[[str], bytes]
    """Bytes of a file of the `folder` source."""
    decoders: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(os.cpu_count() or 1)
    )
    """Large pictures are decoded only so many at a time, so that memory stays bounded."""

    def visit(self, artwork: Artwork, twin: Artwork | None) -> Visit[Outcome]:
        """Fetch one picture, or take that of a fetched `twin` with the same address."""
        signals = list(signals_of(artwork))
        try:
            if artwork.source == "folder":
                return self._keep(artwork, self._verified(self.read_local(artwork.source_id or "")), signals, None)
            if twin and _signals_of_picture(twin):
                return (yield from self._share(artwork, twin, signals))
            return (yield from self._download(artwork, signals))
        except ItemError as error:
            return of_error(artwork, error, signals)
        except OSError as error:  # only our own disk is left to fail here
            return of_error(artwork, ItemError(ErrorKind.DISK, f"{type(error).__name__}: {error.strerror}"), signals)

    def _download(self, artwork: Artwork, signals: list[Signal]) -> Visit[Outcome]:
        """The largest size of the picture that the site gives and the limits allow."""
        urls = [str(entry["url"]) for entry in artwork.candidates or [] if isinstance(entry, dict)]
        urls = list(dict.fromkeys(urls)) or [artwork.image_url or ""]
        for index, url in enumerate(urls):
            try:
                picture = yield from self._ask(artwork, url, signals)
                return self._keep(artwork, picture, signals, url)
            except ItemError as error:
                if error.kind not in TRY_NEXT_SIZE or index + 1 == len(urls):
                    raise
        raise AssertionError("there is a last address")

    def _ask(self, artwork: Artwork, url: str, signals: list[Signal]) -> Visit[VerifiedPicture]:
        def check(address: str) -> Visit[None]:
            yield from self._ask_site(artwork, address, signals)

        def check_head(reply: Reply) -> None:
            put_signal(signals, image_signal(reply))
            self._stop_if_denied(artwork, signals)

        request = HttpRequest(url, "image/*,*/*;q=0.5", check_head=check_head)
        return (yield from self.client.get(request, lambda reply: self._verified(reply.body, reply.headers), check))

    def _ask_site(self, artwork: Artwork, address: str, signals: list[Signal]) -> Visit[None]:
        for signal in (yield from self.sites.signals(address, REQUIRED[artwork.source])):
            put_signal(signals, signal)
        self._stop_if_denied(artwork, signals)

    def _share(self, artwork: Artwork, twin: Artwork, signals: list[Signal]) -> Visit[Outcome]:
        """The file of a twin, for a row that is judged like any other: the picture need not be asked for again."""
        yield from self._ask_site(artwork, twin.image_url or "", signals)
        for signal in _signals_of_picture(twin):
            put_signal(signals, signal)
        return self._judged(artwork, signals, _file_of(twin))

    def _stop_if_denied(self, artwork: Artwork, signals: list[Signal]) -> None:
        read = {signal.signal for signal in signals}
        verdict = self.rules.decide(artwork, signals, REQUIRED[artwork.source] & read)
        if verdict.error:
            raise ItemError(verdict.error, verdict.detail)

    def _verified(self, content: bytes, headers: Mapping[str, str] | None = None) -> VerifiedPicture:
        with self.decoders:
            picture = images.decode(content)
            pixel_sha256 = picture.pixel_sha256
        height, width = picture.pixels.shape[:2]
        sha256 = hashlib.sha256(content).hexdigest()
        return VerifiedPicture(content, sha256, pixel_sha256, width, height, picture.extension, headers or {})

    def _keep(self, artwork: Artwork, picture: VerifiedPicture, signals: list[Signal], url: str | None) -> Fetched:
        """Store the bytes, if everything speaks for it."""
        path = self.workdir.original(picture.sha256, picture.extension)
        file = StoredFile(
            sha256=picture.sha256,
            pixel_sha256=picture.pixel_sha256,
            width=picture.width,
            height=picture.height,
            path=path,
            fetched_at=now(),
            image_url=url,
            etag=picture.headers.get("ETag"),
            last_modified=picture.headers.get("Last-Modified"),
        )
        outcome = self._judged(artwork, signals, file)
        if not (self.workdir.root / path).exists():
            write_atomic(self.workdir.root / path, picture.content)
        return outcome

    def _judged(self, artwork: Artwork, signals: Sequence[Signal], file: StoredFile) -> Fetched:
        """The row with this file; `ItemError` if it is another picture, was taken down, or may not be used."""
        expected = artwork.sha256, artwork.pixel_sha256
        if any(expected) and file.sha256 != expected[0] and file.pixel_sha256 != expected[1]:
            raise ItemError(ErrorKind.HASH_MISMATCH, f"sha256 {file.sha256} is not the one that the list gives")
        if kind := self.tombstones.covers({"sha256": file.sha256, "pixel_sha256": file.pixel_sha256}):
            raise ItemError(ErrorKind.TOMBSTONE, f"these {kind.removesuffix('_sha256')}s were taken down")
        verdict = self.rules.decide(artwork, signals, REQUIRED[artwork.source])
        if verdict.error:
            raise ItemError(verdict.error, verdict.detail)
        return Fetched(artwork, verdict.rights, tuple(signals), file)


def image_signal(reply: Reply) -> Signal:
    """What the headers of a picture say about its use."""
    opted_out = optout.in_headers(reply.headers)
    noted = reply.headers.get("X-Robots-Tag", "")
    finding = "opt_out" if opted_out else "noted" if noted else "silent"
    return Signal("image_headers", finding, opted_out or noted, reply.url, now())  # type: ignore[arg-type]


def _signals_of_picture(twin: Artwork) -> list[Signal]:
    """What was read with the picture of a fetched row; none where it was not asked for over the web."""
    return [signal for signal in signals_of(twin) if signal.signal in PICTURE_SIGNALS]


def _file_of(twin: Artwork) -> StoredFile:
    return StoredFile(
        sha256=twin.sha256 or "",
        pixel_sha256=twin.pixel_sha256 or "",
        width=twin.width or 0,
        height=twin.height or 0,
        path=twin.path or "",
        fetched_at=twin.fetched_at or now(),
        image_url=twin.image_url,
        etag=twin.etag,
        last_modified=twin.last_modified,
    )


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
