"""All sources by name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aahq_builder.records import Artwork
from aahq_builder.rights.rules import Rules
from aahq_builder.sources.aic import Aic
from aahq_builder.sources.artstation import ArtStation
from aahq_builder.sources.base import ArtworkSource, RecordSource, SourceFacts
from aahq_builder.sources.cleveland import Cleveland
from aahq_builder.sources.commons import Commons
from aahq_builder.sources.folder import Folder
from aahq_builder.sources.html import Html
from aahq_builder.sources.kinds import ANY_KIND, Kinds
from aahq_builder.sources.met import Met
from aahq_builder.sources.nga import Nga
from aahq_builder.sources.rijksmuseum import Rijksmuseum
from aahq_builder.sources.smk import Smk
from aahq_builder.sources.urls import Urls
from aahq_builder.web.rate import RatePolicy

_CLASSES = (Met, Aic, Cleveland, Commons, Smk, Rijksmuseum, Nga, ArtStation, Html, Urls, Folder)
FACTS: dict[str, SourceFacts] = {each.name: each.facts for each in _CLASSES}
"""What is known of each source, in the order in which they are listed."""
RATE_POLICIES: dict[str, RatePolicy] = {each.name: each.rate_policy for each in _CLASSES}
BY_DEFAULT = tuple(name for name, facts in FACTS.items() if facts.by_default)
"""The sources of a crawl that names none."""


@dataclass(frozen=True)
class SourceSettings:
    """What is asked of a source; the command has checked that each has what it needs."""

    query: str | None = None
    """What to search for; None for the source's own default."""
    endpoint: str | None = None
    """A server with the source's interface that stands in for its own."""
    url: str = ""
    """First listing page (html)."""
    select: tuple[str, ...] = ()
    """NAME=CSS (html)."""
    path: Path = Path()
    """The folder (folder) or the list (urls)."""
    kinds: Kinds = ANY_KIND
    """Which kinds of works (museum sources)."""


def make_source(name: str, settings: SourceSettings, rules: Rules) -> ArtworkSource:
    """The source of this name, ready to list."""
    makers: dict[str, Callable[[], ArtworkSource]] = {
        "urls": lambda: Urls(settings.path),
        "folder": lambda: Folder(settings.path),
    }
    return makers[name]() if name in makers else _with_records(rules.covers, settings)[name]()


def source_of(artwork: Artwork, settings: SourceSettings) -> RecordSource | None:
    """The source that can be asked again about an artwork; None for lists and folders, which the user keeps."""
    maker = _with_records(_all_covered, settings).get(artwork.source)
    return maker() if maker else None


def _with_records(
    covers: Callable[[str | None, str | None], bool], settings: SourceSettings
) -> dict[str, Callable[[], RecordSource]]:
    query, endpoint, kinds = settings.query, settings.endpoint, settings.kinds
    return {
        "met": lambda: Met(query, endpoint, kinds),
        "aic": lambda: Aic(query, endpoint, kinds),
        "cleveland": lambda: Cleveland(query, endpoint, kinds),
        "commons": lambda: Commons(query, endpoint, kinds),
        "smk": lambda: Smk(query, endpoint, kinds),
        "rijksmuseum": lambda: Rijksmuseum(query, endpoint, kinds),
        "nga": lambda: Nga(query, endpoint, kinds),
        "artstation": lambda: ArtStation(covers, query, endpoint),
        "html": lambda: Html(settings.url, settings.select),
    }


def _all_covered(artist: str | None, page_url: str | None) -> bool:
    """What is in the journal was allowed when it was fetched; today's rules decide on what is read now."""
    return True
