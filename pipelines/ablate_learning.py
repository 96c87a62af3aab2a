"""What each part of the `demo` preset is good for: the same training without it, judged alike.

    python -m pipelines.ablate_learning FACES OUT

Faces are divided and drawn in ten styles, encoders and a judge are trained, and every row of the table is a training
of its own. The recipe is whole; the other rows start from its natural stage and have fewer steps with styles, as the
row `shorter` has, which they are to be compared with. All of it resumes, and rows that are judged are not trained
again. A row takes one core for some twenty minutes; calls with other `--rows` share the work when the first has
finished `--rows prepare`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from blendgan.command import CommonConfig
from blendgan.config import Count
from blendgan.errors import UserError

NATURAL_STEPS = 1800
SEEDS = (0, 1)


@dataclass(frozen=True)
class Row:
    """A training of the table."""

    meaning: str
    """What is other than in the recipe."""
    seed: int = 0
    encoder: str = "encoder-folder"
    artworks: str = "drawn/train"
    flags: str = ""
    natural: bool = True
    """Starts from the natural stage of its seed."""
    whole: bool = False
    """Has all steps of the preset; the others have `--short-steps` with styles."""


ROWS = {
    "recipe": Row("the recipe", whole=True),
    "recipe-1": Row("the recipe, another seed", seed=1, whole=True),
    "views": Row("style encoder by views (the paper's)", encoder="encoder-views", whole=True),
    "shorter": Row("the recipe with fewer steps"),
    "no-natural-stage": Row("no natural stage", natural=False, flags="--no-trunks-from-face"),
    "no-same-face": Row("no loss for the same face", flags="--same-face-loss 0"),
    "features": Row("that loss by features of VGG-19", flags="--same-face-form features"),
    "one-start": Row("all face weights begin at 0.4", flags="--face-weight-coarse-layers 0"),
    "fresh-trunks": Row("discriminators of styles begin at random", flags="--no-trunks-from-face"),
    "portraits": Row("portraits as artworks, encoder by views", encoder="encoder-portraits", artworks="split/train"),
}


@dataclass(frozen=True, kw_only=True)
class AblateLearningConfig(CommonConfig):
    """Settings of the table."""

    faces: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="FACES")]
    """Folder of aligned faces, some hundred."""
    out: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="OUT")]
    """Folder for drawings, trainings and the table."""
    rows: tuple[str, ...] = tuple(ROWS)
    """Rows to train and judge; `prepare` stops before the first."""
    short_steps: Count = 1200
    """Steps with styles of the rows that are not whole."""

    def check(self) -> None:
        """Rows that there are."""
        super().check()
        if unknown := set(self.rows) - {"prepare", *ROWS}:
            raise UserError(f"--rows names {min(unknown)}; give some of prepare, {', '.join(ROWS)}")


@dataclass(frozen=True)
class Recipe:
    """The words of the commands, for one set of faces and one folder."""

    faces: Path
    out: Path
    short_steps: int

    def preparation(self) -> list[list[str]]:
        """Split, drawings, encoders and judge."""
        split, drawn = self.out / "split", self.out / "drawn"
        parts = ("train", "judge", "held-out")
        return [
            ["python", "-m", "pipelines.split_faces", str(self.faces), str(split)],
            *(["python", "-m", "pipelines.draw_portraits", f"{split}/{part}", f"{drawn}/{part}"] for part in parts),
            self.encoder("encoder-folder", drawn / "train", "--positives folder"),
            self.encoder("encoder-views", drawn / "train", "--positives views"),
            self.encoder("encoder-portraits", split / "train", "--positives views --batch 32"),
            self.encoder("judge", drawn / "judge", "--positives folder --seed 1"),
        ]

    def encoder(self, name: str, artworks: Path, flags: str) -> list[str]:
        """Train a small style encoder."""
        words = ["blendgan-train", "style-encoder", "--preset", "small", "--artworks", str(artworks)]
        return [*words, *flags.split(), "--out", str(self.out / name)]

    def gan(self, name: str, artworks: str, encoder: str, flags: str) -> list[str]:
        """Train a generator."""
        words = ["blendgan-train", "gan", "--preset", "demo", "--faces", str(self.faces)]
        words += ["--artworks", str(self.out / artworks), "--style-encoder", str(self.out / encoder / "final")]
        return [*words, *flags.split(), "--out", str(self.out / name)]

    def trainings(self, name: str, row: Row) -> list[list[str]]:
        """What makes the model of a row: its natural stage, where several rows share it, and its own training."""
        seed = f"--seed {row.seed}"
        if row.whole:
            return [self.gan(name, row.artworks, row.encoder, f"{seed} {row.flags}")]
        own = f"{seed} --natural-steps 0 --steps {self.short_steps} {row.flags}"
        if not row.natural:
            return [self.gan(name, row.artworks, row.encoder, own)]
        natural = f"natural-{row.seed}"
        alone = f"{seed} --steps {NATURAL_STEPS} --natural-steps {NATURAL_STEPS}"
        shared = self.gan(natural, "drawn/train", "encoder-folder", alone)
        return [shared, self.gan(name, row.artworks, row.encoder, f"{own} --init {self.out / natural / 'final'}")]
