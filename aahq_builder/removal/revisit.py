"""A second look at one artwork: is it still there, under a licence that covers it, and has nobody opted out?

Absence is no withdrawal. Only what the source states counts: that the work is gone, another licence, an opt-out.
Everything else (error messages, maintenance pages, missing fields, hosts that do not answer) is not reached: the work
stays as it is and is looked at again another time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from aahq_builder.crawl.download import image_signal, metadata_signal, put_signal
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import Artwork
from aahq_builder.removal.config import RefreshConfig
from aahq_builder.rights.permissions import Permission
from aahq_builder.rights.rules import REQUIRED, Rules, Signal, SignalName, Verdict, signals_of
from aahq_builder.sources.base import WITHDRAWN
from aahq_builder.sources.found import FoundArtwork, described, listing_signals
from aahq_builder.sources.table import SourceSettings, source_of
from aahq_builder.web.documents import DocumentReader
from aahq_builder.web.network import Network
from aahq_builder.web.rate import RatePolicy
from aahq_builder.web.url_safety import host_key

STATED = (ErrorKind.OPT_OUT, ErrorKind.NO_LICENSE, ErrorKind.NO_PERMISSION)
"""Denials that rest on a statement; all others say that something could not be read."""

Reason = Literal["gone", "licence", "opt_out"]


@dataclass(frozen=True)
class Confirmed:
    """Still there and still allowed."""

    artwork: Artwork
    """With the licence and the tags that are stated today."""
    signals: Sequence[Signal]
    verdict: Verdict
    answered: tuple[str, ...]
    """Places that have answered; beside them a 404 elsewhere in the same place means something."""


@dataclass(frozen=True)
class Withdrawn:
    """No longer there, or no longer allowed."""

    artwork_id: str
    reason: Reason
    kind: ErrorKind
    detail: str
    place: str = ""
    """Where it is gone: that counts only if other works answer there."""
    answered: tuple[str, ...] = ()


@dataclass(frozen=True)
class Revisitor:
    """Looks at one artwork after the other; called by several threads."""

    config: RefreshConfig
    network: Network
    permissions: tuple[Permission, ...]
    selectors: Mapping[str, tuple[str, ...]]
    """`--select` of the crawl, by listing."""

    def look(self, artwork: Artwork) -> Confirmed | Withdrawn:
        """Read every signal anew; `ItemError` if the artwork was not reached today."""
        place = _place(artwork)
        web = self.network.web(RatePolicy())
        answered: tuple[str, ...] = ()
        found = described(artwork)
        if source := source_of(artwork, self._settings(artwork)):
            web = self.network.web(source.rate_policy)
            try:
                found = _shown(artwork, source.record(web, artwork.source_id or ""))
            except ItemError as error:
                if error.kind in WITHDRAWN:
                    return Withdrawn(artwork.artwork_id, "gone", error.kind, "its page or record is gone", place)
                if error.kind is ErrorKind.OPT_OUT:
                    return Withdrawn(artwork.artwork_id, "opt_out", error.kind, error.detail)
                raise
            answered = (place,)
        return self._judge(web, artwork, found, answered)

    def _settings(self, artwork: Artwork) -> SourceSettings:
        select = self.config.select or self.selectors.get(artwork.listing or "", ())
        return SourceSettings(endpoint=self.config.endpoint, url=artwork.page_url or "", select=select)

    def _judge(
        self, web: DocumentReader, artwork: Artwork, found: FoundArtwork, answered: tuple[str, ...]
    ) -> Confirmed | Withdrawn:
        """The verdict on what was found, and on what the picture's site and headers say today."""
        signals = [*listing_signals(found, artwork.page_url or artwork.source), *self._metadata(artwork)]
        is_unread = bool(artwork.license) and _states_nothing(signals)
        today = replace(artwork, tags=list(found.tags) or artwork.tags)
        if not is_unread:
            today = replace(today, license=found.license.spdx, license_url=found.license.url)
        # under the rules by which it was fetched, with the permissions of today where they are given
        rules = Rules(artwork.policy or "open", self.permissions, artwork.policy == "research")  # type: ignore[arg-type]
        signals += rules.permission_signals(today) if self.config.permissions else _on_record(artwork, "permission")
        verdict = rules.decide(today, signals, ())
        if not verdict.error:
            host = f"picture {host_key(artwork.image_url or '')}"
            if not _is_picture_there(web, today, signals, rules):
                return Withdrawn(artwork.artwork_id, "gone", ErrorKind.HTTP_410, "its picture is gone", host, answered)
            answered = (*answered, host)
            verdict = rules.decide(today, signals, REQUIRED[artwork.source])
        if is_unread and not verdict.error and verdict.rights != "permitted":
            raise ItemError(ErrorKind.SIGNAL_UNREAD, "its licence is not stated today")
        return _outcome(Confirmed(today, signals, verdict, answered))

    def _metadata(self, artwork: Artwork) -> list[Signal]:
        """What the picture itself says: as it is on record, else read from the file of an older build."""
        on_record = [signal for signal in signals_of(artwork) if signal.signal == "picture_metadata"]
        if on_record or not artwork.path:
            return on_record
        try:
            content = (self.config.work / artwork.path).read_bytes()
        except OSError:
            return []  # a file that is missing here says nothing about the work
        return [metadata_signal(content, artwork.image_url or "")]


