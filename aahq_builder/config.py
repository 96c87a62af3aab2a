"""Every setting of every `aahq-build` command, declared once: default, unit and help in one place.

The command line is made from these dataclasses; a field's docstring is its help.
"""

import getpass
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from aahq_builder.errors import UserError
from blendgan.command import CommonConfig

Policy = Literal["open", "permitted", "research"]


def default_work() -> Path:
    """`$AAHQ_WORK`, else `./aahq-work`."""
    return Path(os.environ.get("AAHQ_WORK", "aahq-work"))


def default_workers() -> int:
    """One process per processor that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, kw_only=True)
class BuildConfig(CommonConfig):
    """Flags that every stage of a build has."""

    work: Path = field(default_factory=default_work)
    """Work folder of the build (default from $AAHQ_WORK)."""
    limit: int | None = None
    """Work on at most this many items."""
    workers: int = field(default_factory=default_workers)
    """Processes (crawl: threads) to work with."""

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise UserError(f"--workers is {self.workers}; give 1 or more")
        if self.limit is not None and self.limit < 1:
            raise UserError(f"--limit is {self.limit}; give 1 or more, or leave it out")


@dataclass(frozen=True, kw_only=True)
class StatusConfig(BuildConfig):
    """Flags of `status`."""


@dataclass(frozen=True, kw_only=True)
class TableConfig(BuildConfig):
    """Flags of `table`."""

    name: Annotated[str, tyro.conf.Positional]
    """artworks, faces, scores, reviews or runs."""
    format: Literal["text", "csv", "jsonl"] = "text"
    """How to print it."""


SourceName = Literal["met", "aic", "cleveland", "commons", "artstation", "html", "urls", "folder"]


@dataclass(frozen=True, kw_only=True)
class NetworkConfig(BuildConfig):
    """Flags of every command that asks the web for something."""

    workers: int = 16
    """Threads that download."""
    rate: float | None = None
    """Requests per second and host that are never exceeded; 0 is no limit (default: the source's manners, else 1)."""
    contact: str | None = field(default_factory=lambda: os.environ.get("AAHQ_CONTACT"))
    """Mail or web address that sites can reach you at (default from $AAHQ_CONTACT)."""
    max_mb: float = 64.0
    """Largest picture file, MB."""
    timeout_s: float = 30.0
    """Longest silence of a server, s; a whole answer may take six times as long."""
    retry_pause_s: float = 1.0
    """Bound of the random pause before the first retry, s; it doubles with every try."""
    breaker_pause_s: float = 60.0
    """How long a host that keeps failing is left alone before it is probed, s."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rate is not None and self.rate < 0:
            raise UserError(f"--rate is {self.rate}; give requests per second, or 0 for no limit")
        for name in ("max_mb", "timeout_s"):
            if getattr(self, name) <= 0:
                raise UserError(f"--{name.replace('_', '-')} is {getattr(self, name)}; give more than 0")


@dataclass(frozen=True, kw_only=True)
class RightsConfig(NetworkConfig):
    """Flags that say which rights are enough."""

    policy: Policy = "open"
    """open: open licences; permitted: also written permissions; research: also works without a licence on record."""
    permissions: Path | None = None
    """CSV of written permissions: artist, page, scope, date, evidence."""
    i_have_a_legal_basis: bool = False
    """You state that the law gives you a basis for research use (needed by --policy research)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.policy == "research" and not self.i_have_a_legal_basis:
            raise UserError("--policy research needs --i-have-a-legal-basis; see docs/rights.md")


@dataclass(frozen=True, kw_only=True)
class FetchConfig(RightsConfig):
    """Flags of the commands that fill a build with pictures."""

    endpoint: str | None = None
    """Address of another server with the source's interface, as http://127.0.0.1:8765 (with exactly one source)."""
    retry_failed: bool = False
    """Also try again what has failed before for a reason that may have passed."""
    relist: bool = False
    """Read finished listings again, for works that are new there (folder: always)."""

    @property
    def folder(self) -> Path | None:
        """The user's own folder of pictures, if one is read."""
        return None

    def named_hosts(self) -> tuple[str | None, ...]:
        """Addresses whose host and port the user has allowed by naming them."""
        return (self.endpoint,)


@dataclass(frozen=True, kw_only=True)
class RebuildConfig(FetchConfig):
    """Flags of `rebuild`."""

    list: Annotated[Path, tyro.conf.Positional]
    """AAHQ-dataset.json, or a release of ours: a Parquet file or its folder."""
    size: int = 1024
    """Side of the aligned faces, px: a power of two from 16 to 1024."""
    mode: Literal["fast", "reference"] = "fast"
    """How the crop is sampled, as in align."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.list.exists():
            raise UserError(f"{self.list} does not exist; give a published list")
        if self.size not in (16, 32, 64, 128, 256, 512, 1024):
            raise UserError(f"--size is {self.size}; give a power of two from 16 to 1024")


@dataclass(frozen=True, kw_only=True)
class CrawlConfig(FetchConfig):
    """Flags of `crawl`."""

    sources: Annotated[tuple[SourceName, ...], tyro.conf.Positional] = ("met",)
    """Where to look; with none named: met."""
    query: str | None = None
    """What to search for (default: portraits); commons also takes Category:NAME."""
    url: str | None = None
    """First listing page (html)."""
    select: Annotated[tuple[str, ...], tyro.conf.UseAppendAction] = ()
    """NAME=CSS for item, next, image, title, artist, date, license or tags (html); may be repeated."""
    path: Path | None = None
    """Folder of pictures (folder), or list of addresses: CSV, TSV, JSONL, Parquet (urls)."""

    @property
    def folder(self) -> Path | None:
        """`--path`, where the source `folder` is named."""
        return self.path if "folder" in self.sources else None

    def named_hosts(self) -> tuple[str | None, ...]:
        """`--endpoint` and `--url`."""
        return (self.endpoint, self.url)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.endpoint and len(self.sources) != 1:
            raise UserError("--endpoint goes with exactly one source")
        if "html" in self.sources and not self.url:
            raise UserError("html needs --url, the first listing page")
        if {"folder", "urls"} <= set(self.sources):
            raise UserError("folder and urls both read --path; crawl them one after the other")
        if "folder" in self.sources and not (self.path and self.path.is_dir()):
            raise UserError(f"folder needs --path, a folder of pictures; {self.path} is none")
        if "urls" in self.sources and not (self.path and self.path.is_file()):
            raise UserError(f"urls needs --path, a list of addresses; {self.path} is no file")
        if "artstation" in self.sources and not (self.permissions or self.i_have_a_legal_basis):
            raise UserError(
                "artstation's terms forbid scraping; give --permissions or --i-have-a-legal-basis (see docs/rights.md)"
            )


@dataclass(frozen=True, kw_only=True)
class AuditConfig(BuildConfig):
    """Flags of `audit`."""

    pattern: Annotated[str, tyro.conf.Positional] = ""
    """Artist, page address, artwork_id, face_id or SHA-256 (`*` stands for anything); left out: a summary."""


@dataclass(frozen=True, kw_only=True)
class RefreshConfig(NetworkConfig):
    """Flags of `refresh`. Each row is judged by the policy under which it was fetched."""

    permissions: Path | None = None
    """CSV of written permissions as they stand today (default: those on record)."""
    endpoint: str | None = None
    """Server that stands in for the rows' own, as in the crawl (its host and port are allowed by name)."""
    select: Annotated[tuple[str, ...], tyro.conf.UseAppendAction] = ()
    """NAME=CSS, as in the crawl (html)."""


@dataclass(frozen=True, kw_only=True)
class TakedownConfig(BuildConfig):
    """Flags of `takedown`."""

    pattern: Annotated[str, tyro.conf.Positional]
    """Artist, page address, artwork_id, face_id or SHA-256; `artist:`, `page:` or `hash:` before it refuses it for ever
    even if nothing of it is here yet."""
    reason: str = "takedown"
    """Why, as the emptied rows will say."""


@dataclass(frozen=True, kw_only=True)
class TestserverConfig(CommonConfig):
    """Flags of `testserver`."""

    path: Path
    """Folder of pictures to serve, with `credits.csv` or `ARTISTS` beside them if there is one."""
    port: int = 8765
    """Port on 127.0.0.1; 0 takes a free one."""
    artist: str = ""
    """Artist of pictures that the folder credits to nobody."""
    license: str = ""
    """SPDX id of pictures whose licence the folder does not say; left out, they have none."""
    num_works: int | None = None
    """List the pictures again and again until there are so many works (default: each once)."""
    faults: tuple[str, ...] = ()
    """Faults by name, or `all`; docs/errors.md lists them."""
    fault_every: int = 10
    """Every so many works one has the next of the faults."""

    def __post_init__(self) -> None:
        if not self.path.is_dir():
            raise UserError(f"--path {self.path} is no folder; give one with pictures")
        if not 0 <= self.port <= 65535:
            raise UserError(f"--port is {self.port}; give 0 to 65535")
        if self.fault_every < 1:
            raise UserError(f"--fault-every is {self.fault_every}; give 1 or more")


@dataclass(frozen=True, kw_only=True)
class AlignConfig(BuildConfig):
    """Flags of `align`."""

    size: int = 1024
    """Side of the aligned faces, px: a power of two from 16 to 1024."""
    mode: Literal["fast", "reference"] = "fast"
    """reference repeats the arithmetic of FFHQ; fast is some fifty times faster, at 48 dB and more."""
    detector: Literal["auto", "dlib", "mmod", "fan", "yunet"] = "auto"
    """dlib: gradient histograms; mmod: dlib's network; fan: S3FD and 2DFAN of face-alignment; yunet: OpenCV's;
    auto: dlib, turned copies where it found nothing, and of fan and yunet what --fan-weights and --yunet-model name."""
    yunet_model: Path | None = None
    """YuNet's ONNX file (face_detection_yunet_*.onnx of the OpenCV model zoo)."""
    fan_weights: Path | None = None
    """Folder of face-alignment's weights (--detector fan: default torch's cache, fetched once if need be)."""
    fan_detector: Literal["sfd", "blazeface"] = "sfd"
    """Which of face-alignment's detectors fan searches with; blazeface: large faces, from --fan-weights only."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the networks of fan run; all others run on the processor."""
    variant: Literal["ffhq", "metfaces"] = "ffhq"
    """Whose crop: metfaces lies half a pixel off."""
    no_rotation: bool = False
    """Leave tilted heads tilted."""
    no_padding: bool = False
    """Black instead of a mirrored, fading border where the crop leaves the picture."""
    margin: float = 0.0
    """Widen the crop by this share of its side on each side."""
    background: str = "#808080"
    """Colour behind transparent pixels, as #rrggbb."""
    landmarks: Path | None = None
    """A dlib shape predictor of 68 points to use instead of the packaged one."""
    timeout_s: float = 120.0
    """Give up on an artwork after this many seconds."""
    engine: Literal["local", "ray"] = "local"
    """Work in processes of this machine, or in actors of a Ray cluster."""
    files: str | None = None
    """Where originals and crops lie, if not in the work folder: an address that fsspec knows, as s3://bucket/build."""
    address: str | None = None
    """Ray cluster to work in ('auto' finds it); none starts one on this machine."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size not in (16, 32, 64, 128, 256, 512, 1024):
            raise UserError(f"--size is {self.size}; give a power of two from 16 to 1024")
        if self.address and self.engine != "ray":
            raise UserError(f"--address {self.address} needs --engine ray")
        if self.files and "://" not in self.files and not Path(self.files).is_absolute():
            raise UserError(f"--files {self.files} is neither an address, as s3://bucket/build, nor an absolute path")
        if not re.fullmatch("#[0-9a-fA-F]{6}", self.background):
            raise UserError(f"--background is {self.background}; give #rrggbb, as #ffffff for white")
        if not -0.25 <= self.margin <= 1:
            raise UserError(f"--margin is {self.margin}; give a share of the side from -0.25 to 1")
        if self.timeout_s <= 0:
            raise UserError(f"--timeout-s is {self.timeout_s}; give a positive number of seconds")
        self._check_models()

    @property
    def uses_fan(self) -> bool:
        """Whether face-alignment's networks take part."""
        return self.detector == "fan" or (self.detector == "auto" and self.fan_weights is not None)

    def _check_models(self) -> None:
        """Every model file that is named must be one that this detector asks."""
        if self.detector == "yunet" and self.yunet_model is None:
            raise UserError("--detector yunet needs --yunet-model PATH, face_detection_yunet_*.onnx of the OpenCV zoo")
        if self.yunet_model and self.detector not in ("auto", "yunet"):
            raise UserError(f"--yunet-model {self.yunet_model} needs --detector auto or yunet, not {self.detector}")
        if self.fan_weights and not self.uses_fan:
            raise UserError(f"--fan-weights {self.fan_weights} needs --detector auto or fan, not {self.detector}")
        if self.fan_detector == "blazeface" and not (self.uses_fan and self.fan_weights):
            raise UserError(
                "--fan-detector blazeface needs --detector fan or auto, and --fan-weights with its two files "
                "(their published names carry no hash: rename them as docs/align.md says)"
            )
        if self.device != "auto" and not self.uses_fan:
            raise UserError(f"--device {self.device} is for --detector fan, or auto with --fan-weights")
        if self.landmarks and self.detector == "fan":
            raise UserError(f"--landmarks {self.landmarks} is not used by --detector fan, which has its own (2DFAN)")


@dataclass(frozen=True, kw_only=True)
class FilterConfig(BuildConfig):
    """Flags of `filter`. Bounds are applied to stored scores, so changing one opens no picture."""

    min_face_px: float = 48.0
    """Smallest side of a face's crop in the original, px; below 32 nothing is cropped."""
    max_padding: float = 0.35
    """Largest share of the crop that may lie outside the picture."""
    min_confidence: float = 0.6
    """Least probability, as the aligner estimates it, that this is a face."""
    min_sharpness: float = 0.38
    """Least steepness of the face's sharpest edges, in [0, 1]; a blur of sigma px gives about 0.8 / sigma."""
    min_relative_sharpness: float = 0.6
    """Least sharpness of the face relative to the artwork around it: below 1 the face is softer than its style."""
    min_contrast: float = 0.15
    """Least range of luminance within the face, in [0, 1]."""
    max_clipped: float = 0.6
    """Largest share of the face that is pure black or pure white."""
    max_blockiness: float = 1.0
    """Largest excess of steps on the 8-px grid of JPEG; 0.4 is about quality 50, 1 about quality 15."""
    max_yaw: float = 0.8
    """Largest distance of the nose from the middle of the eyes, in eye distances: 0.5 is a profile."""
    max_other_faces: int = 0
    """Other faces whose middle may lie in a face's crop."""
    min_shared_strokes: float = 0.5
    """Share of two faces' strokes from which they are the same picture; 0.8 keeps versions with another expression."""
    known: Path | None = None
    """List of hashes of an earlier release (one a line, SHA-256 or perceptual); its faces are rejected as `known`."""
    min_known_bits: int = 7
    """Least bits, of 64, by which a face's perceptual hash differs from every known one."""
    report: bool = False
    """Write filter.html into the work folder: funnel, scores with their bounds, pictures beside these, duplicates."""
    explain: str | None = None
    """Say why this face (a face_id) is kept or rejected, and stop."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in (
            "max_padding",
            "min_confidence",
            "min_sharpness",
            "min_contrast",
            "min_relative_sharpness",
            "max_clipped",
        ):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise UserError(f"--{name.replace('_', '-')} is {getattr(self, name)}; give a number from 0 to 1")
        if self.min_face_px < 32:
            raise UserError(
                f"--min-face-px is {self.min_face_px:g}; faces below 32 px are not cropped, give 32 or more"
            )
        if not 0.3 <= self.min_shared_strokes <= 1.0:
            raise UserError(f"--min-shared-strokes is {self.min_shared_strokes}; give 0.3 (chance) to 1")


@dataclass(frozen=True, kw_only=True)
class TsneConfig(BuildConfig):
    """Flags of `tsne`."""

    style_encoder: Path | None = None
    """Trained style encoder whose codes place the faces; without one, VGG-19 Gram features do."""
    perplexity: float = 30.0
    """Neighbours that count for each face; lowered by itself when there are few faces."""
    components: int = 50
    """Principal components that t-SNE sees."""
    seed: int = 0
    """Seed of the map (and of random VGG weights where there are no trained ones)."""
    batch: int = 4
    """Faces in one pass of the network."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the network runs; auto takes a CUDA device if there is one."""
    fresh: bool = False
    """Lay out every face again; without this, faces already on the map keep their place."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.perplexity < 1:
            raise UserError(f"--perplexity is {self.perplexity:g}; give 1 or more (5 to 50 is usual)")
        if self.components < 2:
            raise UserError(f"--components is {self.components}; give 2 or more")
        if self.batch < 1:
            raise UserError(f"--batch is {self.batch}; give 1 or more")


@dataclass(frozen=True, kw_only=True)
class PublishConfig(BuildConfig):
    """Flags of `publish`."""

    to: Path | None = None
    """Folder of the release (default: release/ in the work folder)."""
    repo_id: str | None = None
    """Dataset on the Hugging Face Hub to upload to, ORG/NAME; made private if it is new."""
    content: Literal["urls", "pixels"] = "urls"
    """urls: addresses, rights, hashes and geometry; pixels: also the aligned faces whose licence allows it."""
    format: Literal["parquet", "imagefolder", "webdataset", "stylegan-zip"] = "parquet"
    """How rows and pixels are stored; all but parquet need --content pixels."""
    license: str | None = None
    """SPDX id under which you publish the pixels of your own folder (where it states no licence)."""
    include_research: bool = False
    """Include rows (never pixels) that have no licence on record; the card will say so."""
    title: str = "Artistic portraits"
    """Name of the dataset on its card."""
    contact: str = field(default_factory=lambda: os.environ.get("AAHQ_CONTACT", ""))
    """Where artists can object (default from $AAHQ_CONTACT)."""
    public: bool = False
    """Make the repository public once the upload is complete."""
    gated: Literal["no", "auto", "manual"] = "no"
    """Ask readers of the repository to agree to the card's terms first."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.format != "parquet" and self.content == "urls":
            raise UserError(f"--format {self.format} stores pictures; add --content pixels, or use --format parquet")
        if self.repo_id is not None and self.repo_id.count("/") != 1:
            raise UserError(f"--repo-id is '{self.repo_id}'; give ORG/NAME")
        if self.repo_id is None and (self.public or self.gated != "no"):
            raise UserError("--public and --gated are about a repository; add --repo-id ORG/NAME")
        if self.license is not None and not re.fullmatch(r"[A-Za-z0-9.+-]+", self.license):
            raise UserError(f"--license is '{self.license}'; give an SPDX id such as CC-BY-4.0 or LicenseRef-mine")


def default_reviewer() -> str:
    """The login name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "reviewer"


@dataclass(frozen=True, kw_only=True)
class ReviewConfig(BuildConfig):
    """Flags of `review`."""

    reviewer: str = field(default_factory=default_reviewer)
    """Name under which decisions are logged; the page can change it (default: your login name)."""
    replay: Path | None = None
    """Decisions from another copy of this build to add first: JSON lines of `aahq-build table reviews`."""
    port: int = 8737
    """Port on 127.0.0.1; 0 takes any free one."""
    open: bool = False
    """Open the page in the default browser."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.port < 65_536:
            raise UserError(f"--port is {self.port}; give 0 to 65535")
        if not self.reviewer.strip():
            raise UserError("--reviewer is empty; give a name")
