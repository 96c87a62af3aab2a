"""What each part of the `demo` preset is good for: the same training without it, judged alike.

    python -m pipelines.ablate_learning FACES OUT

Faces are divided and drawn in ten styles, encoders and a judge are trained (`judging.py`), and every row of the table
is a training of its own with as many steps with styles. All of it resumes, and a row that was judged is not trained
again. A row takes one core for at most twenty minutes; once `--rows prepare` has run, calls with other `--rows` can
share the work.
"""

import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from blendgan.command import Command, CommonConfig, run
from blendgan.console import Console
from blendgan.errors import UserError
from blendgan.training.presets import GAN
from pipelines.commands import announce, call
from pipelines.judging import Judging, prepare_judging

PREPARE = "prepare"
STYLED_STEPS = GAN["demo"].steps - GAN["demo"].natural_steps


@dataclass(frozen=True)
class Ablation:
    """A training of the table."""

    meaning: str
    """What is other than in the recipe."""
    flags: str = ""
    seed: int = 0
    encoder: str = "folder"
    artworks: str = "drawn/train"


ROWS = {
    "recipe": Ablation("the recipe"),
    "recipe-1": Ablation("the recipe, another seed", seed=1),
    "views": Ablation("style encoder by views (the paper's)", encoder="views"),
    "no-natural-stage": Ablation("no natural stage", f"--natural-steps 0 --steps {STYLED_STEPS} --no-trunks-from-face"),
    "no-mismatch": Ablation("no loss for mismatched codes", "--mismatch-loss 0"),
    "no-same-face": Ablation("no loss for the same face", "--same-face-loss 0"),
    "features": Ablation("that loss by features", "--same-face-form features"),
    "one-start": Ablation("all face weights begin at 0.4", "--face-weight-coarse-layers 0"),
    "fresh-trunks": Ablation("discriminators of styles begin at random", "--no-trunks-from-face"),
    "portraits": Ablation("portraits as artworks, encoder by views", encoder="portraits", artworks="split/train"),
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

    def check(self) -> None:
        """Rows that there are."""
        super().check()
        if unknown := set(self.rows) - {PREPARE, *ROWS}:
            raise UserError(f"--rows names {min(unknown)}; give some of {PREPARE}, {', '.join(ROWS)}")

    @property
    def table(self) -> Path:
        """The figures of every row that was judged."""
        return self.out / "table.jsonl"


def ablate_learning(config: AblateLearningConfig, console: Console) -> None:
    """Train and judge every row that was not yet; print the table."""
    done = {row["row"] for row in judged(config.table)}
    rows = {name: row for name, row in ROWS.items() if name in config.rows and name not in done}
    if config.dry_run:
        announce((*encoders(config), *(training(config, name) for name in rows)), console)
        return
    prepared = config.out / "prepared"
    if not prepared.exists():  # or several calls would wait for each other
        prepare_judging(config.faces, config.out, console)
        for command in encoders(config):
            call(command, console, on_one_core=True)
        prepared.touch()
    judging = Judging(config.out)
    for name in rows:
        call(training(config, name), console, on_one_core=True)
        note(config.table, figures_of(judging, config, name))
    for line in markdown(judged(config.table)):
        console.result(line)


def encoders(config: AblateLearningConfig) -> list[str]:
    """The style encoders that condition the models."""
    out, train = shlex.quote(str(config.out)), "blendgan-train style-encoder --preset small"
    return [
        f"{train} --artworks {out}/drawn/train --positives folder --out {out}/encoders/folder",
        f"{train} --artworks {out}/drawn/train --positives views --out {out}/encoders/views",
        f"{train} --artworks {out}/split/train --positives views --out {out}/encoders/portraits",
    ]


def training(config: AblateLearningConfig, name: str) -> str:
    """What makes the model of a row."""
    row, out = ROWS[name], shlex.quote(str(config.out))
    return (
        f"blendgan-train gan --preset demo --seed {row.seed} --faces {out}/split/train --artworks {out}/{row.artworks}"
        f" --style-encoder {out}/encoders/{row.encoder}/final {row.flags} --out {out}/runs/{name}"
    )


def figures_of(judging: Judging, config: AblateLearningConfig, name: str) -> dict[str, Any]:
    """What the model of a row reaches."""
    figures = judging.figures(config.out / "runs" / name / "final")
    return {"row": name, **asdict(figures)}


def judged(table: Path) -> list[dict[str, Any]]:
    """The rows that were judged, in the order of the table."""
    lines = table.read_text(encoding="utf-8").splitlines() if table.exists() else []
    rows = {row["row"]: row for row in map(json.loads, lines)}
    return [rows[name] for name in ROWS if name in rows]


def note(table: Path, row: dict[str, Any]) -> None:
    """Add a row in one write: other calls may add theirs."""
    with table.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def markdown(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The table for a page."""
    kept = list(rows[0]["kept"]) if rows else []
    names = ["style", "style by Gram vectors", *(f"face by {name}" for name in kept), "diversity", "KID, natural"]
    lines = [f"| | {' | '.join(names)} |", f"|{'---|' * (len(names) + 1)}"]
    for row in rows:
        shares = [row["agreement"], row["gram_agreement"], *row["kept"].values()]
        cells = [f"{share['model']:.2f} of {share['drawings']:.2f}" for share in shares]
        cells += [f"{row['diversity']:.2f}", ", ".join(f"{value:.4f}" for value in row["kid"].values())]
        lines.append(f"| {ROWS[row['row']].meaning} | {' | '.join(cells)} |")
    return lines


COMMAND = Command(
    config="pipelines.ablate_learning:AblateLearningConfig",
    stage="pipelines.ablate_learning:ablate_learning",
    summary="Train the demo's recipe with and without each of its parts, and judge what becomes of it.",
    example="python -m pipelines.ablate_learning demo/work/faces-release ablation --rows recipe no-same-face",
)

if __name__ == "__main__":
    sys.exit(run("python -m pipelines.ablate_learning", COMMAND, sys.argv[1:]))
