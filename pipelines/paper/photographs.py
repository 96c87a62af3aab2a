"""Photographs for the small scale: portraits that the demo's model never saw, as crawled, and an astronaut."""

import re
from pathlib import Path

import numpy as np
from PIL import Image

import aahq_builder
from aahq_builder.workdir import write_atomic
from blendgan.console import Console
from blendgan.data.folder import picture_files
from blendgan.errors import UserError
from pipelines.split_faces import PARTS

NUM_PORTRAITS = 6


def collect_photographs(work: Path, target: Path, console: Console) -> None:
    """Copy the originals of held-out faces of the demo in `work` into `target`, named after their titles.

    They are portraits of a game. The one photograph is skimage's: Eileen Collins, by NASA, in the public domain.
    """
    held_out = {face.stem for face in picture_files(work / "split" / PARTS[-1])}
    build = aahq_builder.open(work)
    faces = build.faces[build.faces["face_id"].isin(held_out)].drop_duplicates("artwork_id").sort_values("face_id")
    chosen = faces.head(NUM_PORTRAITS).merge(build.artworks, on="artwork_id", suffixes=("_face", ""))
    if chosen.empty:
        raise UserError(f"{work} knows no held-out face; run `make demo` again, or name pictures with --photographs")
    target.mkdir(parents=True, exist_ok=True)
    for title, path in zip(chosen["title"], chosen["path"], strict=True):
        original = work / path
        write_atomic(target / f"{slug(title)}{original.suffix}", original.read_bytes())
    save_astronaut(target / "astronaut.png", console)


def save_astronaut(path: Path, console: Console) -> None:
    """The photograph that comes with skimage, where that is installed."""
    try:
        from skimage import data
    except ImportError:
        console.info("scikit-image is not installed: without its photograph of an astronaut")
        return
    Image.fromarray(np.asarray(data.astronaut())).save(path)  # type: ignore[no-untyped-call]


def slug(title: str) -> str:
    """A title as the name of a file."""
    return re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-") or "untitled"
