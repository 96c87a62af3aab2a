"""Lists are read as people save them; one that is not understood is refused with the names of its columns."""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aahq_builder.errors import UserError
from aahq_builder.sources.list_files import check_list, encoding_of, rows_of

ROW = {"url": "http://a/1.png", "artist": "Grünewald", "license": "CC0"}
TABLE = "{head}\nhttp://a/1.png{mark}Grünewald{mark}CC0\n"


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiters_and_encodings_are_recognised(tmp_path: Path, mark: str, encoding: str) -> None:
    text = TABLE.format(head=mark.join(ROW), mark=mark)
    path = written(tmp_path / "list.csv", text.encode(encoding))
    check_list(path)
    assert list(rows_of(path)) == [ROW]


@pytest.mark.parametrize("head", ["URL,Artist,License", "Image URL,artist,licence", " image_url ,ARTIST, Licence"])
def test_columns_are_known_whatever_their_spelling(tmp_path: Path, head: str) -> None:
    path = written(tmp_path / "list.csv", TABLE.format(head=head, mark=",").encode())
    assert list(rows_of(path)) == [ROW]


def test_a_line_in_which_excel_names_the_delimiter_is_no_header(tmp_path: Path) -> None:
    path = written(tmp_path / "list.csv", b"sep=;\r\nurl;title\r\nhttp://a/1.png;a, b\r\n")
    assert list(rows_of(path)) == [{"url": "http://a/1.png", "title": "a, b"}]


def test_a_list_without_a_column_of_addresses_is_refused_with_its_columns(tmp_path: Path) -> None:
    for path in (
        written(tmp_path / "list.csv", b"link,licence\nhttp://a/1.png,CC0\n"),
        written(tmp_path / "list.jsonl", b'{"link": "http://a/1.png", "licence": "CC0"}\n'),
    ):
        with pytest.raises(UserError, match=r"no column url, only: licence, link"):
            check_list(path)


def test_a_damaged_parquet_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read as a list"):
        check_list(written(tmp_path / "list.parquet", b"PAR1 and no more"))


def test_a_line_that_is_no_object_costs_itself(tmp_path: Path) -> None:
    lines = [json.dumps(ROW), "{oops", "[1]", "[" * 100_000, "null", json.dumps(ROW)]
    path = written(tmp_path / "list.jsonl", "\n".join(lines).encode())
    assert list(rows_of(path)) == [ROW, {}, {}, {}, {}, ROW]


def test_line_separators_within_a_text_end_no_row(tmp_path: Path) -> None:
    row = {"url": "http://a/1.png", "title": "one\u2028two\x85three"}
    path = written(tmp_path / "list.jsonl", (json.dumps(row, ensure_ascii=False) + "\n").encode())
    assert list(rows_of(path)) == [row]


def test_a_field_without_end_does_not_end_the_list(tmp_path: Path) -> None:
    body = "url,title\nhttp://a/1.png,one\nhttp://a/2.png," + "x" * (2 << 20) + "\nhttp://a/3.png,three\n"
    rows = [row.get("title") for row in rows_of(written(tmp_path / "list.csv", body.encode()))]
    assert rows[0] == "one"
    assert rows[-1] == "three"


def test_an_encoding_is_told_from_all_of_a_file_not_from_its_beginning(tmp_path: Path) -> None:
    content = b"url\n" + b"x" * (3 << 20) + "é".encode("cp1252")
    assert encoding_of(written(tmp_path / "list.csv", content)) == "cp1252"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from([".csv", ".tsv", ".jsonl"]))
def test_any_bytes_are_rows_or_refused(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = written(tmp_path / f"list{suffix}", content)
    try:
        check_list(path)
    except UserError:
        return
    assert all(isinstance(row, dict) for row in rows_of(path))


def test_what_a_spreadsheet_quotes_is_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    rows = [{"url": "http://a/1.png", "title": 'a "quoted", broken\nline'}]
    with path.open("w", newline="") as lines:
        table = csv.DictWriter(lines, ["url", "title"])
        table.writeheader()
        table.writerows(rows)
    assert list(rows_of(path)) == rows
