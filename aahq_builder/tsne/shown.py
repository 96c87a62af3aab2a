"""What a map shows: its faces, its clusters of style, and how far its distances can be trusted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

NO_CLUSTER = -1
UNKNOWN_ARTIST = "unknown artist"


@dataclass(frozen=True)
class MapFace:
    """One face as the map shows it."""

    face_id: str
    artwork_id: str
    x: float
    y: float
    title: str
    artist: str
    license: str
    source: str
    page_url: str
    thumbnail: bytes
    """JPEG."""
    cluster: int = NO_CLUSTER
    """Number of its cluster of style; `NO_CLUSTER` where styles are sparse."""
    distance: float | None = None
    """How far it is in style from the nearest other face of a cluster, in that cluster's reach (the largest such
    distance among its own faces): at most 1 inside of a cluster; None if there is no cluster."""
    decision: str = ""
    """What a person decided: keep, reject, or nothing."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """Its measures of quality, by name."""


@dataclass(frozen=True)
class Cluster:
    """Faces that are alike in style."""

    number: int
    """Stays the same over reruns for as long as most of its faces stay together."""
    medoid: str
    """Id of the face nearest to all others, which stands for the cluster."""
    size: int
    sources: Sequence[tuple[str, int]]
    """Sources and how many faces of each, the most first."""
    artists: Sequence[tuple[str, int]]
    """Artists and how many faces of each, the most first."""
    scores: Mapping[str, float]
    """Mean of each measure of quality."""


@dataclass(frozen=True)
class MapQuality:
    """How well a map keeps neighbourhoods in style; shares of 1."""

    trustworthiness: float
    """1 where no face has neighbours on the page that are strangers in style (Venna and Kaski 2001)."""
    kept_at_10: float
    """Share of the 10 nearest faces in style that are among the 10 nearest on the page."""
    kept_at_50: float
    """The same of 50."""
    kl_divergence: float | None
    """What t-SNE minimised; None where faces were too few for it."""
