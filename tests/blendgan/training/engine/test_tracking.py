import importlib.util
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from blendgan.errors import UserError
from blendgan.training.engine.run_log import RunLog
from blendgan.training.engine.tracking import check_installed


def test_a_tracker_has_the_rows_of_both_parts_of_a_resumed_run_and_its_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackio"))  # read when the library is imported
    pytest.importorskip("trackio")
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"stage": "gan"}))
    for step in (10, 20):
        with RunLog(folder, step - 10, tracker="trackio") as log:
            log.write(step, {"loss": 1 / step})
    with closing(sqlite3.connect(tmp_path / "trackio" / "blendgan.db")) as database:
        rows = database.execute("select run_name, step, metrics from metrics order by step").fetchall()
        (settings,) = {config for (config,) in database.execute("select config from configs")}
    assert [(name, step) for name, step, _ in rows] == [(f"{tmp_path.name}-run", 10), (f"{tmp_path.name}-run", 20)]
    assert [json.loads(numbers)["loss"] for _, _, numbers in rows] == [0.1, 0.05]
    assert json.loads(settings)["stage"] == "gan"
    assert not capfd.readouterr().out  # results alone belong there


def test_a_missing_tracker_stops_with_the_command_that_installs_it() -> None:
    check_installed("none")
    if importlib.util.find_spec("wandb") is None:
        with pytest.raises(UserError, match="--tracker wandb needs the package wandb: pip install wandb"):
            check_installed("wandb")
