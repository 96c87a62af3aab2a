import json
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


# TensorBoard's thread meets the full disk as well, sooner or later: it hands us its error and raises it, too
@pytest.mark.filterwarnings("ignore:Exception in thread:pytest.PytestUnhandledThreadExceptionWarning")
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
