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


def generate() -> None:
    """Entry point of `blendgan-generate`."""
    sys.exit(run_program("blendgan-generate", GENERATE, "Generate faces in artistic styles with a trained model."))
