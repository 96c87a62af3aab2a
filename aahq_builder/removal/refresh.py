"""`aahq-build refresh`: look again at every fetched artwork and remove what was withdrawn since.

Opt-outs are obeyed at once. Works that are gone, or under a licence that covers them no longer, go at the end of the
run, when it is known how many they are: a site that moves or breaks must not empty a build without a question.
"""

from collections import Counter
from collections.abc import Sequence

from aahq_builder.build import Build, now, open_build
from aahq_builder.crawl.rows import kept_selectors
from aahq_builder.errors import ErrorKind, ItemError, UserError
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork
from aahq_builder.removal.config import RefreshConfig
from aahq_builder.removal.erase import remove_artworks, sweep
from aahq_builder.removal.revisit import Confirmed, Revisitor, Withdrawn
from aahq_builder.rights.permissions import read_permissions
from aahq_builder.rights.rules import evidence
from aahq_builder.web.network import open_network
from aahq_builder.web.parallel import side_by_side
from aahq_builder.web.url_safety import AddressGuard
from blendgan.console import Console

PER_COMMIT = 64
FEW, SHARE = 3, 0.02
"""So many works, or this share of those looked at, may be withdrawn at once without a question."""


def run(config: RefreshConfig, console: Console) -> None:
    """Look at the rows that were looked at longest ago first, so that a killed refresh goes on where it stopped."""
    with open_build(config, console) as build:
        ids = _longest_unseen(build.journal, config.limit)
        if config.dry_run:
            console.result(f"would look again at {len(ids)} artworks", artworks=len(ids))
            return
        network = open_network(config, AddressGuard.allowing(config.endpoint), build.journal, console, keep_day=False)
        revisitor = Revisitor(config, network, read_permissions(config.permissions), kept_selectors(build.journal))
        refresh = Refresh(build, len(ids), config.yes)
        with console.progress(len(ids), "artwork") as progress:
            for first in range(0, len(ids), PER_COMMIT):
                part = _rows(build.journal, ids[first : first + PER_COMMIT])
                refresh.take(part, side_by_side(revisitor.look, part, config.workers))
                with build.journal.transaction():
                    network.keep_site_files(build.journal)
                progress.advance(len(part), **build.counts)
        question = refresh.finish()
        build.finish("looked again at", build.counts.total(), "artwork")
    if question:
        raise UserError(question)


class Refresh:
    """What a refresh has seen so far, and what follows from it."""

    def __init__(self, build: Build, total: int, is_sure: bool) -> None:
        self.build, self.total, self.is_sure = build, total, is_sure
        self.removed: Counter[str] = Counter()
        self.withdrawn: list[Withdrawn] = []
        """Works that are gone, or under another licence; nothing is done about them yet."""
        self.answering: set[str] = set()
        """Places where a work was found."""

    def take(self, artworks: Sequence[Artwork], looks: Sequence[Confirmed | Withdrawn | ItemError]) -> None:
        """Store what was seen, remove what has opted out, put aside what else is withdrawn."""
        opted_out: list[Withdrawn] = []
        with self.build.journal.transaction():
            for artwork, look in zip(artworks, looks, strict=True):
                if isinstance(look, ItemError):
                    self._not_reached(artwork.artwork_id, str(look))
                    continue
                self.answering.update(look.answered)
                if isinstance(look, Confirmed):
                    self.build.counts["confirmed"] += 1
                    self.build.journal.update(Artwork, artwork.artwork_id, **_confirmed(look))
                else:
                    (opted_out if look.reason == "opt_out" else self.withdrawn).append(look)
        self._remove(opted_out)

    def finish(self) -> str:
        """Remove what is withdrawn, if it is not too much; gives the question to ask if it is."""
        alone = [look for look in self.withdrawn if look.place and look.place not in self.answering]
        certain = [look for look in self.withdrawn if not look.place or look.place in self.answering]
        with self.build.journal.transaction():
            for look in alone:
                self._not_reached(look.artwork_id, f"{look.detail}, but nothing else of its site answered")
        is_much = len(certain) > max(FEW, SHARE * self.total)
        if self.is_sure or not is_much:
            self._remove(certain)
        self.removed += sweep(self.build)
        if self.removed:
            parts = (f"{count} {name}" for name, count in sorted(self.removed.items()) if count)
            self.build.console.info("removed " + ", ".join(parts))
        if self.is_sure or not is_much:
            return ""
        self.build.counts["withdrawn_unconfirmed"] += len(certain)
        return _question(certain, self.total)

    def _not_reached(self, artwork_id: str, why: str) -> None:
        self.build.counts["not_reached"] += 1
        self.build.console.detail(f"{artwork_id}: {why}")
        self.build.journal.update(Artwork, artwork_id, refreshed_at=now())

    def _remove(self, looks: Sequence[Withdrawn]) -> None:
        """Empty the rows. Only an opt-out is for ever: what else comes back may be crawled again."""
        by_cause: dict[tuple[ErrorKind, str], list[str]] = {}
        for look in looks:
            by_cause.setdefault((look.kind, f"withdrawn: {look.detail or look.kind}"), []).append(look.artwork_id)
        for (kind, reason), ids in by_cause.items():
            for first in range(0, len(ids), PER_COMMIT):
                rows = _rows(self.build.journal, ids[first : first + PER_COMMIT])
                is_for_ever = kind is ErrorKind.OPT_OUT
                self.removed += remove_artworks(self.build, rows, kind, reason, for_ever=is_for_ever)
        if looks:
            self.build.counts["withdrawn"] += len(looks)


def _longest_unseen(journal: Journal, limit: int | None) -> list[str]:
    sql = (
        "SELECT artwork_id FROM artworks WHERE status = 'fetched' AND source != 'folder'"
        " ORDER BY coalesce(refreshed_at, fetched_at), artwork_id LIMIT ?"
    )
    return [row[0] for row in journal.execute(sql, (limit or -1,))]


def _rows(journal: Journal, ids: Sequence[str]) -> list[Artwork]:
    """The rows of these ids that are still fetched, in their order."""
    marks = ", ".join("?" * len(ids))
    where = f"artwork_id IN ({marks}) AND status = 'fetched'"
    found = {row.artwork_id: row for row in journal.select(Artwork, where, ids)}
    return [found[name] for name in ids if name in found]


def _confirmed(look: Confirmed) -> dict[str, object]:
    artwork = look.artwork
    return {
        "license": artwork.license,
        "license_url": artwork.license_url,
        "tags": artwork.tags,
        "rights": look.verdict.rights,
        "rights_evidence": evidence(look.signals),
        "refreshed_at": now(),
    }


def _question(withdrawn: Sequence[Withdrawn], total: int) -> str:
    counts = Counter(look.reason for look in withdrawn)
    words = {"gone": "gone", "licence": "under a licence that no longer covers them"}
    what = " and ".join(f"{count} are {words[reason]}" for reason, count in sorted(counts.items()))
    return (
        f"of {total} works {what}, as it seems: that is much at once, and may be an outage or a new layout; nothing of "
        "them was removed. Look at some of their pages, and if it is true, run: aahq-build refresh --yes"
    )
