"""The numbers of a run: `log.jsonl` for programs and plots, TensorBoard or a tracker for eyes."""

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

from blendgan.training.engine.tracking import TrackedRun, Tracker


class RunLog:
    """Appends one row per logged step; rows after the step that training resumes from are dropped first.

    Of several processes only one is `active`. It is open for the time of a `with` block.
    """

    def __init__(self, folder: Path, first_step: int, active: bool = True, tracker: Tracker = "none") -> None:
        self.folder, self.first_step, self.active, self.tracker = folder, first_step, active, tracker

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
        with ExitStack() as opened:
            if self.active:
                self._open(opened)
            self._opened = opened.pop_all()
        return self

    def _open(self, opened: ExitStack) -> None:
        from torch.utils.tensorboard import SummaryWriter

        path = self.folder / "log.jsonl"
        forget_after(path, self.first_step)
        opened.enter_context(_threads_keep_system_errors_to_themselves())
        self._file = opened.enter_context(path.open("a", encoding="utf-8"))
        self._board = opened.enter_context(
            SummaryWriter(str(self.folder / "tensorboard"), purge_step=self.first_step + 1)
        )
        self._tracked = None if self.tracker == "none" else TrackedRun(self.tracker, self.folder)
        if self._tracked is not None:
            opened.callback(self._tracked.finish)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.__exit__(kind, error, trace)


@contextmanager
def _threads_keep_system_errors_to_themselves() -> Iterator[None]:
    """TensorBoard's thread hands them to whoever writes next, who raises them, and would print them as well."""
    say = threading.excepthook

    def say_defects(failure: threading.ExceptHookArgs) -> None:
        if not isinstance(failure.exc_value, OSError):
            say(failure)

    threading.excepthook = say_defects
    try:
        yield
    finally:
        threading.excepthook = say


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
