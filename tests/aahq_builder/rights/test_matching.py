"""Which works a person means, and what is offered when nothing fits."""

from pathlib import Path

import pytest

from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Face, Fingerprint
from aahq_builder.rights.matching import find, near, read_pattern
from tests.aahq_builder.test_journal import FACE

SIZES = [{"url": "https://images.example.org/7-large.jpg", "width": 2, "height": 2}]
ROWS = [
    Artwork(artwork_id="met-0000000000000001", source="met", artist="Jane Doe (British, born 1950)", sha256="a" * 64),
    Artwork(artwork_id="met-0000000000000002", source="met", artist="Doe, Jane; John Roe", pixel_sha256="a" * 64),
    Artwork(artwork_id="met-0000000000000003", source="met", artist="After Jane Doe", status="fetched"),
    Artwork(
        artwork_id="html-0000000000000004",
        source="html",
        artist="Mary Moe",
        page_url="https://example.org/mary/works/4/",
        image_url="https://images.example.org/7-small.jpg",
        candidates=SIZES,
    ),
    Artwork(artwork_id="met-0000000000000005", source="met", artist="Jane Doe", status="removed"),
]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    journal = Journal(tmp_path / "aahq.sqlite")
    face = {**vars(FACE), "face_id": "html-0000000000000004-0", "artwork_id": "html-0000000000000004"}
    print_ = Fingerprint(
        face_id="html-0000000000000004-0",
        pixel_sha256="b" * 64,
        perceptual_hash="",
        face_sketch=b"",
        work_sketch=b"",
        version="1",
    )
    journal.insert([*ROWS, Face(**face), print_])
    return journal


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("Jane Doe", [1, 2]),
        ("artist:jane  DOE", [1, 2]),
        ("artist:J* Doe", [1, 2]),
        ("artist:John Roe", [2]),
        ("artist:After Jane Doe", [3]),
        ("page:https://example.org/mary/works/4", [4]),
        ("HTTP://www.example.org/mary/works/4#top", [4]),
        ("https://images.example.org/7-large.jpg", [4]),
        ("https://images.example.org/7-small.jpg?utm_source=x", [4]),
        ("page:https://example.org/mary/*", [4]),
        ("page:https://example.org/mar?/*", []),
        ("page:https://example.org/[a-z]*/works/4", []),
        ("a" * 64, [1, 2]),
        ("hash:" + "B" * 64, [4]),
        ("html-0000000000000004-0", [4]),
        ("met-0000000000000003", [3]),
        ("met-0000000000000005", []),
        ("artist:Nobody", []),
    ],
)
def test_a_pattern_finds_what_it_means(journal: Journal, words: str, numbers: list[int]) -> None:
    assert sorted(int(row.artwork_id[-1]) for row in find(journal, read_pattern(words))) == numbers


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("artist:Jane", ["After Jane Doe", "Doe, Jane; John Roe", "Jane Doe (British, born 1950)"]),
        ("artist:Marie Moe", ["Mary Moe"]),
        ("artist:Somebody Else", []),
        ("page:https://example.org/mary/works/44", ["https://example.org/mary/works/4/"]),
        ("page:https://example.com/mary/works/4", []),
    ],
)
def test_what_comes_near_is_offered(journal: Journal, words: str, offered: list[str]) -> None:
    assert near(journal, read_pattern(words)) == offered
