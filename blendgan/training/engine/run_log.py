"""The numbers of a run: `log.jsonl` for programs and plots, TensorBoard or a tracker for eyes."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from blendgan.training.engine.tracking import TrackedRun, Tracker


class RunLog:
    """Appends one row per logged step; rows after the step that training resumes from are dropped first.

    Of several processes only one is `active`.
    """

    def __init__(self, folder: Path, first_step: int, active: bool = True, tracker: Tracker = "none") -> None:
        self.active = active
        if not active:
            return
        from torch.utils.tensorboard import SummaryWriter

        path = folder / "log.jsonl"
        forget_after(path, first_step)
        self._file = path.open("a", encoding="utf-8")
        self._board = SummaryWriter(str(folder / "tensorboard"), purge_step=first_step + 1)
        self._tracked = None if tracker == "none" else TrackedRun(tracker, folder)

    def write(self, step: int, numbers: Mapping[str, float]) -> None:
        """Log `numbers` as those of `step` (the count of finished steps)."""
        if not self.active:
            return
        self._file.write(json.dumps({"step": step, **numbers}) + "\n")
        self._file.flush()
        for name, number in numbers.items():
            self._board.add_scalar(name, number, step)
        if self._tracked is not None:
            self._tracked.log(step, numbers)

    def __enter__(self) -> "RunLog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.active:
            try:
                self._file.close()
            finally:
                self._board.close()
                if self._tracked is not None:
                    self._tracked.finish()


def forget_after(path: Path, step: int) -> None:
    """Drop rows of steps that will be taken again, and a last line torn by a kill."""
    if not path.exists():
        return
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    kept = [line for line in lines if _step_of(line) <= step]
    temporary = path.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in kept)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _step_of(line: str) -> float:
    try:
        return float(json.loads(line)["step"])
    except (ValueError, TypeError, LookupError, RecursionError):
        return float("inf")
