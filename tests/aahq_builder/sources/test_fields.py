"""Values of odd types from outside."""

import pytest

from aahq_builder.errors import ItemError
from aahq_builder.sources.fields import as_text, fields_of, listed_objects, maker_of, number, objects_in, texts_in

ODD = [None, True, 7, 0.5, "", " ", "word", [], ["a", 1, None, {"b": 2}], {}, {"a": 1}]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("A", "A"),
        (1889, "1889"),
        (["Ann", "Bob"], "Ann; Bob"),
        ("a\ud800b", "a?b"),
        (" ", None),
        (True, None),
        ({}, None),
    ],
)
def test_a_text_is_text_whatever_was_sent(value: object, expected: str | None) -> None:
    assert as_text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(893, 893), ("893", 893), ("893 px", None), (-1, None), ("²", None), (True, None), (1.5, None), ("9" * 40, None)],
)
def test_a_number_is_a_whole_one_that_the_database_can_hold(value: object, expected: int | None) -> None:
    assert number(value) == expected


@pytest.mark.parametrize("value", ODD)
def test_no_value_trips_an_accessor(value: object) -> None:
    document = {"field": value}
    assert all(isinstance(entry, dict) for entry in objects_in(document, "field"))
    assert all(isinstance(entry, str) for entry in texts_in(document, "field"))
    assert isinstance(fields_of(document, "field"), dict)


@pytest.mark.parametrize("value", [value for value in ODD if not isinstance(value, list)])
def test_a_listing_without_its_list_is_an_error_and_no_end(value: object) -> None:
    with pytest.raises(ItemError, match="no list 'data'"):
        listed_objects({"data": value}, "data")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Georges Seurat (French, 1859-1891)", "Georges Seurat"),
        ("Vincent van Gogh (Dutch, 1853–1890)", "Vincent van Gogh"),
        ("Vincent van Gogh\nDutch, 1853-1890", "Vincent van Gogh"),
        ("Jane Doe (American, born 1950)\nJohn Roe (British, 1940-2000)", "Jane Doe; John Roe"),
        ("Titian (Tiziano Vecellio) (Italian, c. 1488-1576)", "Titian (Tiziano Vecellio)"),
        ("Gilbert & George (founded 1967)", "Gilbert & George"),
        ("Unknown", "Unknown"),
        ("", None),
        ("   ", None),
        (None, None),
        ("(Dutch, 1853-1890)", None),
    ],
)
def test_a_maker_is_named_without_nation_and_years(words: str | None, name: str | None) -> None:
    assert maker_of(words) == name
