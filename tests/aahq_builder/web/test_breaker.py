"""When a host is left alone, with a clock that the test turns."""

import pytest

from aahq_builder.errors import ErrorKind
from aahq_builder.web.breaker import FAILURES_TO_OPEN, PROBES, Breaker


def fail(breaker: Breaker, kind: ErrorKind, times: int) -> list[bool]:
    return [breaker.failed(kind, now=0.0) for _ in range(times)]


def test_a_breaker_opens_after_twenty_in_a_row_and_says_so_once() -> None:
    said = fail(Breaker(), ErrorKind.TIMEOUT, FAILURES_TO_OPEN + 5)
    assert FAILURES_TO_OPEN == 20
    assert said == [False] * 19 + [True] + [False] * 5


@pytest.mark.parametrize("kind", [ErrorKind.HTTP_404, ErrorKind.DECODE, ErrorKind.DNS, ErrorKind.OPT_OUT])
def test_errors_of_single_items_never_open_it(kind: ErrorKind) -> None:
    breaker = Breaker()
    fail(breaker, kind, 100)
    assert breaker.wait_s(0.0) == 0.0


def test_a_success_in_between_starts_the_count_anew() -> None:
    breaker = Breaker()
    fail(breaker, ErrorKind.CONNECT, 19)
    breaker.succeeded()
    assert not any(fail(breaker, ErrorKind.CONNECT, 19))


def test_an_open_breaker_pauses_probes_and_gives_up() -> None:
    breaker = Breaker(pause_s=60.0)
    fail(breaker, ErrorKind.HTTP_5XX, 20)
    assert breaker.wait_s(10.0) == 50.0
    now = 60.0
    for probe in range(PROBES):
        assert breaker.wait_s(now) == 0.0
        breaker.started()
        assert breaker.wait_s(now) is None  # one probe at a time
        breaker.failed(ErrorKind.HTTP_5XX, now)
        assert breaker.given_up == (probe == PROBES - 1)
        now += 60.0 * 2 ** (probe + 1)


def test_a_good_probe_closes_it() -> None:
    breaker = Breaker(pause_s=60.0)
    fail(breaker, ErrorKind.CONNECT, 20)
    breaker.started()
    breaker.succeeded()
    assert breaker.wait_s(0.0) == 0.0
