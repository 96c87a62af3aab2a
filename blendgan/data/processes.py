"""Work on many pictures by processes of its own: results in order, errors in one sentence."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import torch
from torch.utils.data import DataLoader, Dataset

from blendgan.errors import UserError

MAX_WORKERS = 8
"""More do not help one GPU; a machine's memory and disks have their limits, too."""
I = TypeVar("I")  # noqa: E741
O = TypeVar("O")  # noqa: E741


def own_cores() -> int:
    """The cores of this machine that each of its training processes can have for itself, at least one."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, allowed // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))


def default_workers(streams: int = 1) -> int:
    """How many processes read pictures for each of so many streams, at least one."""
    return max(1, min(MAX_WORKERS, own_cores()) // streams)


class _Work(Dataset[O], Generic[I, O]):
    def __init__(self, work: Callable[[I], O], items: Sequence[I]) -> None:
        self.work, self.items = work, items

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, place: int) -> O:
        return self.work(self.items[place])


def in_processes(work: Callable[[I], O], items: Sequence[I], workers: int) -> Iterator[O]:
    """What `work` makes of each item, in order; without `workers` in this process."""
    if not workers:
        return map(work, items)
    loader = DataLoader(
        _Work(work, items),
        batch_size=None,
        collate_fn=_as_it_is,
        num_workers=workers,
        generator=torch.Generator(),  # else the global one would be drawn from
    )
    return loaded(loader)


def _as_it_is(result: O) -> O:
    return result


def loaded(loader: Iterable[Any]) -> Iterator[Any]:
    """What a loader gives; what ends a worker is said in one sentence, not with the worker's traceback."""
    try:
        yield from loader
    except UserError as error:
        sentence = str(error).strip().rpartition("UserError: ")[2]  # torch puts the worker's traceback before it
        raise UserError(sentence) from error
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        raise UserError(
            "a data worker died, most often for want of memory; run again with fewer --data-workers"
        ) from error
