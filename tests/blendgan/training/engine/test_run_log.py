import json
import threading
from pathlib import Path

import pytest

from blendgan.errors import DISK_FULL
from blendgan.training.engine.run_log import RunLog
from tests.full_disk import files_of_at_most


def steps(folder: Path) -> list[int]:
    return [json.loads(line)["step"] for line in (folder / "log.jsonl").read_text().splitlines()]


def test_a_resumed_log_reads_as_if_nothing_had_happened(tmp_path: Path):
    with RunLog(tmp_path, 0) as log:
        for step in (10, 20, 30):
            log.write(step, {"loss": 1.0})
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"step": 40, "lo')  # killed while writing
    with RunLog(tmp_path, 20) as log:
        log.write(30, {"loss": 2.0})
    assert steps(tmp_path) == [10, 20, 30]
    assert json.loads((tmp_path / "log.jsonl").read_text().splitlines()[-1])["loss"] == 2.0


def test_tensorboard_gets_the_same_numbers(tmp_path: Path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with RunLog(tmp_path, 0) as log:
        log.write(10, {"loss": 0.5})
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [(event.step, event.value) for event in events.Scalars("loss")] == [(10, 0.5)]


def test_a_process_that_does_not_speak_writes_nothing(tmp_path: Path):
    with RunLog(tmp_path, 0, active=False) as log:
        log.write(10, {"loss": 0.5})
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_the_systems_error_and_the_rows_before_it_are_read_again(tmp_path: Path):
    with pytest.raises(OSError, match="too large") as caught, RunLog(tmp_path, 0) as log, files_of_at_most(5000):
        for step in range(1, 100):
            log.write(step, {"a name that makes rows long, " * 10: 1.0})
    assert caught.value.errno in DISK_FULL
    written = (tmp_path / "log.jsonl").read_text().count("\n")
    assert 5 < written < 20
    with RunLog(tmp_path, written) as log:
        log.write(written + 1, {"loss": 1.0})
    assert steps(tmp_path) == list(range(1, written + 2))


def test_what_the_system_refuses_tensorboards_thread_is_raised_here_and_said_by_no_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    said: list[object] = []
    monkeypatch.setattr(threading, "excepthook", said.append)
    with pytest.raises(OSError, match="too large"), files_of_at_most(10), RunLog(tmp_path, 0):
        pass
    assert not said
    assert threading.excepthook == said.append


def test_a_thread_that_fails_otherwise_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    said: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", said.append)
    with RunLog(tmp_path, 0):
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
    assert [type(failure.exc_value) for failure in said] == [ZeroDivisionError]
