"""What is needed to train a model on drawn styles and to judge it by faces that nothing was trained on.

Faces are divided, each part is drawn, and an encoder learns the styles from the drawings of its own part.
"""

from dataclasses import dataclass
from pathlib import Path

from blendgan.cli import TRAIN
from blendgan.console import Console
from blendgan.evaluation.face_identity import identity_likeness
from blendgan.evaluation.jury import LIKENESSES
from blendgan.evaluation.style_figures import StyleFigures, judge_model
from blendgan.training.presets import STYLE_ENCODER
from pipelines.draw_portraits import DrawPortraitsConfig, draw_portraits
from pipelines.split_faces import PARTS, SplitFacesConfig, split_faces

JUDGE_STEPS = 4 * STYLE_ENCODER["small"].steps
"""Of real drawings that it never saw, a judge of 20 faces finds the style of 0.875 after 400 steps, 0.89 after 800 and
0.93 after 1,600; one of 15 faces 0.855 after 400."""


@dataclass(frozen=True)
class Judging:
    """A folder with the parts of a split, their drawings, and the judge."""

    place: Path

    def faces(self, part: str) -> Path:
        """The faces of `train`, `judge` or `held-out`."""
        return self.place / "split" / part

    def drawings(self, part: str) -> Path:
        """Their drawings, `STYLE/FACE.png`."""
        return self.place / "drawn" / part

    @property
    def judge(self) -> Path:
        """The style encoder that learned from the drawings of `judge`, and from no others."""
        return self.place / "judge" / "final"

    def figures(self, model: Path, seed: int = 0, identity: bool = True) -> StyleFigures:
        """Judge a model that was trained on the part `train`; `identity` takes a minute more."""
        return judge_model(
            model,
            judge=self.judge,
            drawings=self.drawings("held-out"),
            faces=self.faces("held-out"),
            train_faces=self.faces("train"),
            seed=seed,
            likenesses={**LIKENESSES, "identity": identity_likeness} if identity else LIKENESSES,
        )


def prepare_judging(faces: Path, place: Path, console: Console, seed: int = 0) -> Judging:
    """Divide `faces`, draw them, and train the judge in the folder `place`; what is there already is kept."""
    judging = Judging(place)
    split_faces(SplitFacesConfig(faces=faces, out=place / "split", seed=seed), console)
    for part in PARTS:
        draw_portraits(DrawPortraitsConfig(faces=judging.faces(part), out=judging.drawings(part)), console)
    words = ["--preset", "small", "--positives", "folder", "--artworks", str(judging.drawings("judge"))]
    words += ["--steps", str(JUDGE_STEPS)]
    command = TRAIN["style-encoder"]
    # the encoder that conditions a model begins at seed 0
    config = command.parse("blendgan-train style-encoder", [*words, "--seed", "1", "--out", str(place / "judge")])
    command.load_stage()(config, console)
    return judging
