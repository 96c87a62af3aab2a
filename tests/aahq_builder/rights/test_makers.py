"""Who made a work, as museums, sites and people write it."""

import pytest

from aahq_builder.rights.makers import makers, spellings


@pytest.mark.parametrize(
    "credit",
    [
        "Vincent van Gogh",
        "VINCENT  van   GOGH",
        "Vincent van Gogh (Dutch, 1853–1890)",
        "Vincent van Gogh\nDutch, 1853-1890",
        "Vincent van Gogh, Dutch, 1853-1890",
        "Vincent van Gogh, 1853-1890",
        "Vincent van Gogh, born 1853",
        "Gogh, Vincent van",
        "Gogh, Vincent van, 1853-1890",
        "Artist: Vincent van Gogh",
        "Painted by Vincent van Gogh",
        "Vincent van Gogh; Paul Gauguin (French, 1848-1903)",
        "Paul Gauguin | Vincent van Gogh",
        "Paul Gauguin and Vincent van Gogh",
        "Paul Gauguin, Vincent van Gogh",
        "Paul Gauguin / Vincent van Gogh",
        "Vincent van Gogh [attributed by the museum]",
    ],
)
def test_a_maker_is_found_however_the_credit_is_written(credit: str) -> None:
    assert spellings("Vincent van Gogh") <= makers(credit)


@pytest.mark.parametrize(
    "credit",
    [
        "After Vincent van Gogh",
        "Attributed to Vincent van Gogh",
        "Workshop of Vincent van Gogh",
        "Vincent van Goghs",
        "Theo van Gogh",
        "Vincent",
        "",
    ],
)
def test_a_work_of_another_hand_is_not_the_makers(credit: str) -> None:
    assert not spellings("Vincent van Gogh") & makers(credit)


def test_makers_of_one_work_are_kept_apart() -> None:
    assert {"jane doe", "john roe"} <= makers("Jane Doe (American, 1950-2020); John Roe (British, born 1961)")
    assert not {"american", "british", "dutch"} & makers("Jane Doe (American); John Roe\nBritish, 1961")


def test_a_pair_with_one_name_is_not_taken_apart() -> None:
    assert makers("Gilbert & George") == {"gilbert george"}


def test_accents_count_for_nothing() -> None:
    assert spellings("Albrecht Durer") <= makers("Albrecht D\u00fcrer")
    assert spellings("Albrecht Du\u0308rer") & makers("Albrecht D\u00fcrer")
    assert spellings("Albrecht D\u00fcrer") & makers("Albrecht Durer")
