"""The commands `blendgan-*`: tables of sub-commands. Help comes from `config.py`, heavy imports wait for the stage."""

import sys

from blendgan.command import Command
from blendgan.command import main as run_program

GENERATE = {
    "grid": Command(
        config="blendgan.config:GridConfig",
        stage="blendgan.inference.grid:run",
        summary="Draw faces (columns) in styles (rows) on one sheet.",
        example="blendgan-generate grid --model runs/gan/final --styles paintings/ --out samples",
    ),
}

TRAIN = {
    "style-encoder": Command(
        config="blendgan.config:TrainStyleEncoderConfig",
        stage="blendgan.training.stages:train_style_encoder",
        summary="Train the style encoder by contrast on artworks.",
        example="blendgan-train style-encoder --artworks aahq/ --out runs/style --preset tiny",
    ),
    "gan": Command(
        config="blendgan.config:TrainGanConfig",
        stage="blendgan.training.stages:train_gan",
        summary="Train the generator against three discriminators.",
        example="blendgan-train gan --faces ffhq/ --artworks aahq/ --style-encoder runs/style/final --out runs/gan",
    ),
}


def generate() -> None:
    """Entry point of `blendgan-generate`."""
    sys.exit(run_program("blendgan-generate", GENERATE, "Generate faces in artistic styles with a trained model."))


def train() -> None:
    """Entry point of `blendgan-train`."""
    sys.exit(run_program("blendgan-train", TRAIN, "Train BlendGAN, stage by stage."))
