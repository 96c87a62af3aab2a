"""Every kind of error tells what to do about it."""

from pathlib import Path

from aahq_builder.errors import ADVICE, ErrorKind


def test_every_kind_has_advice_and_a_line_in_the_documentation() -> None:
    assert set(ADVICE) == set(ErrorKind)
    text = (Path(__file__).parents[2] / "docs" / "errors.md").read_text()
    assert [kind for kind in ErrorKind if f"`{kind}`" not in text] == []
