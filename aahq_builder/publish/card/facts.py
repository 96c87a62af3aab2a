"""Everything that a card says of a release, read from the journal once, for its text, its charts and Croissant."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aahq_builder.journal import Journal
from aahq_builder.publish.card.charts import Spread
from aahq_builder.publish.card.looked_at import LookedAt, looked_at
from aahq_builder.publish.card.scores import Bound, bounds, released_scores, spreads
from aahq_builder.publish.card.shares import MapSpread, map_spread
from aahq_builder.publish.card.summary import ModelLine, SummedRow, funnel, model_lines, read_rows, reasons
from aahq_builder.publish.config import PublishConfig
from aahq_builder.publish.rows import Selection, count_unfiltered
from aahq_builder.records import MapPoint
from aahq_builder.tsne.outputs import read_remarks
from aahq_builder.workdir import WorkDir
from blendgan.counting import Count


@dataclass(frozen=True)
class CardFacts:
    """What the parts of a card share."""

    rows: Sequence[SummedRow]
    funnel: Sequence[Count]
    refused: Sequence[Count]
    """Artworks that were not fetched, by reason."""
    rejected: Sequence[Count]
    """Faces that were rejected, by reason."""
    left_out: Sequence[Count]
    """Kept faces that are not in the release, by reason."""
    models: Sequence[ModelLine]
    looked: LookedAt
    unfiltered: int
    spreads: Sequence[Spread]
    bounds: Sequence[Bound]
    saturations: Sequence[float]
    positions: np.ndarray
    """Places of released faces on the style map, [faces, 2]; none without a map."""
    mapped_sources: Sequence[str]
    """Their sources."""
    map_remarks: Sequence[str]

    @property
    def collected(self) -> tuple[str, str] | None:
        """The first and the last day on which a picture was fetched."""
        days = sorted(row.fetched_at[:10] for row in self.rows if row.fetched_at)
        return (days[0], days[-1]) if days else None

    @property
    def face_px_quartiles(self) -> tuple[int, int, int] | None:
        """Sides of the crops in the originals, px."""
        sides = [row.face_px for row in self.rows if row.face_px is not None]
        if not sides:
            return None
        low, middle, high = np.percentile(sides, [25, 50, 75])
        return round(low), round(middle), round(high)

    @property
    def map_spread(self) -> MapSpread | None:
        """How evenly the faces lie on the style map."""
        return map_spread(self.positions)


def read_facts(journal: Journal, selection: Selection, config: PublishConfig) -> CardFacts:
    """Ask the journal of the build in `config.work`."""
    rows = read_rows(journal, selection, config.license)
    source_of = {row.face_id: row.source for row in rows}
    places = journal.execute(f"SELECT face_id, x, y FROM {MapPoint.table} ORDER BY face_id")
    points = [(face_id, x, y) for face_id, x, y in places if face_id in source_of]
    refused, rejected = reasons(journal)
    return CardFacts(
        rows=rows,
        funnel=funnel(journal),
        refused=refused,
        rejected=rejected,
        left_out=sorted(selection.left_out.items()),
        models=model_lines(journal, rows),
        looked=looked_at(journal, source_of),
        unfiltered=count_unfiltered(journal, selection),
        spreads=spreads(journal, source_of),
        bounds=bounds(journal),
        saturations=released_scores(journal, "saturation", source_of),
        positions=np.array([point[1:] for point in points]).reshape(-1, 2),
        mapped_sources=[source_of[face_id] for face_id, *_ in points],
        map_remarks=read_remarks(WorkDir(config.work).map / "map.parquet") if points else (),
    )
