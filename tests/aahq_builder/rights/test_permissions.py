"""What a written permission covers."""

import pytest

from aahq_builder.rights.permissions import Permission


@pytest.mark.parametrize(
    ("page", "url", "covers"),
    [
        ("https://a.example/*", "https://a.example/works/1", True),
        ("https://a.example/works", "https://a.example/works/1", False),
        ("https://a.example/view?id=*", "https://a.example/view?id=7", True),
        ("https://a.example/view?id=*", "https://a.example/viewXid=7", False),
        ("https://a.example/[new]/*", "https://a.example/[new]/1", True),
        ("*/ann/*", "https://a.example/ann/1", True),
    ],
)
def test_only_a_star_stands_for_anything(page: str, url: str, covers: bool) -> None:
    permission = Permission(artist="", page=page, scope="training", date="2026-01-31", evidence="letter.pdf")
    assert permission.covers("Ann", url) is covers
