"""What failures mean: times that hosts ask for, challenges, defects."""

import email.utils
import time

import pytest
import requests

from aahq_builder.errors import ErrorKind
from aahq_builder.web.failures import LONGEST_S, FetchError, is_challenge, raise_for_status, retry_after_s, unexpected


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("0", 0.0), ("-3", 0.0), ("1.5", 1.5), ("soon", None), ("", None), (None, None), ("nan", None),
     ("inf", LONGEST_S), ("9" * 400, LONGEST_S)],
)  # fmt: skip
def test_retry_after_is_a_number_of_seconds(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value) == seconds


def test_retry_after_is_a_date() -> None:
    asked = retry_after_s(email.utils.formatdate(time.time() + 100, usegmt=True))
    assert asked is not None
    assert 98 <= asked <= 100
    assert retry_after_s(email.utils.formatdate(0, usegmt=True)) == 0.0


@pytest.mark.parametrize(
    "headers", [{"Cf-Mitigated": "challenge"}, {"x-amzn-waf-action": "captcha"}, {"x-datadome": "1"}]
)
def test_challenges_are_told_from_refusals(headers: dict[str, str]) -> None:
    for status in (403, 429, 503):
        assert is_challenge(status, headers)
        with pytest.raises(FetchError) as caught:
            raise_for_status(status, headers)
        assert caught.value.kind is ErrorKind.HTTP_CHALLENGE
    assert not is_challenge(404, headers)


PAGE = {"Content-Type": "text/html"}
IINFO, COOKIE = (
    {"X-Iinfo": "1-2-3 NNNN RT(1 2) q(0 -1 -1 0) r(0 -1) B15"},
    {"Set-Cookie": "a=b, visid_incap_12=x; path=/"},
)


@pytest.mark.parametrize(
    ("status", "headers", "is_wall"),
    [
        (403, {**PAGE, **IINFO}, True),
        (403, {**PAGE, **COOKIE}, True),
        (403, {**PAGE, "Set-Cookie": "incap_ses_7_12=x"}, True),
        (403, {"Content-Type": "application/json", **IINFO, **COOKIE}, False),  # the museum's own, which passed it
        (403, PAGE, False),
        (503, {**PAGE, **IINFO}, False),
        (200, {**PAGE, **IINFO, **COOKIE}, False),
    ],
)
def test_imperva_is_known_by_a_page_with_its_marks(status: int, headers: dict[str, str], is_wall: bool) -> None:
    assert is_challenge(status, requests.structures.CaseInsensitiveDict(headers)) is is_wall


def test_a_defect_is_named_with_its_place() -> None:
    try:
        int("seven")
    except ValueError as error:
        found = unexpected(error)
    assert found.kind is ErrorKind.WORKER_CRASH
    assert found.detail.startswith(
        "ValueError: invalid literal for int() with base 10: 'seven' (test_failures.py, line "
    )
