"""The card of a release, written from the journal: licences, funnel, sources, models, duties, rights and ethics."""

import dataclasses
import html
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from aahq_builder.align.models import TERMS
from aahq_builder.decisions import human_verdicts
from aahq_builder.journal import Journal
from aahq_builder.publish.config import PublishConfig
from aahq_builder.publish.formats.layout import FEATURES, configurations
from aahq_builder.publish.inventory import Inventory
from aahq_builder.publish.licenses import LicenseTerms, license_facts
from aahq_builder.publish.rows import ReleaseRow, Selection, count_unfiltered
from aahq_builder.records import Artwork, Face

TEMPLATE = "dataset_card.md.j2"
JUDGES = {"hog": "dlib", "mmod": "mmod", "fan": "fan", "blazeface": "blazeface", "yunet": "yunet"}
"""Which detector gave a score of this name."""
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


@dataclass(frozen=True)
class SummedRow:
    """What the card sums up of a row of the release."""

    face_id: str
    artwork_id: str
    source: str
    artist: str | None
    license: str | None
    rights: str
    fetched_at: str | None
    detector: str
    landmark_model: str
    face_px: float
    has_pixels: bool

    @classmethod
    def of(cls, row: ReleaseRow) -> "SummedRow":
        """The part of a row that is summed up."""
        facts = row.facts
        names = [field.name for field in dataclasses.fields(cls) if field.name != "has_pixels"]
        return cls(**{name: facts[name] for name in names}, has_pixels=row.pixels is not None)


@dataclass(frozen=True)
class ModelLine:
    """One row of the table of models."""

    name: str
    part: str
    """What it did, for how many faces."""
    terms: str


@dataclass(frozen=True)
class LicenseLine:
    """One row of the licence table."""

    identifier: str
    facts: LicenseTerms
    rows: int
    pixels: int


def write_card(journal: Journal, selection: Selection, config: PublishConfig, inventory: Inventory) -> str:
    """README.md of the release: YAML for the Hub, then the text. The inventory lists no files yet."""
    from jinja2 import Environment, StrictUndefined

    rows = [SummedRow.of(row) for row in selection.rows]
    source = files("data_cards").joinpath(TEMPLATE).read_text(encoding="utf-8")
    # Markdown, not HTML: the filter `cell` escapes what strangers wrote
    environment = Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701
    )
    environment.filters["cell"] = cell
    body = environment.from_string(source).render(facts(journal, selection, rows, config))
    return f"---\n{front_matter(rows, config, inventory)}\n---\n\n{body}"


def facts(journal: Journal, selection: Selection, rows: Sequence[SummedRow], config: PublishConfig) -> dict[str, Any]:
    """Everything that the template says."""
    fetched = sorted(row.fetched_at for row in rows if row.fetched_at)
    return {
        "config": config,
        "rows": len(rows),
        "works": len({row.artwork_id for row in rows}),
        "pixels": len(selection.with_pixels),
        "research_rows": sum(row.rights == "research" for row in rows),
        "collected": (fetched[0][:10], fetched[-1][:10]) if fetched else None,
        "licenses": license_lines(rows),
        "sources": _ranked(row.source for row in rows),
        "artists": len({row.artist for row in rows if row.artist}),
        "models": model_lines(journal, rows),
        "funnel": funnel(journal),
        "refused": _group(journal, Artwork, "error", "status IN ('failed', 'denied', 'removed')"),
        "rejected": _group(journal, Face, "rejected", "rejected != ''"),
        "reviewed": len(human_verdicts(journal)),
        "unfiltered": count_unfiltered(journal, selection),
        "left_out": sorted(selection.left_out.items()),
        "face_px": _quartiles([row.face_px for row in rows]),
    }


def license_lines(rows: Iterable[SummedRow]) -> list[LicenseLine]:
    """Licences of the release, most frequent first."""
    counted: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    for row in rows:
        identifier = row.license or "none recorded"
        counted[identifier] += 1
        shown[identifier] += row.has_pixels
    lines = []
    for identifier, count in _ranked_counter(counted):
        lines.append(LicenseLine(identifier, license_facts(identifier), count, shown[identifier]))
    return lines


