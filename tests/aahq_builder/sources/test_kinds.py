"""What kind of work a record describes, in the words that museums use."""

from collections import Counter

import pytest

from aahq_builder.errors import UserError
from aahq_builder.sources.kinds import (
    ANY_KIND,
    DEFAULT,
    OTHER,
    counts_in_words,
    hinted_kind,
    kind_of,
    read_kinds,
)

SAID = {
    ("Paintings",): "painting",
    ("Paintings-Oil on canvas",): "painting",
    (None, "Painting", "Oil on canvas"): "painting",
    (None, None, "Oil on copper"): "painting",
    ("maleri",): "painting",
    ("portrætmaleri",): "painting",
    ("schilderij",): "painting",
    ("olieverf op doek",): "painting",
    ("Olie på lærred",): "painting",
    ("Drawings",): "drawing",
    ("tegning",): "drawing",
    ("blyantstegning",): "drawing",
    ("tekening",): "drawing",
    ("Drawing and Watercolor",): "drawing",
    ("pen and brown ink on laid paper",): "drawing",
    ("Drawing for a print",): "drawing",
    ("Prints",): "print",
    ("Print after a painting",): "print",
    ("prent",): "print",
    ("kobberstik",): "print",
    ("Grafik",): "print",
    ("etching and drypoint",): "print",
    ("Relief print",): "print",
    ("Photographs",): "photograph",
    ("Gelatin silver print",): "photograph",
    ("albumen print from a wet collodion negative",): "photograph",
    ("Photograph of a painting",): "photograph",
    ("foto",): "photograph",
    ("fotografi",): "photograph",
    ("Sculpture-Bronze",): "sculpture",
    ("Bust, painted terracotta",): "sculpture",
    ("beeldhouwwerk",): "sculpture",
    ("skulptur",): "sculpture",
    ("Coins", "Coin", "Gold"): OTHER,
    ("munt",): OTHER,
    ("mønt",): OTHER,
    ("Ceramics", None, "Transfer-printed earthenware, a print"): OTHER,
    ("Lamps", "Oil lamp", "Clay"): OTHER,
    ("Printed textile",): OTHER,
    (None, ""): None,
    ("1889", None): None,
    (): None,
}


@pytest.mark.parametrize("texts", SAID, ids=str)
def test_the_kind_is_read_from_the_words_of_records(texts: tuple[str | None, ...]) -> None:
    assert kind_of(*texts) == SAID[texts]


def test_loose_words_name_a_kind_or_nothing() -> None:
    assert hinted_kind("Photographs of paintings|1889 births|Coins") == "painting"
    assert hinted_kind("Photographs by Nadar|PD-Art") == "photograph"
    assert hinted_kind("1889 births|Coins of Denmark") is None
    assert hinted_kind(None) is None


def test_what_a_record_does_not_say_is_never_skipped() -> None:
    kinds = read_kinds(DEFAULT)
    assert [kinds.allow(kind) for kind in ("painting", "drawing", "print", None)] == [True] * 4
    assert [kinds.allow(kind) for kind in ("photograph", "sculpture", OTHER)] == [False] * 3
    assert ANY_KIND.allow(OTHER)


def test_the_kinds_are_part_of_a_listing_in_one_order_and_any_is_as_it_was() -> None:
    assert read_kinds("print, Painting").in_words() == read_kinds("painting,print").in_words() == " [painting, print]"
    assert read_kinds("any").in_words() == ""
    assert read_kinds("painting,any") == ANY_KIND


@pytest.mark.parametrize("words", ["painting,poem", "paintings", "", ","])
def test_an_unknown_kind_is_one_sentence_that_names_those_there_are(words: str) -> None:
    with pytest.raises(UserError, match="photograph, sculpture and any"):
        read_kinds(words)


def test_counts_are_told_with_the_most_frequent_first() -> None:
    skipped = Counter({"sculpture": 1, "other": 4, "photograph": 13})
    assert counts_in_words(skipped) == "13 photographs, 4 coins and others, 1 sculpture"
