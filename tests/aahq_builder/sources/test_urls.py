"""Lists of addresses that the user brings, in all forms."""

import json
from pathlib import Path

import pytest

from aahq_builder.errors import UserError
from aahq_builder.sources.found import FoundArtwork
from aahq_builder.sources.urls import Urls

ROWS = [
    {"url": "http://a/1.png", "license": "CC0", "tags": "a|no ai"},
    {"image_url": "http://a/2.png", "title": "T"},
    {},
]


def write_rows(path: Path) -> Path:
    if path.suffix == ".jsonl":
        path.write_text("\n".join(json.dumps(row) for row in ROWS))
    elif path.suffix == ".parquet":
        import pandas as pd

        pd.DataFrame(ROWS).to_parquet(path)
    else:
        mark = "\t" if path.suffix == ".tsv" else ","
        names = ["url", "image_url", "title", "license", "tags"]
        lines = [names] + [[row.get(name, "") for name in names] for row in ROWS]
        path.write_text("\n".join(mark.join(line) for line in lines))
    return path


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_lists_of_all_forms_give_the_same_artworks_and_resume_by_row(tmp_path: Path, suffix: str) -> None:
    source = Urls(write_rows(tmp_path / f"list{suffix}"))
    found = [listed.work for page in source.ids(None, None) for listed in page.works]  # type: ignore[arg-type]
    assert [one.source_id for one in found] == ["http://a/1.png", "http://a/2.png", "row 3"]
    assert found[0].license.spdx == "CC0-1.0"
    assert list(found[0].tags) == ["a", "no ai"]
    rest = [listed.work.source_id for page in source.ids(None, {"row": 2}) for listed in page.works]  # type: ignore[arg-type]
    assert rest == ["row 3"]


def test_a_changed_list_has_another_name_and_is_read_again(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "list.csv")
    before = Urls(path).listing()
    path.write_text(path.read_text() + "\nhttp://a/3.png,,,,")
    assert Urls(path).listing() != before


def test_a_list_of_another_form_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="urls reads"):
        Urls(tmp_path / "list.xlsx")


def works_of(path: Path) -> list[FoundArtwork]:
    return [listed.work for page in Urls(path).ids(None, None) for listed in page.works]  # type: ignore[arg-type]


def test_an_id_that_two_pictures_share_loses_neither(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("id,url\n7,http://a/1.png\n8,http://a/2.png\n7,http://a/3.png\n")
    assert [work.source_id for work in works_of(path)] == ["7 http://a/1.png", "8", "7 http://a/3.png"]


def test_tags_are_read_as_lists_and_as_joined_text(tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    all_tags: tuple[object, ...] = (["a", "no ai"], "a; no ai", 7)
    rows = [{"url": "http://a/1.png", "tags": tags} for tags in all_tags]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert [work.tags for work in works_of(path)] == [["a", "no ai"], ["a", "no ai"], ["7"]]


def test_half_a_character_can_be_stored(tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    path.write_text('{"url": "http://a/1.png", "title": "\\ud800x"}\n')
    assert works_of(path)[0].title == "?x"


def test_a_row_without_an_address_says_so(tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    path.write_text('{"url": "http://a/1.png"}\n{oops\n{"title": "T"}\n')
    details = [signal.value for work in works_of(path) for signal in work.signals]
    assert details == ["row 2 of the list is empty, or cannot be read", "row 3 of the list has no address"]


def test_one_picture_under_two_tracked_addresses_is_one_work(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("id,url\n7,http://a/1.png?utm_source=x\n7,http://a/1.png?utm_source=y\n,http://a/2.png?utm_id=1\n")
    works = works_of(path)
    assert [work.source_id for work in works] == ["7", "7", "http://a/2.png"]
    assert {work.candidates[0].url for work in works} == {"http://a/1.png", "http://a/2.png"}
