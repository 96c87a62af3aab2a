"""Lists of addresses that the user brings, in all forms."""

import json
from pathlib import Path

import pytest

from aahq_builder.errors import UserError
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
