"""How the command that serves the page ends."""

import signal
from pathlib import Path

import pytest
import uvicorn

from aahq_builder import build
from aahq_builder.cli import COMMANDS
from aahq_builder.journal import Journal
from blendgan.command import INTERRUPTED, run
from tests.drawn_build import make_build, portraits


def test_a_signal_that_is_repeated_does_not_cut_the_winding_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The note on the run says when it ended, though a second SIGTERM comes while it is written."""

    def serve(server: uvicorn.Server, sockets: object) -> None:
        signal.raise_signal(signal.SIGTERM)
        assert server.should_exit

    def now() -> str:
        signal.raise_signal(signal.SIGTERM)
        return "later"

    make_build(tmp_path, portraits(1))
    monkeypatch.setattr(uvicorn.Server, "run", serve)
    monkeypatch.setattr(build, "now", now)
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert run("aahq-build review", COMMANDS["review"], ["--port", "0", "--work", str(tmp_path)]) == INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, before)
    with Journal(tmp_path / "aahq.sqlite") as journal:
        ((ended,),) = journal.execute("SELECT ended FROM runs WHERE config LIKE '%reviewer%'")
    assert ended == "later"
