"""All sources by name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aahq_builder.records import Artwork
from aahq_builder.rights.rules import Rules
from aahq_builder.sources.aic import Aic
from aahq_builder.sources.artstation import ArtStation
from aahq_builder.sources.base import Revisitable, Source
from aahq_builder.sources.cleveland import Cleveland
from aahq_builder.sources.commons import Commons
from aahq_builder.sources.folder import Folder
from aahq_builder.sources.html import Html
from aahq_builder.sources.met import Met
from aahq_builder.sources.urls import Urls


@dataclass(frozen=True)
class Wanted:
    """What is asked of a source; the command has checked that each has what it needs."""

    query: str | None = None
    endpoint: str | None = None
    url: str | None = None
    """First listing page (html)."""
    select: tuple[str, ...] = ()
    """NAME=CSS (html)."""
    path: Path | None = None
    """The folder (folder) or the list (urls)."""


def make_source(name: str, wanted: Wanted, rules: Rules) -> Source:
    """The source of this name."""
    query, endpoint = wanted.query, wanted.endpoint
    makers: dict[str, Callable[[], Source]] = {
        "met": lambda: Met(query, endpoint),
        "aic": lambda: Aic(query, endpoint),
        "cleveland": lambda: Cleveland(query, endpoint),
        "commons": lambda: Commons(query, endpoint),
        "artstation": lambda: ArtStation(rules.covers, query, endpoint),
        "html": lambda: Html(str(wanted.url), wanted.select),
        "urls": lambda: Urls(wanted.path or Path()),
        "folder": lambda: Folder(wanted.path or Path()),
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
