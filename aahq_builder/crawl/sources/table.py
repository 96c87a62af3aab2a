"""All sources by name."""

from collections.abc import Callable
from pathlib import Path

from aahq_builder.config import CrawlConfig
from aahq_builder.crawl.rights import Rules
from aahq_builder.crawl.sources.aic import Aic
from aahq_builder.crawl.sources.artstation import ArtStation
from aahq_builder.crawl.sources.base import Revisitable, Source
from aahq_builder.crawl.sources.cleveland import Cleveland
from aahq_builder.crawl.sources.commons import Commons
from aahq_builder.crawl.sources.folder import Folder
from aahq_builder.crawl.sources.html import Html
from aahq_builder.crawl.sources.met import Met
from aahq_builder.crawl.sources.urls import Urls
from aahq_builder.records import Artwork


def make_source(name: str, config: CrawlConfig, rules: Rules) -> Source:
    """The source of this name, as the flags describe it; `CrawlConfig` has checked that they are there."""
    query, endpoint = config.query, config.endpoint
    makers: dict[str, Callable[[], Source]] = {
        "met": lambda: Met(query, endpoint),
        "aic": lambda: Aic(query, endpoint),
        "cleveland": lambda: Cleveland(query, endpoint),
        "commons": lambda: Commons(query, endpoint),
        "artstation": lambda: ArtStation(rules.covers, query, endpoint),
        "html": lambda: Html(str(config.url), config.select),
        "urls": lambda: Urls(config.path or Path()),
        "folder": lambda: Folder(config.path or Path()),
    }
    return makers[name]()


def revisitable(artwork: Artwork, endpoint: str | None, select: tuple[str, ...]) -> Revisitable | None:
    """The source that can be asked again about an artwork; None for lists, which the user keeps."""
    makers: dict[str, Callable[[], Revisitable]] = {
        "met": lambda: Met(None, endpoint),
        "aic": lambda: Aic(None, endpoint),
        "cleveland": lambda: Cleveland(None, endpoint),
        "commons": lambda: Commons(None, endpoint),
        "artstation": lambda: ArtStation(lambda artist, page_url: True, None, endpoint),
        "html": lambda: Html(artwork.page_url or "", select),
    }
    return makers[artwork.source]() if artwork.source in makers else None
