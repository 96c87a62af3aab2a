"""A style encoder for a data set's map: trained on it, and judged by faces in techniques that are known.

    python -m pipelines.map_styles --scale small
    python -m pipelines.map_styles --scale full --work aahq/work --out map-styles

A map by style is of use if pictures of one technique lie together, whoever they show. So some faces are held out and
drawn in twelve techniques that keep their palette; what the trained encoder makes of them is laid out as
`aahq-build tsne` lays faces out, and so are the Gram vectors that the encoder reads, and colour histograms. At the
small scale the encoder learns from drawings of the other faces, without being told their techniques: portraits of one
game have but one style of their own.
"""

import json
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from aahq_builder.workdir import write_atomic
from blendgan.command import Command, CommonConfig, run
from blendgan.config import Allowed, Count, Seed
from blendgan.console import Console
from blendgan.errors import UserError
from blendgan.evaluation.drawings import MOST_FACES
from pipelines.commands import announce, call
from pipelines.paper.config import Scale
from pipelines.style_map.data_set import open_data_set
from pipelines.style_map.figures import in_words, judged_once, markdown, picture_of, ratios_of, table_of
from pipelines.style_map.splits import Split, prepare

TRAINING: Mapping[Scale, str] = {
    "small": "--preset tiny --taps relu1_2 relu2_2 --latent-dim 20 --temperature 0.5 --batch 128 --steps 400",
    "full": "--preset paper",
}
POSITIVES: Mapping[Scale, Literal["views", "crops"]] = {"small": "crops", "full": "views"}
SIZES: Mapping[Scale, int] = {"small": 128, "full": 256}
"""Side in px of drawings, which is what the encoder reads."""
SPLITS: Mapping[Scale, int] = {"small": 3, "full": 1}


@dataclass(frozen=True, kw_only=True)
class MapStylesConfig(CommonConfig):
    """Settings of the recipe."""

    scale: Scale = "small"
    """small: minutes of one CPU core; full: the paper's style encoder, for a GPU."""
    work: Path = Path("demo/work")
    """Work folder of a build: its kept faces are the data set, and its map is laid out by the trained encoder."""
    faces: Path | None = None
    """Faces in place of a build's: a folder, a release with pixels, or hf:ORG/NAME. No map of them is laid out."""
    learn_from: Literal["drawings", "faces"] | None = None
    """Pictures to train on: the data set's faces as they are, or drawings of them in the techniques (default: drawings
    at the small scale, faces at the full one)."""
    positives: Literal["views", "crops"] | None = None
    """What gets the same code: two affine views of a picture, as in the paper, or two crops (default: crops at the
    small scale, views at the full one)."""
    held_out: Annotated[int, Allowed(f"2 to {MOST_FACES}", lambda x: 2 <= x <= MOST_FACES)] = MOST_FACES
    """Faces that no encoder is trained on, and by which it is judged."""
    splits: Count | None = None
    """Divisions of the faces, each with a training of its own (default: 3 at the small scale, 1 at the full one). A
    rerun may ask for more."""
    seed: Seed = 0
    """Of the first split; the others have the numbers that follow."""
    out: Path = Path("map-styles")
    """Folder for drawings, trainings, figures and the picture."""

    @property
    def data(self) -> Path:
        """Where the pictures of the data set are found."""
        return self.faces or self.out / "faces"

    @property
    def divisions(self) -> list[Split]:
        """The splits, by seed."""
        draws = (self.learn_from or ("drawings" if self.scale == "small" else "faces")) == "drawings"
        seeds = range(self.seed, self.seed + (self.splits or SPLITS[self.scale]))
        return [Split(self.out / f"split-{seed}", seed, self.held_out, draws, SIZES[self.scale]) for seed in seeds]


def map_styles(config: MapStylesConfig, console: Console) -> None:
    """Train, judge and draw; a rerun goes on where the last one stopped."""
    before, after = publish_commands(config), map_commands(config)
    if config.dry_run:
        announce([*before, *(train_command(config, split) for split in config.divisions), *after], console)
        console.result(f"{config.held_out} faces of {config.data} are held out of each training, drawn and judged by")
        return
    for command in before:
        call(command, console)
    faces = open_data_set(config.data, config.out / "faces", console)
    for split in config.divisions:
        prepare(split, faces, console)
        call(train_command(config, split), console)
        judged_once(split, console)
    for command in after:
        call(command, console)
    save(config, console)


def publish_commands(config: MapStylesConfig) -> list[str]:
    """The kept faces of a build as pictures."""
    if config.faces is not None:
        return []
    if not config.work.is_dir():
        raise UserError(f"{config.work} is no work folder; run `make demo`, or name a build with --work or --faces")
    to, work = shlex.quote(str(config.data)), shlex.quote(str(config.work))
    return [f"aahq-build publish --to {to} --content pixels --format imagefolder --work {work}"]


def train_command(config: MapStylesConfig, split: Split) -> str:
    """What trains the encoder of a split."""
    places = f"--artworks {shlex.quote(str(split.training))} --out {shlex.quote(str(split.run))}"
    positives = config.positives or POSITIVES[config.scale]
    how = f"{TRAINING[config.scale]} --positives {positives} --seed {split.seed}"
    return f"blendgan-train style-encoder {how} {places}"


def map_commands(config: MapStylesConfig) -> list[str]:
    """The build's own map, by the encoder of the first split."""
    if config.faces is not None:
        return []
    encoder, work = shlex.quote(str(config.divisions[0].encoder)), shlex.quote(str(config.work))
    return [f"aahq-build tsne --style-encoder {encoder} --work {work}"]


def save(config: MapStylesConfig, console: Console) -> None:
    """Write the picture of the first split and the figures of all, and print their table."""
    found = [judged_once(split, console) for split in config.divisions]
    table, ratios = table_of(found), ratios_of(found)
    picture = config.out / "map-styles.png"
    write_atomic(picture, picture_of(config.divisions[0], found[0]))
    facts = {"training": train_command(config, config.divisions[0]), "shares": table, "trained_over": ratios}
    write_atomic(picture.with_suffix(".json"), json.dumps({**facts, "splits": found}, indent=2).encode())
    for line in markdown(table, ratios):
        console.info(line)
    gram, colours = (in_words(ratios[other]["map_purity"]) for other in ("gram", "colours"))
    console.result(
        f"neighbourhoods on the trained encoder's map are {gram} times as pure as by Gram vectors, {colours} times as "
        f"by colours, over {len(found)} splits: {picture}",
        picture=str(picture),
        **facts,
    )


COMMAND = Command(
    config="pipelines.map_styles:MapStylesConfig",
    stage="pipelines.map_styles:map_styles",
    summary="Train a style encoder on a data set, lay out its map, and say how pure such a map is beside others.",
    example="python -m pipelines.map_styles --scale small --work demo/work --out map-styles",
)

if __name__ == "__main__":
    sys.exit(run("python -m pipelines.map_styles", COMMAND, sys.argv[1:]))
