"""How a found artwork becomes a row."""

from aahq_builder.sources.found import artwork_id


def test_an_artwork_is_known_by_its_id_before_it_is_downloaded() -> None:
    assert artwork_id("met", "436535") == "met-dae61f2e6e41e58e"  # sha256sum of the digits
