"""Settings of a network out of a `config.json`, which anybody may have written."""

from collections.abc import Mapping
from dataclasses import fields
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
LARGEST = 1 << 20
"""No side, width or length of a code is larger; raw Gram vectors have 610,304 values."""
COUNTS, MOST = frozenset({"mapping_layers", "num_layers", "depths"}), 200
"""Settings that count layers, and how many no network has of a kind."""


def settings_of(kind: type[T], values: object) -> T:
    """The dataclass `kind` with these values, each of its type and of a size that a network can have.

    Raises `ValueError` or `TypeError` with what does not fit, before anything is built.
    """
    if not isinstance(values, Mapping):
        raise TypeError("settings are not a table")
    hints = get_type_hints(kind)
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    for name, value in given.items():
        if name not in {field.name for field in fields(kind)}:  # type: ignore[arg-type]
            raise ValueError(f"there is no setting {str(name)[:40]}")
        if not _fits(value, hints[name], MOST if name in COUNTS else LARGEST):
            raise ValueError(f"{name} is {str(value)[:40]}")
    return kind(**given)


def _fits(value: object, hint: Any, largest: int) -> bool:
    """Whether a value read from JSON is of the annotated type and, if a number, neither negative nor beyond use."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, part, largest) for part in parts)
    if origin is Literal:
        return value in parts
    if origin is tuple:
        return isinstance(value, tuple) and _all_fit(value, parts, largest)
    if hint is NoneType:
        return value is None
    if hint is bool or hint is str:
        return isinstance(value, hint)
    kinds = (int, float) if hint is float else (int,)
    return isinstance(value, kinds) and not isinstance(value, bool) and 0 <= value <= largest


def _all_fit(values: tuple[object, ...], parts: tuple[Any, ...], largest: int) -> bool:
    """Whether the items are of the types `parts`; an ellipsis at the end stands for any number of the first."""
    hints = [parts[0]] * len(values) if parts[-1] is Ellipsis else list(parts)
    fitting = (_fits(item, part, largest) for item, part in zip(values, hints, strict=False))
    return len(values) == len(hints) and all(fitting)
