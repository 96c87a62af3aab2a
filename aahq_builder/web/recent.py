"""What was used last, up to a weight: a memory that stays bounded however many hosts a command meets."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class Recent(Generic[T]):
    """Values by name; those that were not used for longest are dropped. Not safe for threads by itself."""

    max_weight: int
    values: "OrderedDict[str, tuple[T, int]]" = field(default_factory=OrderedDict)
    weight: int = 0

    def get(self, name: str) -> T | None:
        """The value of a name, if it is still there."""
        if name not in self.values:
            return None
        self.values.move_to_end(name)
        return self.values[name][0]

    def put(self, name: str, value: T, weight: int) -> None:
        """Keep a value; the newest one stays whatever its weight."""
        self.weight += weight - self.values.pop(name, (value, 0))[1]
        self.values[name] = value, weight
        while self.weight > self.max_weight and len(self.values) > 1:
            _, (_, dropped) = self.values.popitem(last=False)
            self.weight -= dropped
