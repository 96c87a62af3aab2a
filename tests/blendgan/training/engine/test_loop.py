import json
import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import torch

from blendgan.console import Console
from blendgan.errors import UserError
from blendgan.training.engine import checkpoint
from blendgan.training.engine.loop import SCORE, Numbers, Plan, Training, exported
from blendgan.training.parallel.distributed import World

QUIET = Console(verbosity=-1)
WORLD = World(torch.device("cpu"))


class Walk:
    """A stage whose weight takes random steps; its end depends on every one of them."""

    def __init__(self) -> None:
        self.weight = torch.zeros(3)
        self.steps_taken: list[int] = []
        self.stop_at = -1
        self.break_at: dict[int, int] = {}
        """Step: how often it goes wrong there."""

    def stream(self, first_step: int, num_steps: int) -> Iterator[int]:
        yield from range(first_step, num_steps)

    def step(self, step: int, batch: int, seed: tuple[int, ...]) -> Numbers:
        assert batch == step
        self.steps_taken.append(step)
        self.weight = self.weight * 0.9 + torch.randn(3)
        if self.break_at.get(step, 0) > 0:
            self.break_at[step] -= 1
            self.weight[0] = float("nan")
        if step == self.stop_at:
            os.kill(os.getpid(), signal.SIGTERM)
        return {"distance": self.weight.norm()}

    def state(self) -> checkpoint.State:
        return {"weight": self.weight}

    def load_state(self, state: checkpoint.State) -> None:
        self.weight = state["weight"].clone()

    def sample(self) -> torch.Tensor:
        return torch.zeros(3, 4, 4, dtype=torch.uint8)

    def evaluate(self) -> dict[str, float]:
        return {"quality": float(self.weight.sum()), SCORE: abs(float(self.weight.sum()))}

    def export(self, folder: Path, rights: Mapping[str, int]) -> None:
        folder.mkdir()
        torch.save(self.weight, folder / "weight.pt")


def walk(out: Path, steps: int, stage: Walk | None = None, evaluate_every: int = 6, inputs: str = "") -> Walk:
    stage = stage or Walk()
    out.mkdir(exist_ok=True)
    plan = Plan(
        steps=steps,
        batch=1,
        seed=0,
        log_every=2,
        sample_every=5,
        evaluate_every=evaluate_every,
        checkpoint_every=4,
        rights={},
        inputs=inputs,
    )
    Training(stage, plan, out, WORLD, QUIET).run()
    return stage


def logged(out: Path) -> list[dict[str, float]]:
    rows = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    return [{name: row[name] for name in ("step", "distance")} for row in rows]


def test_a_run_leaves_log_samples_checkpoints_and_the_model(tmp_path: Path):
    stage = walk(tmp_path / "run", 10)
    assert stage.steps_taken == list(range(10))
    assert [row["step"] for row in logged(tmp_path / "run")] == [2, 4, 6, 8, 10]
    names = [path.name for path in sorted((tmp_path / "run" / "samples").iterdir())]
    assert names == ["step-0000000.png", "step-0000005.png", "step-0000010.png"]
    assert torch.equal(torch.load(tmp_path / "run" / "final" / "weight.pt"), stage.weight)


def test_quality_is_measured_at_its_own_interval_and_at_the_end(tmp_path: Path):
    walk(tmp_path / "run", 10)
    rows = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows if "quality" in row] == [6, 10]


@pytest.mark.parametrize("crash_at", [-1, 7, 13, 19])
def test_the_best_model_is_kept_beside_the_last_also_over_a_crash(tmp_path: Path, crash_at: int):
    class Crash(Walk):
        def step(self, step: int, batch: int, seed: tuple[int, ...]) -> Numbers:
            if step == crash_at:
                raise RuntimeError("power cut")
            return super().step(step, batch, seed)

    if crash_at >= 0:
        with pytest.raises(RuntimeError, match="power cut"):
            walk(tmp_path / "run", 30, Crash())
    walk(tmp_path / "run", 30)
    rows = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    scores = [row[SCORE] for row in rows if SCORE in row]
    assert len(scores) == 5
    best, final = (torch.load(tmp_path / "run" / name / "weight.pt") for name in ("best", "final"))
    assert abs(float(best.sum())) == min(scores) < scores[-1]
    assert abs(float(final.sum())) == scores[-1]
    assert exported(tmp_path / "run" / "best")["score"] == min(scores)


def test_a_longer_rerun_goes_on_where_the_first_ended(tmp_path: Path):
    straight = walk(tmp_path / "straight", 12)
    walk(tmp_path / "resumed", 5)
    second = walk(tmp_path / "resumed", 12)
    assert second.steps_taken == list(range(5, 12))
    assert torch.equal(second.weight, straight.weight)


def test_a_finished_run_is_neither_trained_nor_exported_again(tmp_path: Path):
    walk(tmp_path / "run", 6)
    weights = tmp_path / "run" / "final" / "weight.pt"
    weights.write_bytes(b"as it was")
    assert walk(tmp_path / "run", 6).steps_taken == []
    assert walk(tmp_path / "run", 4).steps_taken == []
    assert weights.read_bytes() == b"as it was"


