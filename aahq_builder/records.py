"""The rows of a build. Each dataclass is one table; the journal derives the schema from the fields.

Rows never vanish: stages add facts, scores and reasons. Only a takedown empties a row (`status = removed`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

Point = Sequence[float]
Json = Mapping[str, object] | Sequence[object]


class Row:
    """Base of all rows: the table's name and its primary key."""

    table: ClassVar[str]
    key: ClassVar[tuple[str, ...]]
    may_change: ClassVar[str] = "TRUE"
    """SQL that holds for rows which a stage may still update."""


@dataclass(frozen=True, kw_only=True)
class Artwork(Row):
    """An image found by a source, with its rights and the state of its file."""

    table: ClassVar[str] = "artworks"
    key: ClassVar[tuple[str, ...]] = ("artwork_id",)
    may_change: ClassVar[str] = "status != 'removed'"

    artwork_id: str
    """`<source>-<16 hex of sha256(source_id)>`, known before download."""
    source: str
    source_id: str | None = None
    listing: str | None = None
    """The listing that has named it first, as `cursors` calls it."""
    page_url: str | None = None
    image_url: str | None = None
    title: str | None = None
    artist: str | None = None
    date: str | None = None
    tags: Sequence[str] | None = None
    candidates: Json | None = None
    """The picture's addresses with sizes, best first: `[{"url", "width", "height"}, …]`."""
    host: str | None = None
    """Host and port of `image_url`; politeness is kept per host."""
    attribution: str | None = None
    license: str | None = None
    """SPDX id or `LicenseRef-…`."""
    license_url: str | None = None
    rights: str | None = None
    """`open`, `permitted`, `research`, `unknown` or `denied`."""
    policy: str | None = None
    """The policy under which `rights` was decided."""
    rights_evidence: Json | None = None
    """Which signals were read, where and when."""
    status: str = "found"
    """`found`, `fetched`, `failed`, `denied` or `removed`."""
    error: str | None = None
    """An `ErrorKind`."""
    error_detail: str | None = None
    sha256: str | None = None
    """Of the bytes as served."""
    pixel_sha256: str | None = None
    """Of the upright RGB(A) pixels."""
    width: int | None = None
    height: int | None = None
    """Size of the upright picture, px."""
    path: str | None = None
    """Relative to the work folder."""
    fetched_at: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    """The server's validators, for conditional requests."""
    refreshed_at: str | None = None
    """When a refresh last looked at it again."""
    removed_at: str | None = None
    """When a takedown or refresh emptied the row."""
    faces_found: int | None = None
    """0 is 'no face', null is 'not looked at yet'."""
    align_version: str | None = None


@dataclass(frozen=True, kw_only=True)
class Face(Row):
    """A face found in an artwork; all coordinates are pixels of the upright original."""

    table: ClassVar[str] = "faces"
    key: ClassVar[tuple[str, ...]] = ("face_id",)

    face_id: str
    """`<artwork_id>-<n>`."""
    artwork_id: str
    detector: str
    landmark_model: str
    confidence: float
    landmarks: Sequence[Point]
    """68 points of the iBUG scheme."""
    eye_left: Point
    eye_right: Point
    mouth_left: Point
    mouth_right: Point
    quad: Sequence[Point]
    """Corners: top-left, bottom-left, bottom-right, top-right."""
    face_px: float
    """Side of the quad."""
    pad_fraction: float
    """Share of the quad's area that lies outside the picture."""
    path: str | None = None
    """Relative to the work folder; null when the face was too small to crop."""
    crop_pixel_sha256: str | None = None
    """Of the aligned face's pixels: whoever cuts it out anew can tell whether it is the same."""
    rejected: str = ""
    """Name of the first failed rule; empty if kept."""
    duplicate_of: str | None = None


@dataclass(frozen=True, kw_only=True)
class Score(Row):
    """One measure of one face. Scores are facts; the verdict is the policy's."""

    table: ClassVar[str] = "scores"
    key: ClassVar[tuple[str, ...]] = ("face_id", "name")

    face_id: str
    name: str
    value: float
    version: str


@dataclass(frozen=True, kw_only=True)
class Fingerprint(Row):
    """What a face is recognised by when it comes again."""

    table: ClassVar[str] = "fingerprints"
    key: ClassVar[tuple[str, ...]] = ("face_id",)

    face_id: str
    pixel_sha256: str
    """Of the aligned face."""
    perceptual_hash: str
    """64 bits as hex digits, of the aligned face."""
    face_sketch: bytes
    work_sketch: bytes
    """See `filter/sketch.py`."""
    compared: bool = False
    """Whether its resemblances to all others that were compared are stored."""
    version: str


