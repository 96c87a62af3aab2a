"""Rates of hosts, with a clock that the test turns."""

import pytest

from aahq_builder.web.rate import Bucket


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
