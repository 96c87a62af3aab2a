"""`aahq-build crawl`: find artworks and download their pictures. Kill it at any moment, run it again."""

from aahq_builder.build import open_build
from aahq_builder.config import CrawlConfig
from aahq_builder.crawl.crawl import open_crawl
from aahq_builder.crawl.fetch import user_agent
from aahq_builder.crawl.permissions import read_permissions
from aahq_builder.crawl.rights import Rules
from aahq_builder.crawl.sources.artstation import WARNING
from aahq_builder.crawl.sources.base import Source
from aahq_builder.crawl.sources.table import make_source
from aahq_builder.errors import UserError
from blendgan.console import Console


def run(config: CrawlConfig, console: Console) -> None:
    """Crawl the sources named; `UserError` if a listing or a host could not be finished."""
    rules = Rules(config.policy, read_permissions(config.permissions), config.i_have_a_legal_basis)
    sources = [make_source(name, config, rules) for name in dict.fromkeys(config.sources)]
    if "artstation" in config.sources:
        console.warn(WARNING)
    if config.dry_run:
        for source in sources:
            _say_what_would_be(config, console, source)
        return
    with open_build(config, console, create=True) as build:
        unfinished = open_crawl(config, build, rules, sources).run()
        build.finish("crawled", sum(build.counts.values()), "artwork")
    if unfinished:
        raise UserError("; ".join(unfinished) + "; run the same command again later")


def _say_what_would_be(config: CrawlConfig, console: Console, source: Source) -> None:
    rate, agent = source.manners.rate if config.rate is None else config.rate, user_agent(config.contact)
    sentence = f"would crawl {source.listing()} under policy {config.policy}, {rate:g} requests/s and host, as {agent}"
    console.result(sentence, listing=source.listing(), policy=config.policy, rate=rate, user_agent=agent)
