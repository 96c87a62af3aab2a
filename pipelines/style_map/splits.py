"""Faces to train on and faces to judge by, drawn in techniques that keep their palette."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aahq_builder.workdir import write_atomic
from blendgan.checkpoints.store import network_home, read_config
from blendgan.console import Console
from blendgan.data.folder import ImageFolder, judged, picture_files, why_refused
from blendgan.data.metadata import METADATA, facts_below
from blendgan.errors import UserError
from pipelines.draw_portraits import draw
from pipelines.drawing.painting_techniques import TECHNIQUES
from pipelines.face_facts import names_of, write_facts
from pipelines.split_faces import split

FEWEST_TO_TRAIN = 2
HELD_OUT = "held-out"


@dataclass(frozen=True)
class Split:
    """One division of the faces, and what is made of it: all of it lies in `place`."""

    place: Path
    seed: int
    num_held_out: int
    """Faces that no encoder is trained on."""
    draws: bool
    """Whether the others are drawn, too, or learned from as they are."""
    size: int
    """Side of drawings, px."""

    @property
    def training(self) -> Path:
        """The pictures that the encoder learns from."""
        return self.place / "training"

    @property
    def held_out(self) -> Path:
        """Drawings of faces that it never saw: `TECHNIQUE/FACE.png`."""
        return self.place / HELD_OUT

    @property
    def run(self) -> Path:
        """The training of the encoder."""
        return self.place / "style-encoder"

    @property
    def encoder(self) -> Path:
        """The trained style encoder."""
        return self.run / "final"

    @property
    def weights(self) -> str:
        """What tells its weights from others'."""
        return str(read_config(network_home(self.encoder, "style_encoder")).get("weights_sha256", "unknown"))


def prepare(split: Split, faces: Path, console: Console) -> None:
    """Divide the pictures below `faces`, and draw those held out, and those to train on where that is wanted.

    What lies there already is kept, and must be of the same faces.
    """
    paths = names_of(faces, picture_files(faces))
    training, judging = divide(sorted(paths), split.num_held_out, split.seed)
    note = split.place / "faces.json"
    now = {"training": training, HELD_OUT: judging, "draws": split.draws, "size": split.size}
    if note.exists() and json.loads(note.read_text(encoding="utf-8")) != now:
        raise UserError(f"{split.place} was begun with other faces or settings; remove it, or give another --out")
    write_atomic(note, json.dumps(now).encode())
    console.info(f"{split.place}: {len(training)} faces to train on, {len(judging)} held out")
    to_train, to_judge = ([paths[name] for name in names] for names in (training, judging))
    draw(folder_of_some(faces, to_judge, split.size), split.held_out, console, TECHNIQUES)
    if split.draws:
        draw(folder_of_some(faces, to_train, split.size), split.training, console, TECHNIQUES)
    else:
        link(faces, to_train, split.training)


def divide(names: Sequence[str], held_out: int, seed: int) -> tuple[list[str], list[str]]:
    """Names to train on, and `held_out` others."""
    if len(names) < held_out + FEWEST_TO_TRAIN:
        raise UserError(
            f"{len(names)} faces are too few to hold out {held_out} and train on {FEWEST_TO_TRAIN} or more; "
            "give more faces or a smaller --held-out"
        )
    share = held_out / len(names)
    parts = split(names, {"training": 1 - share, HELD_OUT: share}, seed)
    return parts["training"], parts[HELD_OUT]


def folder_of_some(root: Path, paths: Sequence[Path], size: int) -> ImageFolder:
    """These pictures, each decoded once; one that cannot be drawn is an error."""
    folder = judged(root, size, {path: why_refused(path, size) for path in paths})
    for refusal in folder.refused:
        raise UserError(f"{refusal.path} cannot be drawn at {size} px: {refusal.reason}; remove it")
    return folder


def link(root: Path, paths: Sequence[Path], target: Path) -> None:
    """Links to the pictures, with what is known of each: a large set is not copied."""
    target.mkdir(parents=True, exist_ok=True)
    known = facts_below(root)
    for path in paths:
        place = target / path.name
        if not place.exists():
            place.unlink(missing_ok=True)  # a link whose picture has moved
            place.symlink_to(path.resolve())
    write_facts(target / METADATA, {path.name: known.get(path, {}) for path in paths})
