"""Which faces the page shows, in which order. What a query needs is held as arrays: 100,000 faces answer at once."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields

import numpy as np

from aahq_builder.decisions import Standing, fold, read_log
from aahq_builder.errors import UserError
from aahq_builder.filter.policy import RULES
from aahq_builder.journal import Journal
from aahq_builder.records import Review
from aahq_builder.tsne.layout import Layout
from blendgan.counting import ranked

STATES = ("all", "undecided", "kept", "rejected", "disputed", "mine")
ORDERS = ("worst", "expected", "near", "id", "score", "score_down")
KEPT = "kept"


@dataclass(frozen=True, kw_only=True)
class Query:
    """What the curator asked for; empty means any."""

    state: str = "all"
    """all, undecided (by anybody), kept or rejected (by a person), disputed, mine."""
    reason: str = ""
    """Verdict of the machine or of people now in force: `kept`, `blur`, …"""
    artist: str = ""
    source: str = ""
    text: str = ""
    """Words in title, artist or id."""
    score: str = ""
    low: float | None = None
    high: float | None = None
    """Bounds on that score."""
    order: str = "worst"
    near: str = ""
    """Face whose style neighbours come first, for the order `near`."""
    among: str = ""
    """Key of a group of faces that were named one by one; only these are shown."""
    reviewer: str = ""

    def __post_init__(self) -> None:
        if self.state not in STATES or self.order not in ORDERS:
            raise UserError(f"state is one of {', '.join(STATES)} and order one of {', '.join(ORDERS)}")

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, str]) -> "Query":
        """A query from a URL's parameters; unknown ones are ignored, bad numbers refused."""
        known = {item.name: parameters[item.name] for item in fields(cls) if parameters.get(item.name)}
        try:
            numbers = {name: float(known.pop(name)) for name in ("low", "high") if name in known}
        except ValueError as error:
            raise UserError("low and high are numbers") from error
        return cls(**known, **numbers)  # type: ignore[arg-type]  # all others are text


@dataclass
class FaceIndex:
    """A snapshot of the faces of a build, column by column; decisions are kept up to date."""

    face_ids: list[str]
    verdict: np.ndarray
    """`rejected` in words, `kept` for none."""
    artist: np.ndarray
    source: np.ndarray
    title: np.ndarray
    search: np.ndarray
    scores: dict[str, np.ndarray]
    """Not a number where a score was not taken."""
    style: np.ndarray
    """Components of style, `[faces, components]`; not a number for faces that are not on the map."""
    standing: dict[str, Standing]
    """Without landmarks."""
    expected: np.ndarray | None = None
    """Probability of rejection by the learned model, once there is one."""
    row_of: dict[str, int] = field(init=False)
    tally: Counter[tuple[str, str]] = field(init=False)
    """How many faces are decided, disputed, and decided by each reviewer; kept, because counting 100,000 takes time."""

    def __post_init__(self) -> None:
        self.row_of = {face_id: row for row, face_id in enumerate(self.face_ids)}
        self.tally = Counter(entry for state in self.standing.values() for entry in _entries(state))

    def select(self, query: Query, group: Collection[str] | None = None) -> np.ndarray:
        """Rows that match, in the order asked for; of the faces in `group` only, if there is one."""
        mask = self._mask(query)
        if group is not None:
            named = np.zeros(len(mask), dtype=bool)
            named[[self.row_of[face_id] for face_id in group if face_id in self.row_of]] = True
            mask &= named
        rows = np.flatnonzero(mask)
        return rows[np.argsort(self._keys(query)[rows], kind="stable")]

    def facets(self) -> dict[str, object]:
        """What there is to filter by."""
        ranges = {name: _range(values) for name, values in self.scores.items()}
        return {
            "reason": ranked(self.verdict.tolist()),
            "source": ranked(self.source.tolist()),
            "artist": ranked(self.artist.tolist()),
            "scores": {name: limits for name, limits in sorted(ranges.items()) if limits},
        }

    @property
    def on_map(self) -> np.ndarray:
        """Which faces have a style to compare."""
        return np.isfinite(self.style).all(axis=1) if self.style.shape[1] else np.zeros(len(self.face_ids), dtype=bool)

    def is_on_map(self, face_id: str) -> bool:
        """Whether its neighbours in style are known."""
        return face_id in self.row_of and bool(self.on_map[self.row_of[face_id]])

    def known_among(self, face_ids: Iterable[object]) -> list[str]:
        """The ids that are faces of this build, each once."""
        return [face_id for face_id in dict.fromkeys(map(str, face_ids)) if face_id in self.row_of]

    def update(self, face_id: str, verdict: str, standing: Standing) -> None:
        """After a decision."""
        self.verdict[self.row_of[face_id]] = verdict or KEPT
        self.tally.subtract(_entries(self.standing.get(face_id, Standing())))
        self.tally.update(_entries(standing))
        self.standing[face_id] = standing

    def badness(self) -> np.ndarray:
        """0 for the best, 1 for the worst: the worst rank of a face among all faces in any score that a rule judges."""
        worst = np.zeros(len(self.face_ids))
        for name, kind in {rule.score: rule.kind for rule in RULES}.items():
            if name in self.scores:
                values = self.scores[name] if kind == "at_least" else -self.scores[name]
                worst = np.fmax(worst, 1 - _percentile(values))
        return worst

    def _mask(self, query: Query) -> np.ndarray:
        mask = np.ones(len(self.face_ids), dtype=bool)
        for column, wanted in ((self.verdict, query.reason), (self.artist, query.artist), (self.source, query.source)):
            if wanted:
                mask &= column == wanted
        for word in query.text.lower().split():
            mask &= np.char.find(self.search, word) >= 0
        if query.score and query.score in self.scores:
            values = self.scores[query.score]
            if query.low is not None:
                mask &= values >= query.low
            if query.high is not None:
                mask &= values <= query.high
        return mask & self._state_mask(query) if query.state != "all" else mask

    def _state_mask(self, query: Query) -> np.ndarray:
        tests: dict[str, Callable[[Standing], bool]] = {
            "undecided": lambda state: state.verdict is not None,
            "kept": lambda state: _is(state.verdict, "keep"),
            "rejected": lambda state: _is(state.verdict, "reject"),
            "disputed": lambda state: state.disputed,
            "mine": lambda state: bool(state.stacks.get(query.reviewer)),
        }
        mask = np.zeros(len(self.face_ids), dtype=bool)
        matching = [face_id for face_id, state in self.standing.items() if tests[query.state](state)]
        mask[[self.row_of[face_id] for face_id in matching if face_id in self.row_of]] = True
        return ~mask if query.state == "undecided" else mask

    def _keys(self, query: Query) -> np.ndarray:
        """Smaller comes first."""
        if query.order == "near" and self.is_on_map(query.near):
            distance = np.linalg.norm(self.style - self.style[self.row_of[query.near]], axis=1)
            return np.where(np.isnan(distance), np.inf, distance)
        if query.order in ("score", "score_down") and query.score in self.scores:
            values = self.scores[query.score]
            return np.where(np.isnan(values), np.inf, values if query.order == "score" else -values)
        if query.order == "expected" and self.expected is not None:
            return -self.expected
        return np.arange(len(self.face_ids), dtype=float) if query.order == "id" else -self.badness()


