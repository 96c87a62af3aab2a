"""What is tried again, how often and when."""

import random

import pytest

from aahq_builder.errors import ErrorKind
from aahq_builder.web.retry import MAX_TRIES, TRANSIENT, RetryPolicy


@pytest.mark.parametrize("kind", list(ErrorKind))
def test_only_what_may_pass_is_tried_again_and_at_most_five_times(kind: ErrorKind) -> None:
    policy, rng = RetryPolicy(), random.Random(0)
    pauses = [policy.pause_s(kind, tries, None, rng) for tries in range(1, 8)]
    tries = 1 + sum(pause is not None for pause in pauses)
    assert tries == (MAX_TRIES if kind in TRANSIENT else 1)


def test_transient_kinds_are_those_that_the_documentation_names() -> None:
    assert {
        ErrorKind.CONNECT, ErrorKind.TIMEOUT, ErrorKind.HTTP_429, ErrorKind.HTTP_5XX, ErrorKind.TRUNCATED,
    } == TRANSIENT  # fmt: skip


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
