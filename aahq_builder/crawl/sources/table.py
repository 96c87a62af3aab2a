"""All sources by name."""

from collections.abc import Callable

from aahq_builder.config import CrawlConfig
from aahq_builder.crawl.sources.base import Source
from aahq_builder.crawl.sources.folder import Folder
from aahq_builder.crawl.sources.html import Html
from aahq_builder.crawl.sources.met import Met
from aahq_builder.errors import UserError


def _html(config: CrawlConfig) -> Source:
    if not config.url:
        raise UserError("html needs --url, the first listing page")
    return Html(config.url, config.select)


def _folder(config: CrawlConfig) -> Source:
    if config.path is None:
        raise UserError("folder needs --path, a folder of pictures")
    return Folder(config.path)


SOURCES: dict[str, Callable[[CrawlConfig], Source]] = {
    "met": lambda config: Met(config.query, config.endpoint),
    "html": _html,
    "folder": _folder,
}