def read_index(journal: Journal, layout: Layout | None = None) -> FaceIndex:
    """Read what queries need; landmarks and evidence stay in the journal until a face is looked at."""
    rows = journal.execute(
        "SELECT face_id, rejected, coalesce(artist, ''), source, coalesce(title, ''), face_px, confidence "
        "FROM faces JOIN artworks USING (artwork_id) "
        "WHERE faces.path IS NOT NULL AND artworks.status = 'fetched' ORDER BY face_id"
    ).fetchall()
    columns = list(zip(*map(tuple, rows), strict=True)) or [()] * 7
    face_ids = list(columns[0])
    artist, title = np.array(columns[2], dtype=np.str_), np.array(columns[4], dtype=np.str_)
    words = [" ".join(parts).lower() for parts in zip(columns[0], columns[2], columns[4], strict=True)]
    known, log = set(face_ids), fold(read_log(journal, landmarks=False))
    scores = _read_scores(journal, face_ids)
    scores.setdefault("face_px", np.array(columns[5], dtype=float))
    scores.setdefault("confidence", np.array(columns[6], dtype=float))
    return FaceIndex(
        face_ids=face_ids,
        verdict=np.array([rejected or KEPT for rejected in columns[1]], dtype=object),
        artist=artist,
        source=np.array(columns[3], dtype=np.str_),
        title=title,
        search=np.array(words, dtype=np.str_),
        scores=scores,
        style=_style_of(face_ids, layout),
        standing={face_id: state for face_id, state in log.items() if face_id in known},
    )


def _read_scores(journal: Journal, face_ids: list[str]) -> dict[str, np.ndarray]:
    row_of = {face_id: row for row, face_id in enumerate(face_ids)}
    scores: dict[str, np.ndarray] = {}
    for face_id, name, value in journal.execute("SELECT face_id, name, value FROM scores"):
        if face_id in row_of:
            column = scores.setdefault(name, np.full(len(face_ids), np.nan))
            column[row_of[face_id]] = value
    return scores


def _style_of(face_ids: list[str], layout: Layout | None) -> np.ndarray:
    if layout is None:
        return np.zeros((len(face_ids), 0), dtype=np.float32)
    style = np.full((len(face_ids), layout.points.shape[1]), np.nan, dtype=np.float32)
    place_of = {face_id: place for place, face_id in enumerate(layout.face_ids)}
    rows = [row for row, face_id in enumerate(face_ids) if face_id in place_of]
    style[rows] = layout.points[[place_of[face_ids[row]] for row in rows]]
    return style


def _entries(state: Standing) -> list[tuple[str, str]]:
    """What one face adds to the tally."""
    verdicts = state.verdicts
    entries = [("by", reviewer) for reviewer in verdicts]
    return entries + [("decided", "")] * bool(verdicts) + [("disputed", "")] * state.disputed


def _percentile(values: np.ndarray) -> np.ndarray:
    """Rank of each value among the known ones, 0 to 1, equal for equal values; 1 where unknown."""
    known = np.isfinite(values)
    ranks = np.ones(len(values))
    if known.sum() > 1:
        order = np.sort(values[known])
        ranks[known] = np.searchsorted(order, values[known], side="right") / len(order)
    return ranks


def _range(values: np.ndarray) -> tuple[float, float] | None:
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if len(known) else None


def _is(row: Review | None, decision: str) -> bool:
    return row is not None and row.decision == decision