def _outcome(seen: Confirmed) -> Confirmed | Withdrawn:
    """What a verdict means for a work that is still there; `ItemError` if it rests on what could not be read."""
    verdict, kind = seen.verdict, seen.verdict.error
    if kind in STATED:
        reason: Reason = "opt_out" if kind is ErrorKind.OPT_OUT else "licence"
        return Withdrawn(seen.artwork.artwork_id, reason, kind, verdict.detail, answered=seen.answered)
    if kind:
        raise ItemError(kind, verdict.detail)
    return seen


def _is_picture_there(web: DocumentReader, artwork: Artwork, signals: list[Signal], rules: Rules) -> bool:
    """Add what the picture's site and headers say today to `signals`; false if its host says that it is gone (410)."""

    def judge(of_site: Sequence[Signal]) -> None:
        for signal in of_site:
            put_signal(signals, signal)
        if error := rules.decide(artwork, signals, ()).error:
            raise ItemError(error)

    validators = {"If-None-Match": artwork.etag, "If-Modified-Since": artwork.last_modified}
    headers = {name: value for name, value in validators.items() if value}
    try:
        signals.append(image_signal(web.head(artwork.image_url or "", headers, REQUIRED[artwork.source], judge)))
    except ItemError as error:
        if error.kind is ErrorKind.HTTP_410:
            return False
        if not rules.decide(artwork, signals, ()).error:
            raise
    return True


def _place(artwork: Artwork) -> str:
    """Who answers about the artwork: the host of its page, or the interface of its source."""
    has_page = "page" in REQUIRED[artwork.source]
    return f"page {host_key(artwork.page_url or '')}" if has_page else f"record {artwork.source}"


def _shown(artwork: Artwork, found: Sequence[FoundArtwork]) -> FoundArtwork:
    """The artwork among what its record shows.

    A page without its picture is not the page of a work. A museum's record is one if it says anything about rights:
    pictures that are no longer free are taken out of it.
    """
    for each in found:
        is_record = "page" not in REQUIRED[artwork.source] and not _states_nothing(listing_signals(each, ""))
        if each.source_id == artwork.source_id and (each.candidates or is_record):
            return each
    raise ItemError(ErrorKind.SIGNAL_UNREAD, "its page or record shows no picture today")


def _states_nothing(signals: Sequence[Signal]) -> bool:
    """Whether the source says nothing about a licence today, not even that there is none."""
    licenses = [signal for signal in signals if signal.signal == "license"]
    return all(each.finding == "unread" or (each.finding == "silent" and not each.value) for each in licenses)


def _on_record(artwork: Artwork, name: SignalName) -> list[Signal]:
    return [signal for signal in signals_of(artwork) if signal.signal == name]
