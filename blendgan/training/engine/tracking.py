"""The log of a run in an experiment tracker, for those who ask for one: trackio (local) or Weights & Biases.

Both share three calls. A resumed run goes on under its name; steps that are taken again may show twice there.
"""

import contextlib
import importlib
import importlib.util
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from blendgan.errors import UserError

Tracker = Literal["none", "trackio", "wandb"]
PROJECT = "blendgan"


def check_installed(tracker: Tracker) -> None:
    """Stop before any work where the library is missing."""
    if tracker != "none" and importlib.util.find_spec(tracker) is None:
        raise UserError(f"--tracker {tracker} needs the package {tracker}: pip install {tracker}")


class TrackedRun:
    """The run of a folder, opened or gone on with; its settings are those of its `config.json`."""

    def __init__(self, tracker: Tracker, folder: Path) -> None:
        self.library = importlib.import_module(tracker)
        name = f"{folder.resolve().parent.name}-{folder.name}"
        particular: dict[str, Any] = {"id": name} if tracker == "wandb" else {"auto_log_cpu": False}
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        with contextlib.redirect_stdout(sys.stderr):  # our results alone stand on standard output
            self.library.init(project=PROJECT, name=name, config=config, resume="allow", **particular)

    def log(self, step: int, numbers: Mapping[str, float]) -> None:
        """One row."""
        self.library.log(dict(numbers), step=step)

    def finish(self) -> None:
        """Write what is left."""
        with contextlib.redirect_stdout(sys.stderr):
            self.library.finish()
