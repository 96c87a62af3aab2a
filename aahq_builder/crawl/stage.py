"""`aahq-build crawl`: find artworks and download their pictures. Kill it at any moment, run it again."""

from dataclasses import replace
from pathlib import Path

from aahq_builder.build import open_build
from aahq_builder.crawl.config import CrawlConfig
from aahq_builder.crawl.loop import open_crawl
from aahq_builder.crawl.rows import CrawlRows, kept_selectors
from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.rights.permissions import read_permissions
from aahq_builder.rights.rules import Rules
from aahq_builder.sources.base import ArtworkSource
from aahq_builder.sources.html import Html
from aahq_builder.sources.kinds import counts_in_words
from aahq_builder.sources.table import BY_DEFAULT, FACTS, SourceSettings, make_source
from aahq_builder.web.fetch import user_agent
from blendgan.console import Console


def run(config: CrawlConfig, console: Console) -> None:
    """Crawl the sources named; `UserError` if a listing or a host could not be finished."""
    rules = Rules(config.policy, read_permissions(config.permissions), config.i_have_a_legal_basis)
    settings = SourceSettings(
        config.query, config.endpoint, config.url or "", config.select, config.path or Path(), config.kinds
    )
    names = _not_held(config, console)
    if config.dry_run:
        for source in [make_source(name, settings, rules) for name in names]:
            _say_what_would_be(config, console, source)
        return
    with open_build(config, console, create=True) as build:
        settings = _with_kept_selectors(settings, build.journal)
        sources = [make_source(name, settings, rules) for name in names]
        crawl = open_crawl(config, build, rules, sources, config.kinds)
        for source in sources:
            if isinstance(source, Html):
                crawl.rows.keep_selectors(source, settings.select)
        unfinished = crawl.run()
        build.finish("crawled", sum(build.counts.values()), "artwork", **_skipped(crawl.rows, console))
    if unfinished:
        raise UserError("; ".join(unfinished) + "; run the same command again later")


def _not_held(config: CrawlConfig, console: Console) -> list[str]:
    """The sources to crawl, after a word on what stands in the way; one whose pictures nobody gets is not asked at all.

    `UserError` if none is left. `--endpoint` means another server, of which nothing is known.
    """
    names = list(dict.fromkeys(config.sources or BY_DEFAULT))
    held = {name for name in names if FACTS[name].held and not (config.even_so or config.endpoint)}
    words = {
        name: f"{name} (as of {FACTS[name].known}): {FACTS[name].obstacle}" for name in names if FACTS[name].obstacle
    }
    words |= {name: f"{words[name]}; --even-so lists it, and its artworks wait" for name in held}
    if held == set(names):
        raise UserError("; ".join(words[name] for name in names))
    for sentence in words.values():
        console.warn(sentence)
    return [str(name) for name in names if name not in held]


def _skipped(rows: CrawlRows, console: Console) -> dict[str, object]:
    """Say what was of another kind than asked for; gives it for machines."""
    if not rows.skipped:
        return {}
    console.info(f"skipped: {counts_in_words(rows.skipped)} (--kind any takes them too)")
    return {"skipped": dict(rows.skipped)}


def _with_kept_selectors(settings: SourceSettings, journal: Journal) -> SourceSettings:
    """The same command without its `--select` reads a listing's pages as before."""
    kept = kept_selectors(journal).get(Html(settings.url).listing(), ())
    return settings if settings.select or not kept else replace(settings, select=kept)


def _say_what_would_be(config: CrawlConfig, console: Console, source: ArtworkSource) -> None:
    rate, agent = source.rate_policy.rate if config.rate is None else config.rate, user_agent(config.contact)
    sentence = f"would crawl {source.listing()} under policy {config.policy}, {rate:g} requests/s and host, as {agent}"
    console.result(sentence, listing=source.listing(), policy=config.policy, rate=rate, user_agent=agent)
