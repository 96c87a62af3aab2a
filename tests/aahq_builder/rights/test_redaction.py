"""Blotting out names and addresses without touching anything else."""

import json
from pathlib import Path

import pytest

from aahq_builder.journal import Journal
from aahq_builder.records import Artwork
from aahq_builder.rights.redaction import Redaction, redaction_of

JANE = Redaction(frozenset({"jane doe"}), frozenset({"https://example.org/works/7"}))


@pytest.mark.parametrize(
    ("text", "blotted"),
    [
        ("works of JANE  Doe, and others", "works of [removed], and others"),
        ("https://site.example/jane-doe?page=2", "https://site.example/[removed]?page=2"),
        ("q=Jane%20Doe&r=Jane+Doe", "q=[removed]&r=[removed]"),
        ("see https://example.org/works/7 or 8", "see [removed] or 8"),
        ("Jane Doehler and Mary-Jane Doering", "Jane Doehler and Mary-Jane Doering"),
        ("jane, who is not doe", "jane, who is not doe"),
    ],
)
def test_every_spelling_is_blotted_and_nothing_else(text: str, blotted: str) -> None:
    assert JANE(text) == blotted


def test_json_stays_json() -> None:
    text = json.dumps({"query": "Jane Doe", "words": ["jane", "doe"]})
    assert json.loads(JANE(text)) == {"query": "[removed]", "words": ["jane", "doe"]}


def test_a_maker_with_other_works_stays_named(tmp_path: Path) -> None:
    with Journal(tmp_path / "aahq.sqlite") as journal:
        both = Artwork(artwork_id="met-1", source="met", artist="Jane Doe; John Roe", status="removed")
        journal.insert([both, Artwork(artwork_id="met-2", source="met", artist="John Roe (born 1961)")])
        redaction = redaction_of(journal, ["met-1"])
    assert redaction("Jane Doe met John Roe") == "[removed] met John Roe"


def test_without_names_nothing_is_blotted() -> None:
    assert Redaction()("anything") == "anything"