def test_a_model_that_was_not_exported_yet_is_exported_by_the_next_call(tmp_path: Path):
    walk(tmp_path / "run", 6)
    stage = Walk()
    stage.stop_at = 7
    with pytest.raises(KeyboardInterrupt):
        walk(tmp_path / "run", 12, stage)
    assert exported(tmp_path / "run" / "final")["step"] == 6
    stopped = walk(tmp_path / "run", 8)
    assert stopped.steps_taken == []
    assert torch.equal(torch.load(tmp_path / "run" / "final" / "weight.pt"), stopped.weight)
    assert exported(tmp_path / "run" / "final")["step"] == 8


def test_a_checkpoint_is_written_before_quality_is_measured(tmp_path: Path):
    class Crash(Walk):
        def evaluate(self) -> dict[str, float]:
            raise RuntimeError("killed while it measures")

    with pytest.raises(RuntimeError, match="killed while it measures"):
        walk(tmp_path / "run", 8, Crash(), evaluate_every=4)
    resumed = walk(tmp_path / "run", 8, evaluate_every=4)
    assert resumed.steps_taken == [4, 5, 6, 7]
    assert torch.equal(resumed.weight, walk(tmp_path / "straight", 8).weight)


def test_a_score_on_other_data_is_no_measure_for_the_best_model(tmp_path: Path):
    walk(tmp_path / "run", 6)
    best = tmp_path / "run" / "best"
    facts = exported(best)
    (best / "run.json").write_text(json.dumps({**facts, "score": -1.0}))
    walk(tmp_path / "run", 12)
    assert exported(best)["step"] == 6
    walk(tmp_path / "run", 18, inputs="others")
    assert exported(best)["step"] == 18


def test_sigterm_finishes_the_step_saves_and_leaves(tmp_path: Path):
    stage = Walk()
    stage.stop_at = 6
    with pytest.raises(KeyboardInterrupt):
        walk(tmp_path / "run", 12, stage)
    resumed = walk(tmp_path / "run", 12)
    assert resumed.steps_taken == list(range(7, 12))
    assert torch.equal(resumed.weight, walk(tmp_path / "straight", 12).weight)


def test_a_crash_between_checkpoints_repeats_the_steps_and_the_log_does_not_show_it(tmp_path: Path):
    class Crash(Walk):
        def step(self, step: int, batch: int, seed: tuple[int, ...]) -> Numbers:
            if step == 7:
                raise RuntimeError("power cut")
            return super().step(step, batch, seed)

    with pytest.raises(RuntimeError, match="power cut"):
        walk(tmp_path / "run", 12, Crash())
    assert walk(tmp_path / "run", 12).steps_taken == list(range(4, 12))
    walk(tmp_path / "straight", 12)
    assert logged(tmp_path / "run") == logged(tmp_path / "straight")


def test_a_loss_that_is_not_a_number_goes_back_to_the_last_checkpoint_with_other_draws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    stage = Walk()
    stage.break_at = {6: 1}
    walk(tmp_path / "run", 10, stage)
    assert stage.steps_taken == [*range(8), *range(4, 10)]
    assert stage.weight.isfinite().all()
    assert "distance = nan at step 8: going back to step 4" in capsys.readouterr().err
    assert not torch.equal(stage.weight, walk(tmp_path / "straight", 10).weight)


def test_after_three_rollbacks_training_stops_with_a_sentence_and_good_checkpoints(tmp_path: Path):
    stage = Walk()
    stage.break_at = {6: 9}
    with pytest.raises(UserError, match="distance = nan at step 8, after 3 restarts"):
        walk(tmp_path / "run", 10, stage)
    state, _ = checkpoint.load_newest(tmp_path / "run" / "checkpoints")
    assert state is not None
    assert state["step"] == 4
    assert state["trainer"]["weight"].isfinite().all()


def test_a_broken_weight_is_never_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    class Silent(Walk):
        def step(self, step: int, batch: int, seed: tuple[int, ...]) -> Numbers:
            super().step(step, batch, seed)
            return {"distance": torch.zeros(())}  # the loss was fine, the update after it was not

    stage = Silent()
    stage.break_at = {7: 1}
    walk(tmp_path / "run", 10, stage)
    assert "trainer.weight is not finite at step 8" in capsys.readouterr().err


def test_a_torn_newest_checkpoint_falls_back_to_the_one_before(tmp_path: Path):
    walk(tmp_path / "run", 8)
    newest = checkpoint.listed(tmp_path / "run" / "checkpoints")[-1]
    newest.write_bytes(newest.read_bytes()[:50])
    resumed = walk(tmp_path / "run", 12)
    assert resumed.steps_taken == list(range(4, 12))
    assert torch.equal(resumed.weight, walk(tmp_path / "straight", 12).weight)
