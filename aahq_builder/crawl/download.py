"""One artwork's picture: ask the site's wishes, choose the best address, verify the bytes, keep them by content."""

import hashlib
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aahq_builder import images
from aahq_builder.build import now
from aahq_builder.crawl.outcomes import DENIALS, Fetched, Outcome, StoredFile, of_error
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import Artwork
from aahq_builder.rights import embedded, optout
from aahq_builder.rights.rules import REQUIRED, Finding, Rules, Signal, signals_of
from aahq_builder.rights.tombstones import Tombstones
from aahq_builder.sources.addresses import stands_for_no_work
from aahq_builder.web.failures import HostGivenUpError, UnreadSignalError
from aahq_builder.web.fetch import HttpRequest, Reply
from aahq_builder.web.polite import PICTURE, PoliteClient
from aahq_builder.web.retry import TRANSIENT
from aahq_builder.web.site_files import SiteRules
from aahq_builder.web.url_safety import host_key
from aahq_builder.web.waiting import Visit
from aahq_builder.workdir import WorkDir, write_atomic

FINAL = DENIALS | {ErrorKind.HTTP_CHALLENGE, ErrorKind.DISK}
"""After all other errors another size of the same picture may still work."""
HOST_FAULTS = frozenset({ErrorKind.DNS, ErrorKind.CONNECT, ErrorKind.TIMEOUT, ErrorKind.TLS})
"""After these it works only on another host."""
PICTURE_SIGNALS = frozenset({"image_headers", "picture_metadata"})
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
                content = self.read_local(artwork.source_id or "")
                return self._keep(artwork, self._verified(artwork, content, signals), signals, None)
            if twin and {signal.signal for signal in _signals_of_picture(twin)} == PICTURE_SIGNALS:
                return (yield from self._share(artwork, twin, signals))
            return (yield from self._download(artwork, signals))
        except ItemError as error:
            return of_error(artwork, error, signals)
        except TimeoutError:  # an OSError too, but never of a disk: the row takes it as a defect
            raise
        except OSError as error:  # only our own disk is left to fail here
            return of_error(artwork, ItemError(ErrorKind.DISK, f"{type(error).__name__}: {error.strerror}"), signals)

    def _download(self, artwork: Artwork, signals: list[Signal]) -> Visit[Outcome]:
        """The best size of the picture that the site gives and the limits allow.

        Where all are refused, the best is asked for again, to learn whether by a wall.
        """
        sizes = [str(entry["url"]) for entry in artwork.candidates or [] if isinstance(entry, dict)]
        urls = list(dict.fromkeys(sizes or [artwork.image_url or ""]))
        errors: dict[str, ItemError] = {}
        unreachable: set[str] = set()
        for url in urls:
            if host_key(url) in unreachable:
                continue
            answer = yield from self._try(artwork, url, signals, len(urls) > 1)
            if isinstance(answer, Fetched):
                return answer
            errors[url] = answer
            if answer.kind in HOST_FAULTS:
                unreachable.add(host_key(url))
        if len(urls) > 1 and {error.kind for error in errors.values()} == {ErrorKind.HTTP_403}:
            answer = yield from self._try(artwork, urls[0], signals, False)
            if isinstance(answer, Fetched):
                return answer
        raise most_telling(list(errors.values()))

    def _try(
        self, artwork: Artwork, url: str, signals: list[Signal], is_one_of_several: bool
    ) -> Visit[Fetched | ItemError]:
        """One size, or the error after which another may still work."""
        try:
            picture = yield from self._ask(artwork, url, signals, is_one_of_several)
            return self._keep(artwork, picture, signals, url)
        except (HostGivenUpError, UnreadSignalError):
            raise
        except ItemError as error:
            if error.kind in FINAL:
                raise
            return error

    def _ask(
        self, artwork: Artwork, url: str, signals: list[Signal], is_one_of_several: bool
    ) -> Visit[VerifiedPicture]:
        def check(address: str) -> Visit[None]:
            yield from self._ask_site(artwork, address, signals)

        def check_head(reply: Reply) -> None:
            if stands_for_no_work(reply.url) and not stands_for_no_work(url):
                raise ItemError(ErrorKind.HTTP_404, f"leads to {reply.url[:200]}, which stands for no work")
            put_signal(signals, image_signal(reply))
            self._stop_if_denied(artwork, signals)

        def parse(reply: Reply) -> VerifiedPicture:
            put_signal(signals, image_signal(reply))
            return self._verified(artwork, reply.body, signals, reply)

        request = HttpRequest(url, PICTURE, check_head=check_head, one_of_several=is_one_of_several)
        return (yield from self.client.get(request, parse, check))

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

    def _verified(
        self, artwork: Artwork, content: bytes, signals: list[Signal], reply: Reply | None = None
    ) -> VerifiedPicture:
        """The bytes as a picture, unless its own metadata say that it must not be used."""
        put_signal(signals, metadata_signal(content, reply.url if reply else ""))
        self._stop_if_denied(artwork, signals)
        with self.decoders:
            picture = images.decode(content)
            pixel_sha256 = picture.pixel_sha256
        height, width = picture.pixels.shape[:2]
        sha256 = hashlib.sha256(content).hexdigest()
        headers = reply.headers if reply else {}
        return VerifiedPicture(content, sha256, pixel_sha256, width, height, picture.extension, headers)

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
            etag=picture.headers.get("ETag") if url else artwork.etag,
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
    """What the headers of a picture say about its use, those of the redirects that led to it included."""
    heads = (*reply.hops, reply)
    opted_out = next(filter(None, (optout.in_headers(each.headers) for each in heads)), None)
    noted = ", ".join(filter(None, (each.headers.get("X-Robots-Tag") for each in heads)))
    finding: Finding = "opt_out" if opted_out else "noted" if noted else "silent"
    return Signal("image_headers", finding, opted_out or noted[:200], reply.url, now())


def metadata_signal(content: bytes, where: str) -> Signal:
    """What a picture's own metadata say about its use."""
    opted_out = embedded.in_picture(content)
    return Signal("picture_metadata", "opt_out" if opted_out else "silent", opted_out or "", where, now())


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


def most_telling(errors: Sequence[ItemError]) -> ItemError:
    """Of the errors of all sizes one that may be over later, else that of the best size."""
    return next((error for error in errors if error.kind in TRANSIENT), errors[0])


def put_signal(signals: list[Signal], signal: Signal) -> None:
    """Replace an earlier signal of the same name: redirects and other sizes are looked at anew."""
    signals[:] = [*(other for other in signals if other.signal != signal.signal), signal]
