"""From `argv` to a stage: parse a config dataclass, run the stage, turn errors into one line and an exit code.

Both packages build their commands on this file, so all of them agree on help, `--json` and exit codes:
0 every item has an outcome, 1 the command could not go on, 2 wrong usage, 130 interrupted.
"""

import argparse
import difflib
import importlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from importlib.metadata import version
from typing import Annotated, Any

import tyro

from blendgan.config import check_ranges
from blendgan.console import Console
from blendgan.errors import DISK_FULL, UserError

FAILED, USAGE, INTERRUPTED, BROKEN_PIPE = 1, 2, 130, 141
DEAF_S = 10.0
"""A signal that is repeated sooner says nothing new."""

Verbose = Annotated[bool, tyro.conf.arg(aliases=["-v"])]
Quiet = Annotated[bool, tyro.conf.arg(aliases=["-q"])]


@dataclass(frozen=True, kw_only=True)
class CommonConfig:
    """Flags that every command has."""

    dry_run: bool = False
    """Say what would be done and stop."""
    json: bool = False
    """Print results as JSON lines on standard output."""
    verbose: Verbose = False
    """Say more."""
    quiet: Quiet = False
    """Say only results and warnings."""

    def check(self) -> None:
        """Stop before any work on values that cannot be worked with."""
        check_ranges(self)

    def console(self) -> Console:
        """The console these flags describe."""
        return Console(json=self.json, verbosity=int(self.verbose) - int(self.quiet))


@dataclass(frozen=True)
class Command:
    """One sub-command: its config, where its stage lives and what `--help` says."""

    config: str
    """`module:Class` of the frozen config dataclass."""
    stage: str
    """`module:function`, imported only when the command runs."""
    summary: str
    example: str
    presets: str = ""
    """`module:TABLE` of settings by the name in `--preset`, for a config that has a field `settings`."""

    def load_config(self) -> type[CommonConfig]:
        """The config class, imported now."""
        loaded: type[CommonConfig] = _load(self.config)
        return loaded

    def load_stage(self) -> Callable[[CommonConfig, Console], None]:
        """The function to run, imported now (this is where the heavy libraries come in)."""
        loaded: Callable[[CommonConfig, Console], None] = _load(self.stage)
        return loaded

    def parse(self, program: str, words: Sequence[str]) -> CommonConfig:
        """The config that `words` describe, checked; settings without a flag are those of the preset."""
        kind = self.load_config()
        config = tyro.cli(
            kind,
            prog=program,
            description=f"{self.summary}\n\nExample: {self.example}",
            args=list(words),
            default=_from_preset(kind, _load(self.presets), words) if self.presets else tyro.MISSING_NONPROP,
            config=(tyro.conf.FlagCreatePairsOff,),
        )
        config.check()
        return config


def main(program: str, commands: Mapping[str, Command], about: str, argv: Sequence[str] | None = None) -> int:
    """Run `program COMMAND [OPTIONS]` and give its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["--version"]:
        sys.stdout.write(f"{program} {version('aahq-blendgan')}\n")
        return 0
    if not words or words[0] in ("-h", "--help"):
        sys.stdout.write(overview(program, commands, about))
        return 0 if words else USAGE
    if words[0] not in commands:
        hint = difflib.get_close_matches(words[0], commands, n=1)
        sys.stderr.write(
            f"{program}: no command '{words[0]}'{f', did you mean {hint[0]}?' if hint else ''} (see {program} --help)\n"
        )
        return USAGE
    return run(f"{program} {words[0]}", commands[words[0]], words[1:])


def run(program: str, command: Command, words: Sequence[str]) -> int:
    """Parse `words` into the command's config, run its stage, and give the exit code."""
    interrupt = _Interrupt()
    signal.signal(signal.SIGTERM, interrupt)
    try:
        config = command.parse(program, words)
        command.load_stage()(config, config.console())
    except UserError as error:
        sys.stderr.write(f"{program}: {error}\n")
        return FAILED
    except KeyboardInterrupt:
        if interrupt.heard_at is not None:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # all is wound down: one more would only change the exit code
        sys.stderr.write(f"{program}: interrupted; run the same command again to go on\n")
        return INTERRUPTED
    except BrokenPipeError:
        # the reader of our output has left; give Python something harmless to flush at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as error:
        sys.stderr.write(f"{program}: {_os_error_in_words(error)}\n")
        return FAILED
    return 0


def _os_error_in_words(error: OSError) -> str:
    """What the system refuses, and where, in one sentence."""
    if error.errno in DISK_FULL:
        place = f" for {error.filename}" if error.filename else ""
        return f"no space left{place}; free some and run the same command again to go on"
    place = f" {error.filename}" if error.filename else ""
    return f"the system refuses{place} ({error.strerror or error}); mend that and run the same command again"


def overview(program: str, commands: Mapping[str, Command], about: str) -> str:
    """The text of `program --help`."""
    width = max(len(name) for name in commands)
    listing = "".join(f"  {name:<{width}}  {command.summary}\n" for name, command in commands.items())
    first = next(iter(commands.values()))
    return (
        f"usage: {program} COMMAND [OPTIONS]\n\n{about}\n\n{listing}\n"
        f"Example: {first.example}\n`{program} COMMAND --help` lists the options of a command.\n"
    )


def _from_preset(config: type[CommonConfig], presets: Mapping[str, object], words: Sequence[str]) -> CommonConfig:
    """A config with the settings of the preset that `words` name; what must be given still has to be."""
    defaults: dict[str, Any] = {field.name: field.default for field in fields(config)}
    reader = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    reader.add_argument("--preset", nargs="?")
    name = reader.parse_known_args(list(words))[0].preset
    # a preset that does not exist is refused by the parser proper
    values: dict[str, Any] = {"settings": presets.get(name) or presets[defaults["preset"]]}
    values |= {name: tyro.MISSING for name, default in defaults.items() if default is MISSING}
    return config(**values)


def _load(place: str) -> Any:
    module, name = place.split(":")
    return getattr(importlib.import_module(module), name)


class _Interrupt:
    """Turns a signal into KeyboardInterrupt, but not again at once: that would cut the winding down that it began.

    Later it is taken seriously again, since an interrupt can get lost where exceptions are swallowed.
    """

    def __init__(self) -> None:
        self.heard_at: float | None = None

    def __call__(self, signum: int, frame: object) -> None:
        now = time.monotonic()
        if self.heard_at is None or now - self.heard_at >= DEAF_S:
            self.heard_at = now
            raise KeyboardInterrupt
