"""Aligned faces drawn by ten filters, as a set of artworks whose styles are known: many faces in every style.

    python -m pipelines.draw_portraits FACES OUT --size 128

writes `OUT/STYLE/FACE.png`. A drawing that lies there at this size is kept, so a run that was killed goes on; remove
those of faces that were exchanged. `split_faces.py` divides faces beforehand, so that some can be held out.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro
from PIL import Image

from blendgan.command import Command, CommonConfig, run
from blendgan.config import Allowed
from blendgan.console import Console
from blendgan.data.folder import ImageFolder, open_folder
from blendgan.data.metadata import METADATA, facts_below
from blendgan.errors import UserError
from blendgan.out_folder import held
from pipelines.drawing.drawing_styles import STYLES, Filter, Picture
from pipelines.face_facts import names_of, write_facts


@dataclass(frozen=True, kw_only=True)
class DrawPortraitsConfig(CommonConfig):
    """Settings of the drawings."""

    faces: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="FACES")]
    """Folder of aligned faces."""
    out: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="OUT")]
    """Folder for the drawings: a subfolder for each style, a file in it for each face."""
    size: Annotated[int, Allowed("32 or more", lambda x: x >= 32)] = 128
    """Side of the drawings, px; the filters are made for 128."""


def draw_portraits(config: DrawPortraitsConfig, console: Console) -> None:
    """Draw every face in every style."""
    faces = open_folder(config.faces, config.size)
    for refusal in faces.refused:
        console.warn(f"{refusal.path}: {refusal.reason}; left out")
    if not faces.paths:
        raise UserError(f"{config.faces} has no square picture of {config.size} px or more; give another --size")
    total = len(faces) * len(STYLES)
    if not config.dry_run:
        with held(config.out):
            draw(faces, config.out, console)
    console.result(f"{total} drawings of {len(faces)} faces", drawings=total, faces=len(faces), out=str(config.out))


def draw(faces: ImageFolder, out: Path, console: Console, styles: Mapping[str, Filter] = STYLES) -> None:
    """Write `STYLE/FACE.png` in the size of `faces` into `out`, and what is known of the faces beside them."""
    names = names_of(faces.root, faces.paths)
    with console.progress(len(names), "face") as progress:
        for index, name in enumerate(names):
            targets = {style: out / style / f"{name}.png" for style in styles}
            missing = {style: path for style, path in targets.items() if drawn_size(path) != faces.size}
            face = faces.read(index) if missing else np.empty(0)
            for style, path in missing.items():
                save_whole(styles[style](face), path)
            progress.advance()
    known = facts_below(faces.root)
    rows = {
        f"{style}/{name}.png": known[path] | {"drawn_in": style}
        for style in styles
        for name, path in names.items()
        if path in known
    }
    write_facts(out / METADATA, rows)


def drawn_size(path: Path) -> int:
    """Side of a drawing, px; 0 where there is none."""
    if not path.exists():
        return 0
    with Image.open(path) as image:
        return image.width


def save_whole(picture: Picture, path: Path) -> None:
    """Write a PNG; a run that is killed leaves none, or one whose name is no picture's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    Image.fromarray(picture).save(temporary, format="PNG")
    temporary.replace(path)


COMMAND = Command(
    config="pipelines.draw_portraits:DrawPortraitsConfig",
    stage="pipelines.draw_portraits:draw_portraits",
    summary="Draw aligned faces by ten filters: artworks whose styles are known.",
    example="python -m pipelines.draw_portraits split/train drawn/train --size 128",
)

if __name__ == "__main__":
    sys.exit(run("python -m pipelines.draw_portraits", COMMAND, sys.argv[1:]))
