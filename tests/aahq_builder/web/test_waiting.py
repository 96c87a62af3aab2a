"""Visits give their result after their waits."""

import time

from aahq_builder.web.waiting import Visit, Wait, finish


def test_a_visit_is_finished_no_sooner_than_it_allows() -> None:
    began = time.monotonic()

    def visit() -> Visit[str]:
        yield Wait(began + 0.05)
        yield Wait(began - 1.0)  # a moment that has gone by is no wait
        return "there"

    assert finish(visit()) == "there"
    assert time.monotonic() - began >= 0.05


def test_a_visit_that_never_waits_is_finished_at_once() -> None:
    def visit() -> Visit[int]:
        yield from ()
        return 3

    assert finish(visit()) == 3
