"""Ranges of numbers and the mark of what may change, in a config and in what it holds."""

from dataclasses import dataclass

import pytest

from blendgan.config import Count, MayChange, Positive, Seed, Share, Weight, check_ranges, may_change
from blendgan.errors import UserError


@dataclass(frozen=True)
class Inner:
    sides: tuple[Count, Count] = (1, 2)
    rate: MayChange[Positive] = 1.0


@dataclass(frozen=True)
class Outer:
    seed: Seed = 0
    share: Share = 0.5
    weight: Weight | None = None
    name: MayChange[str] = "x"
    inner: Inner = Inner()


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (Outer(seed=-1), "--seed is -1; give 0 to 2^63 - 1"),
        (Outer(seed=2**63), "--seed is 9223372036854775808; give"),
        (Outer(share=1.01), "--share is 1.01; give a number from 0 to 1"),
        (Outer(weight=float("nan")), "--weight is nan; give 0 or a positive number"),
        (Outer(weight=float("inf")), "--weight is inf; give"),
        (Outer(inner=Inner(rate=0.0)), "--rate is 0.0; give a positive number"),
        (Outer(inner=Inner(sides=(3, 0))), "--sides is 0; give a positive number"),
    ],
)
def test_a_number_out_of_its_range_is_named_with_value_and_range(config: Outer, sentence: str) -> None:
    with pytest.raises(UserError) as refused:
        check_ranges(config)
    assert str(refused.value).startswith(sentence)


def test_the_ends_of_a_range_and_values_left_out_are_in_it() -> None:
    for config in (Outer(), Outer(share=0.0, weight=0.0), Outer(share=1.0, seed=2**63 - 1)):
        check_ranges(config)


def test_what_may_change_is_marked_at_any_depth() -> None:
    assert may_change(Outer()) == {"name", "rate"}
