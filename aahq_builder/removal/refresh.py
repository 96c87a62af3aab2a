"""`aahq-build refresh`: look again at every fetched artwork and remove what was withdrawn since.

A work whose page or record is gone, whose licence is no longer open, or that opts out now is removed from every table,
file, map and release. A picture that could not be reached today is kept, and said so: a dead link is no withdrawal.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aahq_builder.build import Build, now, open_build
from aahq_builder.crawl.download import image_signal, put_signal
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import Artwork
from aahq_builder.removal.config import RefreshConfig
from aahq_builder.removal.erase import remove_artworks, sweep
from aahq_builder.rights.permissions import read_permissions
from aahq_builder.rights.rules import REQUIRED, Rules, Signal, Verdict, evidence, signals_of
from aahq_builder.sources.base import WITHDRAWN, RecordSource, Web
from aahq_builder.sources.found import FoundArtwork, described, listing_signals
from aahq_builder.sources.table import SourceSettings, source_of
from aahq_builder.web.documents import DocumentReader
from aahq_builder.web.network import Network, open_network
from aahq_builder.web.parallel import side_by_side
from aahq_builder.web.rate import RatePolicy
from aahq_builder.web.url_safety import AddressGuard
from blendgan.console import Console

PER_COMMIT = 64
GONE = (ErrorKind.HTTP_410,)
"""Answers of a picture's host that mean withdrawn for good; a 404 may be a dead link."""


@dataclass(frozen=True)
class Revisit:
    """What a second look at an artwork has shown."""

    artwork: Artwork
    signals: Sequence[Signal]
    verdict: Verdict


def run(config: RefreshConfig, console: Console) -> None:
    """Look at the rows that were looked at longest ago first, so that a killed refresh goes on where it stopped."""
    with open_build(config, console) as build:
        where = (
            "status = 'fetched' AND source != 'folder' ORDER BY coalesce(refreshed_at, fetched_at), artwork_id LIMIT ?"
        )
        artworks = list(build.journal.select(Artwork, where, (config.limit or -1,)))
        if config.dry_run:
            console.result(f"would look again at {len(artworks)} artworks", artworks=len(artworks))
            return
        network = open_network(config, AddressGuard.allowing(config.endpoint), build.journal, console, keep_day=False)
        refresher = Refresher(config, network)
        removed: Counter[str] = Counter()
        with console.progress(len(artworks), "artwork") as progress:
            for first in range(0, len(artworks), PER_COMMIT):
                part = artworks[first : first + PER_COMMIT]
                looks = side_by_side(refresher.look, part, config.workers)
                removed += _commit(build, part, looks)
                with build.journal.transaction():
                    network.keep_site_files(build.journal)
                progress.advance(len(part), **build.counts)
        removed += sweep(build)
        if removed:
            console.info("removed " + ", ".join(f"{count} {name}" for name, count in sorted(removed.items()) if count))
        build.finish("looked again at", len(artworks), "artwork")


class Refresher:
    """Looks at one artwork after the other; called by several threads."""

    def __init__(self, config: RefreshConfig, network: Network) -> None:
        self.config, self.network = config, network
        self.permissions = read_permissions(config.permissions)

    def look(self, artwork: Artwork) -> Revisit:
        """Read every signal anew; `ItemError` if one could not be read today."""
        source = source_of(artwork, SourceSettings(endpoint=self.config.endpoint, select=self.config.select))
        web = self.network.web(source.rate_policy if source else RatePolicy())
        found = _record(source, web, artwork) if source else described(artwork)
        if found is None:
            return Revisit(artwork, [], Verdict("denied", ErrorKind.HTTP_410, "its page or record is gone"))
        today = replace(artwork, license=found.license.spdx, license_url=found.license.url, tags=list(found.tags))
        rules = Rules(artwork.policy or "open", self.permissions, artwork.policy == "research")  # type: ignore[arg-type]
        signals = listing_signals(found, artwork.page_url or artwork.source)
        signals += rules.permission_signals(today) if self.config.permissions else _permissions_on_record(artwork)
        verdict = rules.decide(today, signals, ())
        if not verdict.error:
            self._look_at_picture(web, artwork, signals, rules, today)
            verdict = rules.decide(today, signals, REQUIRED[artwork.source])
        return Revisit(today, signals, verdict)

    def _look_at_picture(
        self, web: DocumentReader, artwork: Artwork, signals: list[Signal], rules: Rules, today: Artwork
    ) -> None:
        """Add what the picture's site and headers say today."""

        def judge(of_site: Sequence[Signal]) -> None:
            for signal in of_site:
                put_signal(signals, signal)
            if error := rules.decide(today, signals, ()).error:
                raise ItemError(error)

        validators = {"If-None-Match": artwork.etag, "If-Modified-Since": artwork.last_modified}
        headers = {name: value for name, value in validators.items() if value}
        try:
            signals.append(image_signal(web.head(artwork.image_url or "", headers, REQUIRED[artwork.source], judge)))
        except ItemError as error:
            if error.kind in GONE:
                signals.append(Signal("image_headers", "opt_out", "410 Gone", artwork.image_url or "", now()))
            elif not rules.decide(today, signals, ()).error:
                raise


def _record(source: RecordSource, web: Web, artwork: Artwork) -> FoundArtwork | None:
    """What the source says today of an artwork; None if it is gone there."""
    try:
        found = source.record(web, artwork.source_id or "")
    except ItemError as error:
        if error.kind in WITHDRAWN:
            return None
        raise
    return next((each for each in found if each.source_id == artwork.source_id), None)


def _commit(build: Build, artworks: Sequence[Artwork], looks: Sequence[Revisit | ItemError]) -> Counter[str]:
    """Store what was seen; empty the rows that were withdrawn, by reason."""
    removed: Counter[str] = Counter()
    with build.journal.transaction():
        for artwork, look in zip(artworks, looks, strict=True):
            if isinstance(look, ItemError):
                build.counts["not_reached"] += 1
                build.console.detail(f"{artwork.artwork_id}: {look}")
                build.journal.update(Artwork, artwork.artwork_id, refreshed_at=now())
            elif not look.verdict.error:
                build.counts["confirmed"] += 1
                build.journal.update(Artwork, artwork.artwork_id, **_confirmed(look))
    for look in looks:
        if isinstance(look, Revisit) and look.verdict.error:
            build.counts["withdrawn"] += 1
            reason = f"withdrawn: {look.verdict.detail or look.verdict.error}"
            removed += remove_artworks(build, [look.artwork], look.verdict.error, reason)
    return removed


def _confirmed(look: Revisit) -> dict[str, object]:
    artwork = look.artwork
    return {
        "license": artwork.license,
        "license_url": artwork.license_url,
        "tags": artwork.tags,
        "rights": look.verdict.rights,
        "rights_evidence": evidence(look.signals),
        "refreshed_at": now(),
    }


def _permissions_on_record(artwork: Artwork) -> list[Signal]:
    return [signal for signal in signals_of(artwork) if signal.signal == "permission"]
