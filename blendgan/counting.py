"""Names by how often they come, in one order wherever they are listed: the most frequent first, then the alphabet."""

from collections import Counter
from collections.abc import Iterable, Mapping

Count = tuple[str, int]
"""A name, and how often it comes."""


def ranked(names: Iterable[str]) -> list[Count]:
    """Names with their counts."""
    return in_order(Counter(names))


def in_order(counted: Mapping[str, int]) -> list[Count]:
    """Names that were counted already."""
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))