def model_lines(journal: Journal, rows: Sequence[SummedRow]) -> list[ModelLine]:
    """Every model that found, placed or judged a face of the release, and under what terms it may be used."""
    faces = {row.face_id for row in rows}
    parts: dict[str, list[str]] = {}
    for names, did in (
        (_ranked(row.detector for row in rows), "found"),
        (_ranked(row.landmark_model for row in rows), "landmarks of"),
    ):
        for name, count in names:
            parts.setdefault(name, []).append(f"{did} {count}")
    marks = ", ".join("?" * len(JUDGES))
    judged = journal.execute(f"SELECT name, face_id FROM scores WHERE name IN ({marks})", list(JUDGES))
    for name, count in _ranked(JUDGES[score] for score, face_id in judged if face_id in faces):
        parts.setdefault(name, []).append(f"asked about {count}")
    return [ModelLine(name, ", ".join(did), TERMS.get(name, "not known here")) for name, did in parts.items()]


def funnel(journal: Journal) -> list[tuple[str, int]]:
    """How many were left after each stage."""
    return [
        ("artworks found", journal.count(Artwork)),
        ("artworks fetched", journal.count(Artwork, "status = 'fetched'")),
        ("artworks with a face", journal.count(Artwork, "status = 'fetched' AND faces_found > 0")),
        ("faces found", journal.count(Face)),
        ("faces kept", journal.count(Face, "rejected = '' AND path IS NOT NULL")),
    ]


def front_matter(rows: Sequence[SummedRow], config: PublishConfig, inventory: Inventory) -> str:
    """What the Hub reads."""
    from datasets.info import DatasetInfo, DatasetInfosDict
    from huggingface_hub import DatasetCardData

    licenses = {row.license for row in rows}
    extra: dict[str, Any] = {}
    if config.gate:
        extra["extra_gated_prompt"] = (
            "The rows carry their own licences and attributions. By asking for access you agree to keep them, "
            "and to delete a work when its artist asks for it."
        )
    if configs := configurations(config.format, inventory.splits_of_configurations()):
        extra["configs"] = configs
    else:
        extra["viewer"] = False  # a zip, or a list of addresses: the Hub would guess, and fail
    data = DatasetCardData(
        pretty_name=config.title,
        license="cc0-1.0" if licenses == {"CC0-1.0"} else "other",
        license_name=None if licenses == {"CC0-1.0"} else "per-row",
        license_link=None if licenses == {"CC0-1.0"} else "README.md#licences",
        annotations_creators=["machine-generated"],
        size_categories=[_size_category(len(rows))],
        task_categories=["unconditional-image-generation", "image-feature-extraction"],
        tags=["art", "faces", "portraits"],
        **extra,
    )
    if config.format in FEATURES:
        DatasetInfosDict({"pixels": DatasetInfo(features=FEATURES[config.format]())}).to_dataset_card_data(data)
    return data.to_yaml().strip()


def cell(value: object) -> str:
    """Text from outside, harmless in a Markdown table: no tags, no new columns, lines or links."""
    text = " ".join(html.escape(str(value), quote=False).split())
    return "".join(f"\\{letter}" if letter in "|[]*_`" else letter for letter in text)


def _ranked(names: Iterable[str]) -> list[tuple[str, int]]:
    return _ranked_counter(Counter(names))


def _ranked_counter(counted: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def _group(journal: Journal, record: type[Artwork] | type[Face], column: str, where: str) -> list[tuple[str, int]]:
    sql = f"SELECT coalesce({column}, 'unknown') FROM {record.table} WHERE {where}"
    return _ranked(str(name) for (name,) in journal.execute(sql))


def _quartiles(values: list[float]) -> tuple[int, int, int] | None:
    import numpy as np

    if not values:
        return None
    low, middle, high = np.percentile(values, [25, 50, 75])
    return round(low), round(middle), round(high)


def _size_category(count: int) -> str:
    return next((name for limit, name in SIZES if count < limit), "n>1M")