@dataclass(frozen=True, kw_only=True)
class Resemblance(Row):
    """What two faces that look alike have in common; whether they are duplicates is decided by the bounds of a run."""

    table: ClassVar[str] = "resemblances"
    key: ClassVar[tuple[str, ...]] = ("first", "second")

    first: str
    second: str
    """Face ids, the lower one first."""
    face_share: float
    """Share of the faces' gradient magnitude that coincides."""
    work_share: float
    """The same of the whole artworks."""
    face_region_share: float
    work_region_share: float
    """The least such share in one of 4 x 4 regions."""
    colours: str
    """`same`, `mapped` (one map of colours takes one whole to the other) or `changed` (other colours in some regions);
    empty, and not compared, where the shapes differ."""
    colour_difference: float
    """Mean difference of the registered faces' colours, 0 to 255."""
    mirrored: bool
    shift: float
    """Largest displacement of a corner between the registered artworks, share of the side: cropping moves them."""
    size_ratio: float
    """Of the larger artwork's width to the smaller one's."""


@dataclass(frozen=True, kw_only=True)
class Review(Row):
    """A human decision; rows are only ever added."""

    table: ClassVar[str] = "reviews"
    key: ClassVar[tuple[str, ...]] = ("face_id", "reviewer", "decided_at")

    face_id: str
    reviewer: str
    decision: str
    """`keep`, `reject`, `repair` (new landmarks), `undo`; `original` notes how the face was before."""
    reason: str | None = None
    landmarks: Sequence[Point] | None = None
    decided_at: str


@dataclass(frozen=True, kw_only=True)
class Run(Row):
    """A command that was run on this build."""

    table: ClassVar[str] = "runs"
    key: ClassVar[tuple[str, ...]] = ("run_id",)

    run_id: str
    command: str
    config: Json
    versions: Json
    counts: Json | None = None
    started: str
    ended: str | None = None


@dataclass(frozen=True, kw_only=True)
class Cursor(Row):
    """How far a listing was read."""

    table: ClassVar[str] = "cursors"
    key: ClassVar[tuple[str, ...]] = ("listing",)

    listing: str
    """Source and query, in words."""
    cursor: Json | None
    """Where to go on; its form is the source's own."""
    finished: bool
    num_listed: int = 0
    """Artworks that this listing has added."""
    partly_read: str | None = None
    """A work of several pictures that the limit has cut in two: it is read again."""
    passed_over: Sequence[str] | None = None
    """Works of the page at `cursor` that were read and became no row: they are not read again."""
    selectors: Sequence[str] | None = None
    """`--select` of the crawl (html), which a refresh needs to read the works' pages."""
    updated_at: str


@dataclass(frozen=True, kw_only=True)
class Tombstone(Row):
    """Something that was taken down and must not come back."""

    table: ClassVar[str] = "tombstones"
    key: ClassVar[tuple[str, ...]] = ("kind", "keyed_hash")

    kind: str
    """`source_id`, `page`, `sha256`, `pixel_sha256` or `artist`."""
    keyed_hash: str
    reason: str
    removed_at: str


@dataclass(frozen=True, kw_only=True)
class Removal(Row):
    """An artwork that is being removed; the row goes when nothing of it is left, so that a kill loses no removal."""

    table: ClassVar[str] = "removals"
    key: ClassVar[tuple[str, ...]] = ("artwork_id",)

    artwork_id: str


@dataclass(frozen=True, kw_only=True)
class Place(Row):
    """Where files of this build lie outside of its work folder; never published."""

    table: ClassVar[str] = "places"
    key: ClassVar[tuple[str, ...]] = ("kind", "address")

    kind: str
    """`files` (originals and faces, `align --files`), `release` (`publish --to`) or `hub` (`publish --repo-id`)."""
    address: str
    """A folder's absolute path, an address that fsspec knows, or ORG/NAME."""


@dataclass(frozen=True, kw_only=True)
class MapPoint(Row):
    """Where the style map puts a face."""

    table: ClassVar[str] = "map_points"
    key: ClassVar[tuple[str, ...]] = ("face_id",)

    face_id: str
    x: float
    y: float
    version: str


@dataclass(frozen=True, kw_only=True)
class SiteFile(Row):
    """A file in which a site states its wishes, kept for a day: `robots.txt`, `tdmrep.json` or `ai.txt`."""

    table: ClassVar[str] = "site_files"
    key: ClassVar[tuple[str, ...]] = ("url",)

    url: str
    status: int
    """HTTP status; all of 400 to 499 mean that the site states nothing."""
    body: str
    read_at: str


TABLES: tuple[type[Row], ...] = (
    Artwork,
    Face,
    Score,
    Fingerprint,
    Resemblance,
    Review,
    Run,
    Cursor,
    Tombstone,
    Removal,
    Place,
    MapPoint,
    SiteFile,
)
