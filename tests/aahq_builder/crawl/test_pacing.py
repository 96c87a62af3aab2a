"""Rates, breakers, retries and the scheduler, all with a clock that the test turns."""

import random

import pytest

from aahq_builder.crawl.scheduler import Scheduler, Task
from aahq_builder.errors import ErrorKind
from aahq_builder.records import Artwork
from aahq_builder.web.breaker import FAILURES_TO_OPEN, PROBES, Breaker
from aahq_builder.web.hosts import Hosts
from aahq_builder.web.rate import Bucket, Pace
from aahq_builder.web.retry import MAX_TRIES, PASSING, RetryPolicy


def test_requests_start_at_the_rate_whatever_the_caller_wants() -> None:
    bucket = Bucket(rate=4.0)
    starts = [bucket.take(0.0) for _ in range(9)]
    assert starts == pytest.approx([0.25 * number for number in range(9)])


def test_idle_time_is_not_saved_up_for_a_burst() -> None:
    bucket = Bucket(rate=1.0)
    bucket.take(0.0)
    assert [bucket.take(100.0), bucket.take(100.0)] == pytest.approx([0.0, 1.0])


def test_refusals_halve_the_rate_and_good_answers_bring_it_back_but_never_above() -> None:
    bucket = Bucket(rate=2.0)
    bucket.refused(0.0, retry_after_s=None)
    bucket.refused(0.0, retry_after_s=None)
    assert bucket.interval_s == pytest.approx(2.0)
    for _ in range(100):
        bucket.answered(0.01)
    assert bucket.interval_s == pytest.approx(0.5)


def test_retry_after_silences_the_host_even_without_a_rate() -> None:
    bucket = Bucket(rate=0.0)
    bucket.refused(10.0, retry_after_s=7.0)
    assert bucket.wait_s(12.0) == pytest.approx(5.0)


def test_a_slow_host_is_asked_less_often_and_crawl_delay_is_kept() -> None:
    bucket = Bucket(rate=10.0)
    for _ in range(60):
        bucket.answered(8.0)
    assert bucket.interval_s == pytest.approx(2.0, rel=0.01)
    assert Bucket(rate=10.0, min_interval_s=5.0).interval_s == 5.0


@pytest.mark.parametrize("kind", list(ErrorKind))
def test_only_what_may_pass_is_tried_again_and_at_most_five_times(kind: ErrorKind) -> None:
    policy, rng = RetryPolicy(), random.Random(0)
    pauses = [policy.pause_s(kind, tries, None, rng) for tries in range(1, 8)]
    tries = 1 + sum(pause is not None for pause in pauses)
    assert tries == (MAX_TRIES if kind in PASSING else 1)


def test_passing_kinds_are_those_that_the_documentation_names() -> None:
    assert {
        ErrorKind.CONNECT, ErrorKind.TIMEOUT, ErrorKind.HTTP_429, ErrorKind.HTTP_5XX, ErrorKind.TRUNCATED,
    } == PASSING  # fmt: skip


def test_back_off_is_full_jitter_below_a_doubling_bound() -> None:
    rng = random.Random(0)
    for tries in range(1, MAX_TRIES):
        pauses = [RetryPolicy(1.0).pause_s(ErrorKind.CONNECT, tries, None, rng) or 0.0 for _ in range(4000)]
        bound = 2.0 ** (tries - 1)
        assert min(pauses) >= 0
        assert max(pauses) <= bound
        assert sum(pauses) / len(pauses) == pytest.approx(bound / 2, rel=0.05)


def test_retry_after_is_a_lower_bound() -> None:
    assert (RetryPolicy().pause_s(ErrorKind.HTTP_429, 1, 90.0, random.Random(0)) or 0) >= 90.0


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


def task(number: int, host: str) -> Task:
    return Task(Artwork(artwork_id=f"met-{number}", source="met", host=host))


def make_scheduler(rate: float = 0.0) -> Scheduler:
    return Scheduler(Pace(rate), Hosts(60.0, say=lambda sentence: None))


def test_hosts_take_turns() -> None:
    scheduler = make_scheduler()
    for number in range(3):
        for host in ("a", "b"):
            scheduler.add(task(number, host), max_in_flight=9)
    hosts = [each.host for each in iter(lambda: scheduler.next(0.0), None)]
    assert hosts in (["a", "b"] * 3, ["b", "a"] * 3)


def test_a_slow_host_does_not_hold_up_the_others() -> None:
    scheduler = make_scheduler(rate=1.0)
    for number in range(5):
        scheduler.add(task(number, "slow"), max_in_flight=9)
    scheduler.add(task(9, "other"), max_in_flight=9)
    started = [each.host for each in iter(lambda: scheduler.next(0.0), None)]
    assert sorted(started) == ["other", "slow"]
    assert scheduler.next(0.5) is None
    assert (each := scheduler.next(1.0)) is not None
    assert each.host == "slow"


def test_no_host_has_more_in_flight_than_its_manners_allow() -> None:
    scheduler = make_scheduler()
    for number in range(5):
        scheduler.add(task(number, "a"), max_in_flight=2)
    first = scheduler.next(0.0)
    assert scheduler.next(0.0) is not None
    assert scheduler.next(0.0) is None
    assert first is not None
    scheduler.finished(first)
    assert scheduler.next(0.0) is not None


def test_a_delayed_task_waits_its_time() -> None:
    scheduler = make_scheduler()
    scheduler.add(task(1, "a"), max_in_flight=1)
    first = scheduler.next(0.0)
    assert first is not None
    scheduler.delay(first, until=3.0)
    assert scheduler.next(2.9) is None
    assert scheduler.next(3.0) is not None
