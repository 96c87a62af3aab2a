"""A worker takes a visit to its next wait or to its end, whatever happens in it."""

import pytest

from aahq_builder.crawl.outcomes import Failed, HeldBack, Outcome
from aahq_builder.crawl.tasks import PausedTask, PictureTask, TaskOutcome, advance
from aahq_builder.errors import ErrorKind
from aahq_builder.records import Artwork
from aahq_builder.web.waiting import Visit, Wait

ROW = Artwork(artwork_id="met-1", source="met")


def test_a_visit_is_paused_where_it_waits_and_goes_on_from_there() -> None:
    def visit() -> Visit[Outcome]:
        yield Wait(5.0)
        return HeldBack(ROW, ErrorKind.HTTP_5XX)

    paused = advance(PictureTask(ROW, visit()))
    assert isinstance(paused, PausedTask)
    assert paused.until == 5.0
    done = advance(paused.task)
    assert isinstance(done, TaskOutcome)
    assert isinstance(done.outcome, HeldBack)


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("1 / 0"), RecursionError(), MemoryError(), UnicodeError("surrogate")]
)
def test_an_exception_that_nobody_foresaw_is_the_end_of_the_row(error: Exception) -> None:
    def visit() -> Visit[Outcome]:
        yield from ()
        raise error

    done = advance(PictureTask(ROW, visit()))
    assert isinstance(done, TaskOutcome)
    assert isinstance(done.outcome, Failed)
    assert done.outcome.kind is ErrorKind.WORKER_CRASH
    assert type(error).__name__ in done.outcome.detail
