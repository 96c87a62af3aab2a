"""Commands on one folder: those that get into each other's way wait and say for whom, the others do not notice."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from aahq_builder.align.config import AlignConfig
from aahq_builder.config import BuildConfig
from aahq_builder.crawl.config import CrawlConfig
from aahq_builder.filter.config import FilterConfig
from aahq_builder.lock import LOCK, Claim, Part, hold
from aahq_builder.publish.config import PublishConfig
from aahq_builder.rebuild.config import RebuildConfig
from aahq_builder.removal.config import RefreshConfig, TakedownConfig
from aahq_builder.review.config import ReviewConfig
from aahq_builder.tsne.config import TsneConfig
from tests.aahq_builder.conftest import aahq_build, build_command, environment

HOLDER = """
import sys, time
from pathlib import Path
from aahq_builder.lock import Claim, Part, hold
alone, shared = (frozenset(Part[name] for name in words.split(",") if name) for words in sys.argv[2:4])
with hold(Path(sys.argv[1]), Claim(alone, shared), "holder", print):
    print("held", flush=True)
    time.sleep(600)
"""
STAGES = (CrawlConfig, RebuildConfig, AlignConfig, FilterConfig, ReviewConfig, TsneConfig, PublishConfig)
ALONE = (RefreshConfig, TakedownConfig)
IN_EACH_OTHERS_WAY = {
    frozenset({CrawlConfig}),
    frozenset({RebuildConfig}),
    frozenset({AlignConfig}),
    frozenset({FilterConfig}),
    frozenset({TsneConfig}),
    frozenset({PublishConfig}),
    frozenset({CrawlConfig, RebuildConfig}),
    *(frozenset({writer, reader}) for writer in (AlignConfig, RebuildConfig) for reader in STAGES[2:]),
    frozenset({FilterConfig, PublishConfig}),
}
"""Each stage with itself but for review, which several people use; the writers of faces with all who look at faces."""


@pytest.fixture
def holder(tmp_path: Path):  # type: ignore[no-untyped-def]
    processes = []

    def start(claim: Claim) -> subprocess.Popen[str]:
        words = [",".join(part.name for part in parts) for parts in (claim.alone, claim.shared)]
        command = [sys.executable, "-c", HOLDER, str(tmp_path), *words]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())
        processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def waits(root: Path, claim: Claim) -> list[str]:
    """What a command with this claim says before it is let in, or given up after a moment."""
    said: list[str] = []

    class GivenUpError(Exception):
        pass

    def say(sentence: str) -> None:
        said.append(sentence)
        raise GivenUpError

    try:
        with hold(root, claim, "aahq-build test", say):
            pass
    except GivenUpError:
        pass
    return said


@pytest.mark.parametrize("first", [*STAGES, *ALONE])
def test_who_waits_for_whom(holder, tmp_path: Path, first: type[BuildConfig]) -> None:  # type: ignore[no-untyped-def]
    holder(first.claim)
    for second in STAGES:
        excluded = first in ALONE or frozenset({first, second}) in IN_EACH_OTHERS_WAY
        assert bool(waits(tmp_path, second.claim)) == excluded, second
    assert waits(tmp_path, TakedownConfig.claim)


def test_who_waits_is_told_for_whom_and_comes_in_after_a_kill(holder, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    process = holder(AlignConfig.claim)
    said: list[str] = []
    entered = threading.Event()

    def wait_for_it() -> None:
        with hold(tmp_path, TakedownConfig.claim, "aahq-build takedown", said.append):
            entered.set()

    threading.Thread(target=wait_for_it, daemon=True).start()
    assert not entered.wait(1)
    assert len(said) == 1
    assert said[0].startswith(f"aahq-build takedown waits for holder (process {process.pid} on {os.uname().nodename}")
    process.kill()
    assert entered.wait(10)


def test_nobody_new_comes_in_before_one_who_waits_for_the_whole_folder(holder, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    holder(CrawlConfig.claim)
    script = HOLDER.replace('"holder", print', '"takedown", lambda sentence: print("queued", flush=True)')
    words = [sys.executable, "-c", script, str(tmp_path), ",".join(part.name for part in Part), ""]
    queued = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment())
    assert queued.stdout is not None
    assert queued.stdout.readline() == "queued\n"
    assert "takedown" in waits(tmp_path, FilterConfig.claim)[0]
    queued.kill()
    queued.communicate()
    assert waits(tmp_path, FilterConfig.claim) == []


def test_the_notes_of_the_dead_go_when_the_folder_is_held_alone(holder, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    process = holder(AlignConfig.claim)
    process.kill()
    process.wait()
    with hold(tmp_path, TakedownConfig.claim, "aahq-build takedown", print):
        assert (tmp_path / LOCK).read_text().count("\n") == 1


def test_a_waiting_command_is_interruptible_and_dry_runs_wait_for_nobody(holder, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "in").mkdir()
    work = tmp_path
    aahq_build("crawl", "folder", "--path", tmp_path / "in", "--work", work)
    holder(TakedownConfig.claim)
    for words in (("status",), ("table", "artworks"), ("audit",), ("align", "--dry-run"), ("filter", "--dry-run")):
        aahq_build(*words, "--work", work)
    words = build_command("filter", "--work", work)
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment())
    assert process.stderr is not None
    assert "aahq-build filter waits for holder" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    process.stderr.close()
