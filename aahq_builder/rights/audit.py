"""`aahq-build audit`: the evidence on which the rights of artworks rest, for one of them or in sum."""

import json
from collections import Counter
from collections.abc import Iterable

from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork
from aahq_builder.rights.config import AuditConfig
from aahq_builder.rights.matching import find, near, read_pattern
from aahq_builder.rights.rules import REQUIRED, Signal, signals_of
from aahq_builder.workdir import WorkDir
from blendgan.console import Console

READ_BY_SUMMARY = ("artwork_id", "source", "status", "rights", "license", "rights_evidence")


def run(config: AuditConfig, console: Console) -> None:
    """Print one artwork's evidence, or the sums and every row whose evidence has a gap."""
    with Journal(WorkDir(config.work).existing().database, read_only=True) as journal:
        if not config.pattern:
            _summary(journal.select(Artwork, columns=READ_BY_SUMMARY), console)
            return
        artworks = find(journal, read_pattern(config.pattern))[: config.limit]
        if not artworks:
            close = ", ".join(map(repr, near(journal, read_pattern(config.pattern))))
            raise UserError(f"nothing here matches '{config.pattern}'" + (f"; near is {close}" if close else ""))
        for artwork in artworks:
            console.result(_in_words(artwork), **_as_facts(artwork))


def gaps(artwork: Artwork) -> list[str]:
    """What is missing for a fetched row to be allowed to stay."""
    if artwork.status != "fetched":
        return []
    signals = signals_of(artwork)
    read = {signal.signal for signal in signals if signal.finding != "unread"}
    missing = [f"{name} was never read" for name in sorted(REQUIRED[artwork.source] - read)]
    denying = [f"{signal.signal}: {signal.value}" for signal in signals if signal.finding in ("opt_out", "forbidden")]
    return missing + denying + ([] if artwork.rights in ("open", "permitted", "research") else ["rights are unknown"])


def _summary(artworks: Iterable[Artwork], console: Console) -> None:
    sums: Counter[tuple[str, str, str]] = Counter()
    incomplete = 0
    for artwork in artworks:
        sums[artwork.status, artwork.rights or "none", artwork.license or "no licence"] += 1
        if found := gaps(artwork):
            incomplete += 1
            console.warn(f"{artwork.artwork_id}: {'; '.join(found)}")
    for (status, rights, license_), count in sorted(sums.items()):
        console.result(
            f"{count:>8}  {status:<8} {rights:<10} {license_}",
            status=status,
            rights=rights,
            license=license_,
            count=count,
        )
    if incomplete:
        raise UserError(f"{incomplete} fetched artworks lack evidence (listed above); run: aahq-build refresh")


def _in_words(artwork: Artwork) -> str:
    head = [
        f"{artwork.artwork_id}  {artwork.status}  {artwork.rights or 'no rights decided'}  (policy {artwork.policy})",
        f"  title    {artwork.title or '-'}",
        f"  artist   {artwork.artist or '-'}",
        f"  licence  {artwork.license or '-'}  {artwork.license_url or ''}",
        f"  page     {artwork.page_url or '-'}",
        f"  picture  {artwork.image_url or '-'}  sha256 {artwork.sha256 or '-'}",
    ]
    head += [f"  error    {artwork.error}: {artwork.error_detail}"] if artwork.error else []
    return "\n".join([*head, *map(_line, signals_of(artwork)), *(f"  GAP      {gap}" for gap in gaps(artwork))])


def _line(signal: Signal) -> str:
    words = [signal.finding, json.dumps(signal.value, ensure_ascii=False) if signal.value else "", signal.scope]
    return f"  {signal.signal:<14}{' '.join(word for word in words if word):<40} {signal.where}  {signal.when}"


def _as_facts(artwork: Artwork) -> dict[str, object]:
    names = (
        "artwork_id",
        "status",
        "rights",
        "policy",
        "license",
        "page_url",
        "image_url",
        "sha256",
        "rights_evidence",
    )
    return {**{name: getattr(artwork, name) for name in names}, "gaps": gaps(artwork)}
