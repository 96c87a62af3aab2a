"""README.md of a release: YAML for the Hub, then a datasheet (Gebru and others 2018) out of a template."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from aahq_builder.publish.card.citation import bibtex
from aahq_builder.publish.card.columns import COLUMNS
from aahq_builder.publish.card.facts import CardFacts
from aahq_builder.publish.card.front_matter import front_matter
from aahq_builder.publish.card.shares import centuries, share_of_frequent_artists, share_of_grey
from aahq_builder.publish.card.summary import MOST_LINES, license_lines, shortened
from aahq_builder.publish.config import PublishConfig
from aahq_builder.publish.inventory import Inventory
from aahq_builder.publish.licenses import license_facts
from aahq_builder.sources.table import FACTS
from blendgan.counting import ranked
from blendgan.markdown import cell, link, percent, plain

OF_THE_PUBLISHER = {"folder": "the publisher's own pictures", "urls": "a list of addresses", "html": "pages of HTML"}
"""Sources that are whatever the publisher named."""
TEMPLATE = "dataset_card.md.j2"


def readme(facts: CardFacts, shown: list[Mapping[str, Any]], config: PublishConfig, inventory: Inventory) -> str:
    """The whole page; `shown` are the columns of the faces on the contact sheet, in the order of their numbers."""
    from jinja2 import Environment, StrictUndefined

    source = files("data_cards").joinpath(TEMPLATE).read_text(encoding="utf-8")
    # Markdown, not HTML: the filters escape what strangers wrote
    environment = Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701
    )
    environment.filters |= {"cell": cell, "link": link, "percent": percent, "plain": plain}
    body = environment.from_string(source).render(
        **_in_words(facts, config), config=config, inventory=inventory, shown=shown
    )
    return f"---\n{front_matter(facts.rows, config, inventory, reviewed=facts.looked.in_release > 0)}\n---\n\n{body}"


def _in_words(facts: CardFacts, config: PublishConfig) -> dict[str, Any]:
    """Everything that the template says; lists that strangers could make endless are cut."""
    rows, licenses = facts.rows, license_lines(facts.rows)
    sources = shortened(ranked(row.source for row in rows))
    return {
        "rows": len(rows),
        "works": len({row.artwork_id for row in rows}),
        "pixels": sum(row.has_pixels for row in rows),
        "research_rows": sum(row.rights == "research" for row in rows),
        "collected": facts.collected,
        "licenses": licenses[:MOST_LINES],
        "license_facts": license_facts,
        "more_licenses": _rest([line.rows for line in licenses[MOST_LINES:]]),
        "share_alike": any(line.facts.share_alike for line in licenses),
        "sources": [(name, _what_it_is(name), count) for name, count in sources],
        "own_files": any(row.source == "folder" for row in rows),
        "artists": len({row.artist for row in rows if row.artist}),
        "unnamed": sum(not row.artist for row in rows),
        "frequent_artists": share_of_frequent_artists(rows),
        "centuries": centuries(rows),
        "grey": share_of_grey(facts.saturations),
        "columns": COLUMNS,
        "funnel": facts.funnel,
        "refused": shortened(facts.refused),
        "rejected": shortened(facts.rejected),
        "left_out": shortened(facts.left_out),
        "models": facts.models[:MOST_LINES],
        "looked": facts.looked,
        "unfiltered": facts.unfiltered,
        "spreads": facts.spreads,
        "bounds": facts.bounds,
        "face_px": facts.face_px_quartiles,
        "mapped": len(facts.positions),
        "spread": facts.map_spread,
        "remarks": facts.map_remarks,
        "citation": bibtex(config, len(rows), facts.collected),
    }


def _what_it_is(source: str) -> str:
    return OF_THE_PUBLISHER.get(source) or (FACTS[source].holds if source in FACTS else "")


def _rest(counts: list[int]) -> tuple[int, int] | None:
    return (len(counts), sum(counts)) if counts else None
