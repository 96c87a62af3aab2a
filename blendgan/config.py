"""What the configs of all commands are made of: numbers with their range, and the mark of what a rerun may change."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

from blendgan.errors import UserError

Precision = Literal["auto", "fp32", "tf32", "bf16"]
Device = Literal["auto", "cpu", "cuda", "mps"]
T = TypeVar("T")


@dataclass(frozen=True)
class Allowed:
    """The range of a number. NaN lies in none, since every comparison with it is false."""

    words: str
    """As the error says it: 'give …'."""
    holds: Callable[[float], bool]


INFINITY = float("inf")
Count = Annotated[int, Allowed("a positive number", lambda x: x >= 1)]
CountOrZero = Annotated[int, Allowed("0 or more", lambda x: x >= 0)]
Positive = Annotated[float, Allowed("a positive number", lambda x: 0 < x < INFINITY)]
Weight = Annotated[float, Allowed("0 or a positive number", lambda x: 0 <= x < INFINITY)]
Share = Annotated[float, Allowed("a number from 0 to 1", lambda x: 0 <= x <= 1)]
Seed = Annotated[int, Allowed("0 to 2^63 - 1", lambda x: 0 <= x < 2**63)]
Resolution = Annotated[int, Allowed("a power of two from 8 to 1024", lambda x: x in {2**k for k in range(3, 11)})]
"""Side in px of the pictures of a generator."""

MAY_CHANGE = "a rerun may change it"
MayChange = Annotated[T, MAY_CHANGE]
"""Marks a setting that a run may be resumed with another value of."""


def check_ranges(config: Any) -> None:
    """Stop on the first number outside its range, in `config` or in the dataclasses that it holds."""
    for name, value, marks in _marked(config):
        for mark in marks:
            for number in value if isinstance(value, tuple) else (value,):
                if isinstance(mark, Allowed) and isinstance(number, int | float) and not mark.holds(number):
                    raise UserError(f"--{name.replace('_', '-')} is {number}; give {mark.words}")


def may_change(config: Any) -> frozenset[str]:
    """Names of the settings in `config` (and in the dataclasses that it holds) that a rerun may change."""
    return frozenset(name for name, _, marks in _marked(config) if MAY_CHANGE in marks)


def _marked(config: Any) -> Iterator[tuple[str, Any, tuple[Any, ...]]]:
    hints = get_type_hints(type(config), include_extras=True)
    for field in fields(config):
        value = getattr(config, field.name)
        if is_dataclass(value):
            yield from _marked(value)
        else:
            yield field.name, value, _marks(hints[field.name])


def _marks(hint: Any) -> tuple[Any, ...]:
    """Marks of a type and of the members of a union (`Count | None`)."""
    inner = (mark for member in getattr(hint, "__args__", ()) for mark in _marks(member))
    return (*getattr(hint, "__metadata__", ()), *inner)
