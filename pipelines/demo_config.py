"""Settings of the demo, and where things lie below its folder."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from blendgan.command import CommonConfig
from blendgan.config import Count
from blendgan.evaluation.config import Pictures
from blendgan.training.presets import GAN
from pipelines.judging import Judging
from pipelines.local_museum.server import LocalMuseum

USUAL_PORT = 8461


def default_images() -> Path | None:
    """`$DEMO_IMAGES`, a folder of one's own pictures."""
    return Path(os.environ["DEMO_IMAGES"]) if os.environ.get("DEMO_IMAGES") else None


@dataclass(frozen=True, kw_only=True)
class DemoConfig(CommonConfig):
    """Settings of the demo."""

    out: Path = Path("demo")
    """Folder of the demo: pictures, work folder and report."""
    images: Path | None = field(default_factory=default_images)
    """Folder of pictures to use instead of the portraits of Battle for Wesnoth (default from $DEMO_IMAGES)."""
    license: str = "CC0-1.0"
    """SPDX licence that the local server states for pictures of --images."""
    size: int = 256
    """Side of the aligned faces, px."""
    style_encoder_steps: Count = 400
    """Training steps of the style encoder; the judge, which has fewer drawings, takes four times as many."""
    natural_steps: Count = GAN["demo"].natural_steps
    """Training steps of natural faces alone."""
    gan_steps: Count = GAN["demo"].steps
    """Training steps of the generator and its three discriminators, those of natural faces included."""
    measured_faces: Pictures = 16
    """Faces that the trained model draws to be measured."""

    @property
    def work(self) -> Path:
        """The build's work folder; the training runs lie in it too."""
        return self.out / "work"

    @property
    def museum(self) -> LocalMuseum:
        """The pictures that are crawled, behind a local server."""
        return LocalMuseum.below(self.out, self.images, self.license, USUAL_PORT)

    @property
    def faces(self) -> Path:
        """The kept faces, published as pictures."""
        return self.work / "faces-release"

    @property
    def judging(self) -> Judging:
        """The kept faces in parts (to train on, to train the judge on, held out), their drawings, and the judge."""
        return Judging(self.work)

    @property
    def style_encoder(self) -> Path:
        """The run of the style encoder that learns from the drawings."""
        return self.work / "runs" / "style-encoder"

    @property
    def gan(self) -> Path:
        """The run of the generator; its model is in `final`."""
        return self.work / "runs" / "gan"

    @property
    def evaluation(self) -> Path:
        """What `blendgan-eval` finds of it."""
        return self.work / "evaluation"
