"""The page as one file: template, style, scripts, facts and pictures, under a policy that rules the network out."""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aahq_builder.tsne.page.atlases import ATLAS_PX, along_curve, draw_atlases, tile_side
from aahq_builder.tsne.page.columns import cluster_rows, face_columns
from aahq_builder.tsne.shown import Cluster, MapFace

STATIC = Path(__file__).parent / "static"
MODULES = (
    "facts.js",
    "groups.js",
    "model.js",
    "view.js",
    "pictures.js",
    "pixels.js",
    "painter.js",
    "overlay.js",
    "gestures.js",
    "keys.js",
    "card.js",
    "legend.js",
    "search.js",
    "clusters.js",
    "export.js",
    "selection.js",
    "frame.js",
    "main.js",
)
"""A module stands behind those that it imports."""
LINKAGE = re.compile(r'^import .* from "\./\w+\.js";\n|^export (?=const|class|function|async function)', re.MULTILINE)


def render(faces: Sequence[MapFace], title: str, remarks: Sequence[str], clusters: Sequence[Cluster] = ()) -> str:
    """The whole page, about 1.2 kB a face beyond 4,000 of them."""
    import jinja2

    ordered = _by_place(faces)
    px = tile_side(len(ordered))
    facts = {
        "tile": px,
        "columns": ATLAS_PX // px,
        "faces": face_columns(ordered),
        "clusters": cluster_rows(clusters),
    }
    pictures = [base64.b64encode(atlas).decode() for atlas in draw_atlases([face.thumbnail for face in ordered], px)]
    script, style = join_modules(), (STATIC / "map.css").read_text()
    loader = jinja2.FileSystemLoader(STATIC)
    template = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined).get_template(
        "map.html.j2"
    )
    return template.render(
        policy=f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'",
        title=title,
        sentences=remarks,
        style=style,
        script=script,
        facts=as_json(facts),
        atlases=pictures,
    )


def as_json(value: object) -> str:
    """JSON that nothing in it can end: no tag begins, `</script>` and `<!--` included."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def join_modules() -> str:
    """The scripts as one function, without imports: browsers load no modules from files."""
    parts = [LINKAGE.sub("", (STATIC / name).read_text()) for name in MODULES]
    return '(() => {\n"use strict";\n' + "\n".join(parts) + "})();\n"


def _by_place(faces: Sequence[MapFace]) -> list[MapFace]:
    if not faces:
        return []
    return [faces[index] for index in along_curve(np.array([[face.x, face.y] for face in faces])).tolist()]


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
