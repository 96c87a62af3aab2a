"""Checkpoints written beside training: the step waits for a copy of the state in memory, the disk is a thread's.

The file is that of `checkpoint.save`, and so is what a kill leaves: the checkpoint before.
"""

import copy
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any

import torch
from torch import Tensor

from blendgan.checkpoints.torch_file import State
from blendgan.training.engine import checkpoint


class CheckpointWriter:
    """Writes one checkpoint at a time into a folder.

    As a context it is done when the block is left: an interrupted run has its last checkpoint.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.thread: Thread | None = None
        self.error: BaseException | None = None

    def begin(self, step: int, state: State) -> None:
        """Copy `state` as it is now, and begin to write it; waits for the checkpoint before."""
        self.finish()
        copied, there = snapshot(state), _event_on_gpu()
        # not a daemon: the interpreter waits for it, too
        self.thread = Thread(target=self._write, args=(step, copied, there), name="checkpoint")
        self.thread.start()

    def check(self) -> None:
        """Raise what went wrong in the writing, once."""
        if self.error is not None:
            error, self.error = self.error, None
            raise error

    def finish(self) -> None:
        """Wait until the checkpoint is on the disk; raise what went wrong."""
        self._join()
        self.check()

    def __enter__(self) -> "CheckpointWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._join()
        if error is None or isinstance(error, KeyboardInterrupt):
            self.check()

    def _join(self) -> None:
        if self.thread is not None:
            self.thread.join()
            self.thread = None

    def _write(self, step: int, state: State, there: "torch.cuda.Event | None") -> None:
        try:
            if there is not None:
                there.synchronize()
            checkpoint.save(self.folder, step, state)
        except BaseException as error:  # noqa: BLE001  (raised in the thread that trains)
            self.error = error


def snapshot(state: Any) -> Any:
    """A copy of nested dicts and lists whose tensors lie in the CPU's memory.

    Those of a GPU are on their way when this returns: behind what the GPU was told before, and ahead of the next step.
    """
    if isinstance(state, Tensor):
        return _copied(state.detach())
    if isinstance(state, dict):
        copied = copy.copy(state)  # a state dict of PyTorch bears versions that belong to it
        copied.update({name: snapshot(value) for name, value in state.items()})
        return copied
    return [snapshot(value) for value in state] if isinstance(state, list) else state


def _copied(tensor: Tensor) -> Tensor:
    if tensor.device.type != "cuda":
        return tensor.clone()
    return torch.empty_like(tensor, device="cpu", pin_memory=True).copy_(tensor, non_blocking=True)


def _event_on_gpu() -> "torch.cuda.Event | None":
    """When it has happened, the copies are complete."""
    if not torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        return None
    event = torch.cuda.Event()  # type: ignore[no-untyped-call]
    event.record()
    return event
