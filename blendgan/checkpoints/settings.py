"""The settings of a network from a `config.json`, checked before anything is built: anyone may write such a file."""

import math
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

LARGEST = {"mapping_layers": 64, "num_layers": 64, "depths": 256, "squeeze": 4096, "style_dim": 1 << 20}
"""Of whole numbers by their name; numbers of layers are small, since building layers takes time."""
LARGEST_OTHER = 1 << 16


def settings_from(kind: type[Any], values: object) -> Any:
    """An instance of the dataclass `kind`; raises `ValueError` with what does not fit."""
    if not isinstance(values, dict):
        raise ValueError("they are no object")
    hints = get_type_hints(kind)
    for name, value in values.items():
        if name not in hints:
            raise ValueError(f"{name} is not known")
        if not _fits(value, hints[name]):
            raise ValueError(f"{name} is {str(value)[:50]}")
        largest = LARGEST.get(name, LARGEST_OTHER)
        for number in value if isinstance(value, list) else (value,):
            if type(number) is int and not 0 <= number <= largest:
                raise ValueError(f"{name} is {number}; 0 to {largest} are possible")
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


def _fits(value: object, hint: Any) -> bool:
    """Whether a JSON value is of a type as our dataclasses have them."""
    kind, members = get_origin(hint), get_args(hint)
    if kind is Literal:
        return value in members
    if kind in (Union, UnionType):
        return any(_fits(value, member) for member in members)
    if kind is tuple:
        same = members[-1] is Ellipsis
        if not isinstance(value, list) or (len(value) > 100 if same else len(value) != len(members)):
            return False
        return all(_fits(item, members[0]) for item in value)
    if hint is float:
        return isinstance(value, int | float) and type(value) is not bool and math.isfinite(value)
    return value is None if hint is NoneType else type(value) is hint
