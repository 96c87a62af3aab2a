"""CSV files as tables: any quoting, any damage, one download, and no more memory for more rows."""

import csv
import io
import random
import tracemalloc
from typing import BinaryIO

import pytest

from aahq_builder.errors import ItemError
from aahq_builder.web.csv_tables import CsvTable, CsvTables


def table(text: str, *columns: str) -> CsvTable:
    return CsvTable(io.BytesIO(text.encode()), "id", columns)


def test_rows_are_those_of_the_csv_module_by_their_key() -> None:
    rng = random.Random(1)
    pieces = ["a", ",", '"', "\n", "\r\n", " ", "é", ""]
    lines = [[rng.randrange(50), *("".join(rng.choices(pieces, k=4)) for _ in range(2))] for _ in range(300)]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["ID", "first", " second "], *lines])
    read = table(text.getvalue(), "second", "first")
    assert list(read.keys()) == sorted({line[0] for line in lines})
    for key in range(51):
        expected = [{"second": line[2], "first": line[1]} for line in lines if line[0] == key]
        assert read.of(key) == expected


def test_what_is_no_row_is_left_out_and_a_short_one_lacks_its_end() -> None:
    read = table("\ufeffid,name\n\n1\n-2,a\n1.5,b\n²,c\n" + "9" * 30 + ",d\n3,e,f,g\n", "name")
    assert [(key, read.of(key)) for key in read.keys()] == [(1, [{"name": ""}]), (3, [{"name": "e"}])]  # noqa: SIM118
    read = CsvTable(io.BytesIO(b"id,name\n1,caf\xe9\n"), "id", ["name"])
    assert read.of(1) == [{"name": "caf\ufffd"}]


def test_a_quote_that_is_never_closed_costs_no_more_than_what_it_holds() -> None:
    read = table('id,name\n1,a\n2,"' + "x\n" * 100_000, "name")
    assert read.of(1) == [{"name": "a"}]


@pytest.mark.parametrize("text", ["", "\n", "<html>", "id\n1", "name\nAnn"])
def test_a_file_without_its_columns_is_none(text: str) -> None:
    with pytest.raises(ItemError, match="has no column"):
        table(text, "name")


def test_a_file_is_downloaded_once_and_a_failure_is_not_kept() -> None:
    tables, answers = CsvTables(), [b"id,name\n1,a\n", b"<html>"]

    def download(file: BinaryIO) -> None:
        file.write(answers.pop())

    with pytest.raises(ItemError):
        tables.get("http://a", "id", ["name"], download)
    first = tables.get("http://a", "id", ["name"], download)
    assert tables.get("http://a", "id", ["name"], download) is first
    assert answers == []


def test_ten_times_the_rows_need_no_more_memory() -> None:
    peaks = []
    for count in (2_000, 20_000):
        content = io.BytesIO(("id,name\n" + "".join(f"{number},{'x' * 200}\n" for number in range(count))).encode())
        tracemalloc.start()
        CsvTable(content, "id", ["name"])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] <= 1.5 * peaks[0]
