"""Each case leaves its own columns in the row."""

import pytest

from aahq_builder.crawl.outcomes import Denied, Failed, Fetched, HeldBack, StoredFile, of_error
from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.records import Artwork
from aahq_builder.rights.rules import Signal
from aahq_builder.web.failures import FetchError, HostGivenUpError, UnreadSignalError

ROW = Artwork(artwork_id="met-1", source="met", image_url="http://example.org/large.png")
SILENT = Signal("robots", "silent")


@pytest.mark.parametrize(
    ("error", "case", "status"),
    [
        (ItemError(ErrorKind.OPT_OUT, "noai"), Denied, "denied"),
        (ItemError(ErrorKind.ROBOTS), Denied, "denied"),
        (UnreadSignalError(ErrorKind.HTTP_5XX), Denied, "denied"),
        (ItemError(ErrorKind.HTTP_5XX), Failed, "failed"),
        (ItemError(ErrorKind.DISK), Failed, "failed"),
    ],
)
def test_errors_of_rights_deny_and_those_of_technique_fail(error: ItemError, case: type, status: str) -> None:
    outcome = of_error(ROW, error, [SILENT])
    assert isinstance(outcome, case)
    assert not isinstance(outcome, HeldBack)
    columns = outcome.columns()
    assert (columns["status"], columns["error"], columns["error_detail"]) == (status, str(error.kind), error.detail)
    assert columns["rights_evidence"] == [{"signal": "robots", "finding": "silent"}]
    assert columns.get("rights") == ("denied" if status == "denied" else None)


def test_a_host_that_is_given_up_says_nothing_about_a_row() -> None:
    assert isinstance(of_error(ROW, HostGivenUpError(ErrorKind.HTTP_5XX), []), HeldBack)


@pytest.mark.parametrize("case", [ItemError, UnreadSignalError, FetchError])
def test_a_challenge_says_nothing_about_a_row(case: type[ItemError]) -> None:
    assert isinstance(of_error(ROW, case(ErrorKind.HTTP_CHALLENGE), []), HeldBack)


def test_a_fetched_row_loses_its_error_and_keeps_its_address_where_no_other_was_taken() -> None:
    facts = {"sha256": "a", "pixel_sha256": "b", "width": 2, "height": 3, "path": "originals/a", "fetched_at": "now"}
    columns = Fetched(ROW, "open", [SILENT], StoredFile(**facts)).columns()  # type: ignore[arg-type]
    assert columns["error"] is columns["error_detail"] is columns["etag"] is None
    assert (columns["status"], columns["rights"], columns["width"]) == ("fetched", "open", 2)
    assert "image_url" not in columns
    small = Fetched(ROW, "open", [], StoredFile(**facts, image_url="http://example.org/small.png"))  # type: ignore[arg-type]
    assert small.columns()["image_url"] == "http://example.org/small.png"


def test_a_detail_can_always_be_stored() -> None:
    outcome = of_error(ROW, ItemError(ErrorKind.WORKER_CRASH, "no character: \ud800" + "x" * 900), [])
    assert isinstance(outcome, Failed)
    detail = str(outcome.columns()["error_detail"])
    assert detail.startswith("no character: ?x")
    assert len(detail.encode()) == 500
