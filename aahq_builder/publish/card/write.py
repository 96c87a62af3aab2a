"""The files of a card: README.md, its pictures in card/, and Croissant metadata."""

from collections.abc import Mapping

from aahq_builder.journal import Journal
from aahq_builder.publish.card.charts import map_chart, score_chart, share_chart
from aahq_builder.publish.card.contact_sheet import contact_sheet
from aahq_builder.publish.card.croissant import CROISSANT, croissant
from aahq_builder.publish.card.facts import CardFacts, read_facts
from aahq_builder.publish.card.readme import readme
from aahq_builder.publish.card.shares import centuries
from aahq_builder.publish.card.summary import NO_LICENSE
from aahq_builder.publish.config import PublishConfig
from aahq_builder.publish.inventory import Inventory
from aahq_builder.publish.rows import Selection
from blendgan.counting import ranked
from blendgan.data.metadata import CARD

README = "README.md"


def make_card(
    journal: Journal, selection: Selection, config: PublishConfig, inventory: Inventory, hashes: Mapping[str, str]
) -> dict[str, bytes]:
    """The card's files by their paths in the release; `hashes` are the SHA-256 of its data files by theirs (POSIX).

    The contact sheet shows faces only whose pixels the release holds. The same rows give the same bytes.
    """
    facts = read_facts(journal, selection, config)
    sheet, shown = contact_sheet(facts.rows, {row.face_id: row for row in selection.with_pixels})
    pictures = _charts(facts) | ({"contact-sheet.jpg": sheet} if sheet else {})
    return {
        README: readme(facts, shown, config, inventory).encode(),
        CROISSANT: croissant(facts, config, inventory, hashes).encode(),
        **{f"{CARD}/{name}": content for name, content in pictures.items()},
    }


def _charts(facts: CardFacts) -> dict[str, bytes]:
    """PNG bytes by file name; of what nobody has measured there is none."""
    sources = ranked(row.source for row in facts.rows)
    shares = {
        "faces by licence": ranked(row.license or NO_LICENSE for row in facts.rows),
        "by source": sources,
        "by century of the artwork": centuries(facts.rows),
    }
    charts = {"shares.png": share_chart(shares)}
    if facts.spreads:
        charts["scores.png"] = score_chart(facts.spreads)
    if len(facts.positions):
        order = [name for name, _ in sources if name in facts.mapped_sources]
        charts["style-map.png"] = map_chart(facts.positions, facts.mapped_sources, order)
    return charts
