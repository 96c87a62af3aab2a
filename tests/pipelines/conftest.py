"""Recipes run their commands in the process of the test, which has loaded the libraries."""

import shlex
from collections.abc import Callable

import pytest

from aahq_builder.cli import COMMANDS
from blendgan.cli import TRAIN
from blendgan.console import Console


@pytest.fixture
def run_here(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Let a recipe run its commands in this process, which has loaded the libraries; gives the list of them."""

    def prepared(recipe: str) -> list[str]:
        done = []

        def call(command: str, console: Console) -> None:
            done.append(command)
            program, stage, *words = shlex.split(command)
            table = {"blendgan-train": TRAIN, "aahq-build": COMMANDS}[program]
            config = table[stage].parse(f"{program} {stage}", [*words, "-q"])
            table[stage].load_stage()(config, config.console())

        monkeypatch.setattr(f"pipelines.{recipe}.call", call)
        return done

    return prepared
