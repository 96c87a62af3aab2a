"""Trainings of two processes, begun as a user begins them. A start costs seconds, so one serves all four stages."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch

import blendgan
from blendgan.cli import TRAIN
from blendgan.command import main
from blendgan.training.engine import checkpoint
from tests.blendgan.training.small import STAGES, assert_same, words_of

SCRIPT = """
import json, os, sys
from blendgan.cli import TRAIN
from blendgan.command import main

os.environ["TORCHELASTIC_USE_AGENT_STORE"] = "False"  # each command lets its processes meet at a port of its own
for port, words in json.loads(sys.argv[1]):
    os.environ["MASTER_PORT"] = str(port)
    if code := main("blendgan-train", TRAIN, "", words):
        sys.exit(code)
assert "torch._dynamo" not in sys.modules, "PyTorch's compiler would delay every start by seconds"
"""


def staged_words(stage: str, pictures: Path, model: Path) -> list[str]:
    """A GAN's natural stage ends where the second of the runs is cut."""
    natural = ["--natural-steps", "2", "--trunks-from-face"] if stage == "gan" else []
    return [*words_of(stage, pictures, model), *natural]


def together(folder: Path, *commands: list[str]) -> "subprocess.Popen[str]":
    """Begin two processes that take the commands one after another."""
    ports = free_ports(len(commands) + 1)
    script = folder / "train.py"
    script.write_text(SCRIPT)
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", str(ports[-1])]
    return subprocess.Popen(
        [*launch, str(script), json.dumps(list(zip(ports[:-1], commands, strict=True)))],
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(blendgan.__file__).parents[1])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def newest(out: Path) -> checkpoint.State:
    state, complaints = checkpoint.load_newest(out / "checkpoints")
    assert state is not None
    assert not complaints
    return state


@pytest.fixture(scope="module")
def runs(pictures: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of every stage a run of 4 steps and one of 2 and 2 steps, the second with data workers; two processes each."""
    folder = tmp_path_factory.mktemp("runs")
    commands = []
    for stage in STAGES:
        words = staged_words(stage, pictures, model)
        commands.append([*words, "--steps", "4", "--out", str(folder / stage / "straight")])
        for steps in ("2", "4"):
            resumed = ["--data-workers", "1", "--steps", steps, "--out", str(folder / stage / "resumed")]
            commands.append([*words, *resumed])
    training = together(folder, *commands)
    said, errors = training.communicate(timeout=600)
    assert training.returncode == 0, errors
    (folder / "said.txt").write_text(said)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_two_and_two_steps_of_two_processes_equal_four_bit_for_bit(runs: Path, stage: str):
    assert_same(newest(runs / stage / "resumed"), newest(runs / stage / "straight"))


@pytest.mark.slow
def test_two_processes_speak_log_and_save_once(runs: Path):
    said = (runs / "said.txt").read_text()
    assert len(re.findall("trained 4 steps", said)) == 2 * len(STAGES)
    for stage in STAGES:
        rows = [json.loads(line) for line in (runs / stage / "straight" / "log.jsonl").read_text().splitlines()]
        assert [row["step"] for row in rows] == [2, 4]
        assert not list((runs / stage).rglob("*.tmp"))


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_one_process_goes_on_with_what_two_began(
    runs: Path, pictures: Path, model: Path, stage: str, capsys: pytest.CaptureFixture[str]
):
    words = [word for word in staged_words(stage, pictures, model) if word != "-q"]
    assert main("blendgan-train", TRAIN, "", [*words, "--steps", "6", "--out", str(runs / stage / "straight")]) == 0
    assert "resuming at step 4" in capsys.readouterr().err
    assert newest(runs / stage / "straight")["step"] == 6


def killed_stage(stage: str, pictures: Path, model: Path, folder: Path) -> None:
    """Kill one of two processes and see the other leave with a sentence and whole checkpoints."""
    out = folder / stage
    words = words_of(stage, pictures, model)
    training = together(folder, [*words, "--steps", "100000", "--out", str(out)])
    deadline = time.monotonic() + 240
    while not checkpoint.listed(out / "checkpoints")[1:] and time.monotonic() < deadline:
        assert training.poll() is None, training.communicate()[1]
        time.sleep(0.1)
    workers = [child for child in psutil.Process(training.pid).children() if "train.py" in " ".join(child.cmdline())]
    assert len(workers) == 2
    workers[1].kill()
    _, errors = training.communicate(timeout=60)
    assert training.returncode != 0
    assert "another process of this training has ended or does not answer" in errors
    assert not any(worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE for worker in workers)
    assert torch.isfinite(torch.tensor(newest(out)["step"]))


@pytest.mark.slow
def test_no_process_waits_for_a_dead_one(pictures: Path, model: Path, tmp_path: Path):
    killed_stage("gan", pictures, model, tmp_path)


@pytest.mark.campaign
@pytest.mark.parametrize("stage", ["style-encoder", "inversion", "finetune"])
def test_no_process_of_the_other_stages_waits_for_a_dead_one(pictures: Path, model: Path, tmp_path: Path, stage: str):
    killed_stage(stage, pictures, model, tmp_path)
