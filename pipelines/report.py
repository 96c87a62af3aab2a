"""`report.html`: what happened to every picture, what was learned and how it looks, in one file without a network."""

import io
import json
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from PIL import Image

import aahq_builder
from aahq_builder.tables import Tables
from aahq_builder.thumbnails import data_uri
from aahq_builder.tsne.outputs import read_remarks
from aahq_builder.workdir import write_atomic
from blendgan.evaluation.numbers import NUMBERS, read
from blendgan.evaluation.page import Table, table_of
from pipelines.plots import curves

THUMBNAIL_PX = 112
MAP_PX = 1600
CURVES = (
    ("Style encoder", "style-encoder", "contrastive/loss", "loss"),
    ("Discriminators", "gan", "discriminator/", "loss"),
    ("Generator", "gan", "generator/", "loss"),
    ("Face weights", "gan", "face_weight/", "share of the face"),
)
JUDGEMENTS = {
    "agreement": "style, by an encoder that did not condition the model: nearest to its own of the ten references",
    "gram_agreement": "style, by raw Gram vectors: nearest to the centre of its own of the ten styles",
    "shading": "face, by light and dark: most like its own natural picture among those beside it",
    "information": "face, by what both pictures tell of each other (mutual information of greys)",
}
"""What `figures.json` holds, in words."""
MAX_REJECTED_SHOWN = 32
MAX_GROWTH_SHOWN = 6


def write_report(out: Path, intro: str) -> Path:
    """Gather the demo's results below `out` and write `out/report.html`."""
    work = out / "work"
    build = aahq_builder.open(work)
    faces = build.faces.merge(build.artworks[["artwork_id", "title", "artist"]], on="artwork_id", how="left")
    kept = faces[faces["rejected"] == ""]
    page = _template().render(
        intro=intro,
        funnel=(funnel := _funnel(build)),
        funnel_top=max(number for _, number in funnel) or 1,
        reasons=_reasons(build),
        failures=_failures(build),
        kept=_cards(kept, work),
        credit=_credit(build.artworks),
        rejected=_cards(faces[(faces["rejected"] != "") & faces["path"].notna()].head(MAX_REJECTED_SHOWN), work),
        map_picture=_jpeg_uri(work / "map" / "map.png", MAP_PX),
        map_remarks=" ".join(read_remarks(work / "map" / "map.parquet")),
        map_page=_text(work / "map" / "map.html"),
        curves=[(title, curves(work / "runs" / run / "log.jsonl", (of,), unit)) for title, run, of, unit in CURVES],
        growth=_growth(work / "runs" / "gan" / "samples"),
        judgements=_judgements(json.loads(_text(work / "figures.json") or "{}")),
        measured=_measured(work / "evaluation"),
        styled=_png_uri(work / "samples" / "styles" / "grid.png"),
        in_portraits=_png_uri(work / "samples" / "portraits" / "grid.png"),
        commands=json.loads(_text(work / "commands.json") or "[]"),
    )
    write_atomic(out / "report.html", page.encode())
    return out / "report.html"


def _template() -> jinja2.Template:
    folder = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    return jinja2.Environment(loader=folder, autoescape=True, undefined=jinja2.StrictUndefined).get_template(
        "report.html.j2"
    )


def _funnel(build: Tables) -> list[tuple[str, int]]:
    fetched = build.artworks[build.artworks["status"] == "fetched"]
    return [
        ("pictures found", len(build.artworks)),
        ("fetched", len(fetched)),
        ("with a face", int((fetched["faces_found"] > 0).sum())),
        ("faces found", len(build.faces)),
        ("faces kept", int((build.faces["rejected"] == "").sum())),
    ]


def _reasons(build: Tables) -> list[tuple[str, list[tuple[str, int]]]]:
    unfetched = build.artworks[build.artworks["status"] != "fetched"]
    looked_at = build.artworks[(build.artworks["status"] == "fetched") & (build.artworks["faces_found"] == 0)]
    refused = build.faces.loc[build.faces["rejected"] != "", "rejected"]
    return [
        ("Pictures not fetched", _tally(unfetched["error"].fillna(unfetched["status"]))),
        ("Fetched, without a face", _tally(looked_at["error"].fillna("no face"))),
        ("Faces refused by rule", _tally(refused)),
    ]


def _tally(column: "pd.Series[str]") -> list[tuple[str, int]]:
    return [(str(name), int(number)) for name, number in column.value_counts().items()]


def _failures(build: Tables) -> list[dict[Hashable, Any]]:
    failed = build.artworks[build.artworks["error"].notna()]
    return failed[["title", "error", "error_detail"]].fillna("").to_dict("records")


def _credit(artworks: pd.DataFrame) -> str:
    licences = ", ".join(sorted(artworks["license"].dropna().unique()))
    return f"Licences of the pictures: {licences or 'none on record'}; each face names its artist."


def _cards(faces: pd.DataFrame, work: Path) -> list[dict[str, str]]:
    shown = faces[["title", "artist", "rejected", "path"]].fillna("").to_dict("records")
    return [
        {
            **{str(name): str(value) for name, value in row.items()},
            "thumbnail": _jpeg_uri(work / str(row["path"]), THUMBNAIL_PX),
        }
        for row in shown
    ]


def _judgements(figures: dict[str, Any]) -> list[tuple[str, dict[str, float]]]:
    """What was measured, in words, with the shares of the model and of real drawings, and chance."""
    shares = {**figures, **figures.get("kept", {})}
    return [(words, shares[name]) for name, words in JUDGEMENTS.items() if name in shares]


def _measured(folder: Path) -> Table | None:
    """What blendgan-eval found of the model."""
    if not (folder / NUMBERS).exists():
        return None
    readings = read(folder).readings
    return table_of(readings[0].model, readings)


def _growth(folder: Path) -> list[tuple[int, str]]:
    """Sample grids from first to last, as (step, picture)."""
    grids = sorted((int("".join(filter(str.isdigit, path.stem))), path) for path in folder.glob("*.png"))
    return [(step, _png_uri(path)) for step, path in _spread(grids, MAX_GROWTH_SHOWN)]


def _spread(items: Sequence[tuple[int, Path]], most: int) -> Iterable[tuple[int, Path]]:
    """First, last and evenly spaced ones between them."""
    if len(items) <= most:
        return items
    return [items[round(index * (len(items) - 1) / (most - 1))] for index in range(most)]


def _jpeg_uri(path: Path, max_px: int) -> str:
    """A picture no larger than `max_px`, as a data URI; empty if there is none."""
    if not path.exists():
        return ""
    encoded = io.BytesIO()
    with Image.open(path) as picture:
        small = picture.convert("RGB")
    small.thumbnail((max_px, max_px), Image.Resampling.LANCZOS)
    small.save(encoded, format="JPEG", quality=85)
    return data_uri(encoded.getvalue())


def _png_uri(path: Path) -> str:
    return data_uri(path.read_bytes(), "png") if path.exists() else ""


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""
