"""The verdict on an artwork, policy by policy."""

import os
from pathlib import Path

import pytest

from aahq_builder.errors import ErrorKind, UserError
from aahq_builder.records import Artwork
from aahq_builder.rights.permissions import Permission, read_permissions
from aahq_builder.rights.rules import REQUIRED, Rules, Signal

LETTER = Permission("Jane Doe", "", "training", "2026-01-31", "letter.pdf")
SILENT = [Signal(name, "silent") for name in ("license", "tags", "page", "robots", "tdmrep", "ai_txt", "image_headers")]


def artwork(license: str | None = None, artist: str = "Jane Doe", source: str = "html") -> Artwork:  # noqa: A002
    return Artwork(artwork_id="html-1", source=source, artist=artist, license=license)


def verdict(rules: Rules, row: Artwork, *signals: Signal) -> tuple[str, ErrorKind | None]:
    read = [*SILENT, *signals, *rules.permission_signals(row)]
    decided = rules.decide(row, read, REQUIRED[row.source])
    return decided.rights, decided.error


OPEN, PERMITTED = Rules("open"), Rules("permitted", (LETTER,))
RESEARCH = Rules("research", legal_basis=True)


@pytest.mark.parametrize(
    ("rules", "row", "expected"),
    [
        (OPEN, artwork("CC-BY-4.0"), ("open", None)),
        (OPEN, artwork("CC-BY-NC-4.0"), ("denied", ErrorKind.NO_LICENSE)),
        (OPEN, artwork(None), ("denied", ErrorKind.NO_LICENSE)),
        (Rules("open", (LETTER,)), artwork(None), ("denied", ErrorKind.NO_LICENSE)),
        (PERMITTED, artwork(None), ("permitted", None)),
        (PERMITTED, artwork("CC-BY-NC-4.0"), ("permitted", None)),
        (PERMITTED, artwork("CC0-1.0", artist="Another"), ("open", None)),
        (PERMITTED, artwork(None, artist="Another"), ("denied", ErrorKind.NO_PERMISSION)),
        (RESEARCH, artwork(None), ("research", None)),
        (RESEARCH, artwork("CC-BY-NC-4.0"), ("denied", ErrorKind.NO_LICENSE)),
        (Rules("research"), artwork(None), ("denied", ErrorKind.NO_LICENSE)),
    ],
)
def test_policies(rules: Rules, row: Artwork, expected: tuple[str, ErrorKind | None]) -> None:
    assert verdict(rules, row) == expected


@pytest.mark.parametrize("rules", [OPEN, PERMITTED, RESEARCH])
@pytest.mark.parametrize("name", ["tags", "page", "robots", "tdmrep", "ai_txt", "image_headers"])
def test_an_opt_out_wins_over_every_licence_permission_and_policy(rules: Rules, name: str) -> None:
    for license_ in ("CC0-1.0", None):
        said_no = Signal(name, "opt_out", "noai")  # type: ignore[arg-type]
        assert verdict(rules, artwork(license_), said_no) == ("denied", ErrorKind.OPT_OUT)


def test_a_permission_covers_a_platforms_default_mark_but_no_robots_rule() -> None:
    default, forbidden = Signal("page", "platform_default", "noai"), Signal("robots", "forbidden")
    assert verdict(PERMITTED, artwork(), default) == ("permitted", None)
    assert verdict(RESEARCH, artwork(), default) == ("denied", ErrorKind.OPT_OUT)
    assert verdict(PERMITTED, artwork(), forbidden) == ("denied", ErrorKind.ROBOTS)


def test_a_required_signal_that_was_not_read_denies_with_its_cause() -> None:
    unread = Signal("page", "unread", error="timeout")
    assert verdict(OPEN, artwork("CC0-1.0"), unread) == ("denied", ErrorKind.TIMEOUT)
    decided = OPEN.decide(artwork("CC0-1.0"), SILENT[:2], REQUIRED["html"])
    assert decided.error is ErrorKind.SIGNAL_UNREAD


def test_naming_a_folder_is_a_permission_under_every_policy() -> None:
    row = artwork(None, source="folder")
    for rules in (OPEN, PERMITTED, RESEARCH):
        decided = rules.decide(row, [Signal("local_folder", "permission")], REQUIRED["folder"])
        assert (decided.rights, decided.error) == ("permitted", None)


def test_a_permission_names_an_artist_or_a_page_pattern() -> None:
    assert LETTER.covers("  jane   DOE", None)
    assert not LETTER.covers("Jane Doe Junior", None)
    page = Permission("", "https://example.org/jane/*", "training", "2026-01-31", "letter.pdf")
    assert page.covers(None, "https://example.org/jane/1")
    assert not page.covers("Jane Doe", "https://example.org/john/1")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (",,training,2026-01-31,letter.pdf", "neither an artist nor a page"),
        (",*,training,2026-01-31,letter.pdf", "neither an artist nor a page"),
        ("Jane,,,2026-01-31,letter.pdf", "scope ''"),
        ('Jane,,"training only, no pixels",2026-01-31,letter.pdf', "scope 'training only, no pixels'"),
        ("Jane,,all works for training,2026-01-31,letter.pdf", "neither 'training' nor"),
        ("Jane,,training,yesterday,letter.pdf", "yesterday"),
        ("Jane,,training,2026-01-31,missing.pdf", "missing.pdf"),
    ],
)
def test_a_permission_without_proof_stops_before_any_work(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "letter.pdf").write_text("yes")
    (tmp_path / "list.csv").write_text(f"artist,page,scope,date,evidence\n{line}\n")
    with pytest.raises(UserError, match=words):
        read_permissions(tmp_path / "list.csv")


def test_a_pipe_in_place_of_a_permission_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "list.csv")
    with pytest.raises(UserError, match="is no file"):
        read_permissions(tmp_path / "list.csv")


def test_a_whole_permission_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "letter.pdf").write_text("yes")
    (tmp_path / "list.csv").write_text("artist,page,scope,date,evidence\nJane Doe,,training,2026-01-31,letter.pdf\n")
    assert read_permissions(tmp_path / "list.csv") == (LETTER,)
