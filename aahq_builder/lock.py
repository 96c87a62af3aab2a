"""Which commands may work on one folder at the same time: `aahq.lock` orders them.

Every command states what it changes and what it must find unchanged. Those that get into each other's way wait, and say
for whom; a kill releases everything, because the system forgets the locks of a dead process.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from aahq_builder.errors import UserError

LOCK = "aahq.lock"
POLL_S = 0.2
NOTES_AT_MOST = 1 << 20


class Part(IntEnum):
    """Parts of a build that a command may need for itself; each is a byte of the lock file."""

    QUEUE = 0
    """Held by a command that waits for the whole folder, so that no new one begins before it."""
    LISTINGS = 1
    """What is listed and downloaded, and how fast each host is asked."""
    FACES = 2
    VERDICTS = 3
    MAP = 4
    RELEASE = 5


@dataclass(frozen=True)
class Claim:
    """What a command needs; everything else may change while it runs."""

    alone: frozenset[Part] = frozenset()
    """Nobody else may use or change these meanwhile."""
    shared: frozenset[Part] = frozenset()
    """These must stay as they are, but others may use them too."""


WHOLE_FOLDER = Claim(alone=frozenset(Part))


@contextmanager
def hold(root: Path, claim: Claim, command: str, say: Callable[[str], None]) -> Iterator[None]:
    """Wait until `command` may have its claim, telling who is in the way, and keep it for the block."""
    root.mkdir(parents=True, exist_ok=True)
    handle = os.open(root / LOCK, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        _sign(handle, claim, command)
        told = ""
        while not _take_all(handle, claim):
            if (who := ", ".join(_in_the_way(handle, claim)) or "another command") != told:
                told = who
                say(f"{command} waits for {who}")
            time.sleep(POLL_S)
        if claim == WHOLE_FOLDER:
            os.ftruncate(handle, 0)  # nobody else is here: the notes are those of the dead
            _sign(handle, claim, command)
        yield
    finally:
        os.close(handle)  # releases every lock of this process on the file


def _take_all(handle: int, claim: Claim) -> bool:
    """Take the whole claim or, but for the place in the queue, nothing of it."""
    queues = Part.QUEUE in claim.alone
    if not _take(handle, Part.QUEUE, fcntl.LOCK_EX if queues else fcntl.LOCK_SH):
        return False
    wanted = dict.fromkeys(claim.shared, fcntl.LOCK_SH) | dict.fromkeys(claim.alone, fcntl.LOCK_EX)
    wanted.pop(Part.QUEUE, None)
    done = all(_take(handle, part, kind) for part, kind in sorted(wanted.items()))
    for part in () if done else wanted:
        fcntl.lockf(handle, fcntl.LOCK_UN, 1, part)
    if not queues:
        fcntl.lockf(handle, fcntl.LOCK_UN, 1, Part.QUEUE)
    return done


def _take(handle: int, part: Part, kind: int) -> bool:
    try:
        fcntl.lockf(handle, kind | fcntl.LOCK_NB, 1, part)
    except (BlockingIOError, PermissionError):
        return False
    except OSError as error:
        remedy = "put the work folder on a disk that knows locks"
        raise UserError(f"{LOCK} cannot be locked ({error.strerror}); {remedy}") from error
    return True


def _sign(handle: int, claim: Claim, command: str) -> None:
    """Note who is here; the notes only serve to tell whom one waits for."""
    if os.fstat(handle).st_size > NOTES_AT_MOST:
        os.ftruncate(handle, 0)
    since = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    note = {"command": command, "process": os.getpid(), "host": os.uname().nodename, "since": since}
    note |= {"alone": sorted(claim.alone), "shared": sorted(claim.shared)}
    os.write(handle, (json.dumps(note) + "\n").encode())


def _in_the_way(handle: int, claim: Claim) -> list[str]:
    """The commands that have signed, still live as far as this machine knows, and exclude the claim."""
    found = []
    for line in os.pread(handle, NOTES_AT_MOST, 0).splitlines():
        note = json.loads(line)
        alone, shared = set(note["alone"]), set(note["shared"])
        excludes = bool(claim.alone & (alone | shared) or claim.shared & alone)
        if excludes and (note["host"] != os.uname().nodename or _lives(note["process"])):
            found.append(f"{note['command']} (process {note['process']} on {note['host']}, since {note['since']} UTC)")
    return list(dict.fromkeys(found))


def _lives(process: int) -> bool:
    """Whether this is a living process of this machine, and not our own."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process != os.getpid()
