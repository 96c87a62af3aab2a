"""A second look at one artwork: is it still there, under a licence that covers it, and has nobody opted out?

Absence is no withdrawal. Only what the source states counts: that the work is gone, another licence, an opt-out.
Everything else (error messages, maintenance pages, missing fields, hosts that do not answer) is not reached: the work
stays as it is and is looked at again another time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from aahq_builder.crawl.download import image_signal, put_signal
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import Artwork
from aahq_builder.removal.config import RefreshConfig
from aahq_builder.rights.permissions import Permission
from aahq_builder.rights.rules import REQUIRED, Rules, Signal, Verdict, signals_of
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
        signals = listing_signals(found, artwork.page_url or artwork.source)
        is_unread = bool(artwork.license) and _states_nothing(signals)
        today = replace(artwork, tags=list(found.tags) or artwork.tags)
        if not is_unread:
            today = replace(today, license=found.license.spdx, license_url=found.license.url)
        rules = self._rules(artwork)
        signals += rules.permission_signals(today) if self.config.permissions else _permissions_on_record(artwork)
        verdict = rules.decide(today, signals, ())
        if not verdict.error:
            try:
                self._look_at_picture(web, today, signals, rules)
            except ItemError as error:
                if error.kind is not ErrorKind.HTTP_410:
                    raise
                place = f"picture {host_key(artwork.image_url or '')}"
                return Withdrawn(artwork.artwork_id, "gone", error.kind, "its picture is gone", place, answered)
            answered = (*answered, f"picture {host_key(artwork.image_url or '')}")
            verdict = rules.decide(today, signals, REQUIRED[artwork.source])
        if verdict.error in STATED:
            reason: Reason = "opt_out" if verdict.error is ErrorKind.OPT_OUT else "licence"
            return Withdrawn(artwork.artwork_id, reason, verdict.error, verdict.detail, answered=answered)
        if verdict.error:
            raise ItemError(verdict.error, verdict.detail)
        if is_unread and verdict.rights != "permitted":
            raise ItemError(ErrorKind.SIGNAL_UNREAD, "its licence is not stated today")
        return Confirmed(today, signals, verdict, answered)

    def _rules(self, artwork: Artwork) -> Rules:
        """Those under which it was fetched, with the permissions of today where they are given."""
        return Rules(artwork.policy or "open", self.permissions, artwork.policy == "research")  # type: ignore[arg-type]

    def _look_at_picture(self, web: DocumentReader, artwork: Artwork, signals: list[Signal], rules: Rules) -> None:
        """Add what the picture's site and headers say today."""

        def judge(of_site: Sequence[Signal]) -> None:
            for signal in of_site:
                put_signal(signals, signal)
            if error := rules.decide(artwork, signals, ()).error:
                raise ItemError(error)

        validators = {"If-None-Match": artwork.etag, "If-Modified-Since": artwork.last_modified}
        headers = {name: value for name, value in validators.items() if value}
        try:
            signals.append(image_signal(web.head(artwork.image_url or "", headers, REQUIRED[artwork.source], judge)))
        except ItemError:
            if not rules.decide(artwork, signals, ()).error:
                raise


def _place(artwork: Artwork) -> str:
    """Who answers about the artwork: the host of its page, or the interface of its source."""
    has_page = "page" in REQUIRED[artwork.source]
    return f"page {host_key(artwork.page_url or '')}" if has_page else f"record {artwork.source}"


def _shown(artwork: Artwork, found: Sequence[FoundArtwork]) -> FoundArtwork:
    """The artwork among what its record shows; a record without its picture is not the record of a work."""
    for each in found:
        if each.source_id == artwork.source_id and each.candidates:
            return each
    raise ItemError(ErrorKind.SIGNAL_UNREAD, "its page or record shows no picture today")


def _states_nothing(signals: Sequence[Signal]) -> bool:
    """Whether the source says nothing about a licence today, be it that it has none or that it is not open."""
    licenses = [signal for signal in signals if signal.signal == "license"]
    return all(signal.finding in ("silent", "unread") and not signal.value for signal in licenses)


def _permissions_on_record(artwork: Artwork) -> list[Signal]:
    return [signal for signal in signals_of(artwork) if signal.signal == "permission"]
