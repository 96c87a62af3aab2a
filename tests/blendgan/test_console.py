"""Progress in plain words where there is no terminal."""

import time

import pytest

from blendgan.console import Console, Progress


def test_a_plain_line_tells_count_rate_and_time_left() -> None:
    progress = Progress(total=100, unit="face", start=20, quiet=False)
    progress.began = time.monotonic() - 10.0
    progress.advance(40)
    line = progress.line({"errors": 2})
    assert line.startswith(("60/100 faces, 4 faces/s, 00:1", "60/100 faces, 3.99 faces/s, 00:1"))
    assert line.endswith("left, errors 2")
    progress.close()


def test_quiet_consoles_still_warn(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(verbosity=-1)
    console.info("not said")
    console.warn("said")
    assert capsys.readouterr().err == "said\n"
