"""Commands of the project, run one after the other or side by side, and what each came to."""

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

from aahq_builder.workdir import write_atomic
from blendgan.console import Console
from blendgan.errors import UserError

SideBySide = Sequence[Sequence[str]]
"""Lists of commands that need nothing of each other; those of one list follow each other."""


@dataclass(frozen=True)
class Done:
    """A command that was run."""

    command: str
    seconds: float
    result: str
    """Its last line."""


def call(command: str, console: Console, *, needs_all: bool = True, on_one_core: bool = False) -> Done:
    """Run one of the project's commands, as `aahq-build align …`.

    One that does not need all may have met a site that is out of reach today.
    """
    name, *options = shlex.split(command)
    console.info(f"\n$ {command}")
    began = time.monotonic()
    env = os.environ | ({"OMP_NUM_THREADS": "1"} if on_one_core else {})
    finished = subprocess.run([program(name), *options], stdout=subprocess.PIPE, text=True, env=env, check=False)
    if finished.returncode not in ((0,) if needs_all else (0, 1)):
        raise UserError(f"`{command}` ended with exit code {finished.returncode}; mend that and run this again")
    result = (finished.stdout.strip().splitlines() or [""])[-1]
    console.info(result)
    return Done(command, time.monotonic() - began, result)


def call_side_by_side(lists: SideBySide, console: Console) -> list[Done]:
    """Run these at the same time, each list on one core, since most commands do not fill two; one alone has all."""
    if len(lists) == 1:
        return [call(command, console) for command in lists[0]]
    with ThreadPoolExecutor(len(lists)) as pool:
        done = pool.map(lambda commands: [call(command, console, on_one_core=True) for command in commands], lists)
        return list(chain(*done))


def announce(commands: Iterable[str], console: Console) -> None:
    """Say what a recipe would run."""
    for command in commands:
        console.result(command, command=command)


def note_commands(note: Path, done: list[Done]) -> None:
    """Write down what was run; of a command that had nothing left to do, what it did the first time stays."""
    before = {step["command"]: Done(**step) for step in json.loads(note.read_text())} if note.exists() else {}
    kept = [max(step, before.get(step.command, step), key=lambda run: run.seconds) for step in done]
    write_atomic(note, json.dumps([asdict(step) for step in kept]).encode())


def program(name: str) -> str:
    """A console script of the environment this runs in."""
    return str(Path(sys.executable).with_name(name))
