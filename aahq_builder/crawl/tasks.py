"""A picture on its way: what a worker thread does with it until it has to wait or is done."""

from dataclasses import dataclass

from aahq_builder.crawl.outcomes import Outcome, of_error
from aahq_builder.records import Artwork
from aahq_builder.rights.rules import signals_of
from aahq_builder.web.failures import unexpected
from aahq_builder.web.waiting import Visit


@dataclass(frozen=True)
class PictureTask:
    """An artwork whose picture is wanted, and how far its visit has come."""

    artwork: Artwork
    visit: Visit[Outcome] | None = None
    """None before it was begun."""


@dataclass(frozen=True)
class PausedTask:
    """A task that must not go on before a moment of the monotonic clock."""

    task: PictureTask
    until: float


@dataclass(frozen=True)
class TaskOutcome:
    """A task that is done."""

    outcome: Outcome


def advance(task: PictureTask) -> PausedTask | TaskOutcome:
    """Let a visit go on until it waits or ends. Never raises: a defect is the end of this row, not of the thread."""
    assert task.visit is not None
    try:
        return PausedTask(task, next(task.visit).until)
    except StopIteration as end:
        return TaskOutcome(end.value)
    except BaseException as error:  # noqa: BLE001 - a thread's end: the row takes the cause
        return TaskOutcome(of_error(task.artwork, unexpected(error), signals_of(task.artwork)))
