"""What a failed request means: the kind of every status and of every exception that the libraries may raise."""

import email.utils
import http.client
import math
import time
import traceback
from collections.abc import Mapping
from pathlib import Path

import requests
import urllib3
from urllib3.exceptions import NameResolutionError, NewConnectionError

from aahq_builder.errors import ErrorKind, ItemError

STATUS_KINDS = {
    401: ErrorKind.HTTP_401,
    403: ErrorKind.HTTP_403,
    404: ErrorKind.HTTP_404,
    410: ErrorKind.HTTP_410,
    429: ErrorKind.HTTP_429,
}


LONGEST_S = 1e9
"""Longer times than some thirty years say the same."""


NO_HTTP = (http.client.HTTPException, urllib3.exceptions.InvalidHeader, ValueError)
"""The last cause of an answer that breaks the protocol."""


class FetchError(ItemError):
    """A request that has failed, with the time the host asked us to stay away."""

    def __init__(self, kind: ErrorKind, detail: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(kind, detail)
        self.retry_after_s = retry_after_s


class HostGivenUpError(FetchError):
    """The host is left alone for the rest of the run: a listing that needs it stops here, and goes on another time."""


class UnreadSignalError(FetchError):
    """A required signal could not be read, for the reason in `kind`."""


def unexpected(error: BaseException) -> ItemError:
    """An exception that no code has foreseen, as the end of the item that was in hand: never of its thread."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    detail = f"{type(error).__name__}: {error} ({Path(place.filename).name}, line {place.lineno})"
    return ItemError(ErrorKind.WORKER_CRASH, detail[:300])


def retry_after_s(value: str | None) -> float | None:
    """Seconds that a `Retry-After` header asks for, a number or a date; at most `LONGEST_S`, None for nonsense."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, OverflowError, OSError):
            return None
    return None if math.isnan(seconds) else min(max(0.0, seconds), LONGEST_S)


IMPERVA_COOKIES = ("visid_incap_", "incap_ses_")


def is_challenge(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a refusal is a bot challenge."""
    if status not in (401, 403, 405, 429, 503):
        return False
    mitigated = headers.get("Cf-Mitigated", "").casefold() == "challenge"
    return (
        mitigated
        or bool(headers.get("x-amzn-waf-action"))
        or bool(headers.get("x-datadome"))
        or (status == 403 and _is_of_imperva(headers))
    )


def _is_of_imperva(headers: Mapping[str, str]) -> bool:
    """Imperva marks all that passes it; its own refusals are pages, whatever was asked for."""
    cookies = headers.get("Set-Cookie", "")
    is_marked = bool(headers.get("X-Iinfo")) or any(name in cookies for name in IMPERVA_COOKIES)
    return is_marked and headers.get("Content-Type", "").strip().casefold().startswith("text/html")


def raise_for_status(status: int, headers: Mapping[str, str]) -> None:
    """Raise the error that a status means, if it is one."""
    if status in (200, 203, 304):
        return
    if is_challenge(status, headers):
        raise FetchError(
            ErrorKind.HTTP_CHALLENGE, "the site asks for proof of a human visitor; we do not work around that"
        )
    kind = STATUS_KINDS.get(status) or (ErrorKind.HTTP_5XX if 500 <= status < 600 else ErrorKind.HTTP_4XX)
    raise FetchError(kind, f"status {status}", retry_after_s(headers.get("Retry-After")))


def as_fetch_error(error: Exception, reading: bool = False) -> FetchError:
    """The kind of a failure, found by walking down the causes that libraries wrap into each other."""
    causes = _causes(error)
    detail = f"{type(causes[-1]).__name__}: {causes[-1]}"[:300]
    if any(isinstance(cause, NameResolutionError) for cause in causes):
        return FetchError(ErrorKind.DNS, detail)
    for kind, types in (
        (ErrorKind.TLS, (requests.exceptions.SSLError, urllib3.exceptions.SSLError)),
        (ErrorKind.UNSAFE_URL, (requests.exceptions.InvalidURL, urllib3.exceptions.LocationParseError)),
        (ErrorKind.TIMEOUT, (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)),
        (ErrorKind.TRUNCATED, (urllib3.exceptions.IncompleteRead,)),
        (ErrorKind.DECODE, (urllib3.exceptions.DecodeError,)),
    ):
        # a refused connection is, oddly, a kind of timeout in urllib3
        if any(isinstance(cause, types) and not isinstance(cause, NewConnectionError) for cause in causes):
            return FetchError(kind, detail)
    if reading:
        return FetchError(ErrorKind.TRUNCATED, detail)
    is_lost = any(isinstance(cause, OSError) for cause in causes[1:])
    return FetchError(
        ErrorKind.HTTP_5XX if isinstance(causes[-1], NO_HTTP) and not is_lost else ErrorKind.CONNECT, detail
    )


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop(0)
        if isinstance(cause, BaseException) and cause not in found:
            found.append(cause)
            waiting += [getattr(cause, "reason", None), cause.__cause__, cause.__context__, *cause.args]
    return found
