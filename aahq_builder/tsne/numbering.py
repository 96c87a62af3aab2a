"""Numbers of clusters that last: a cluster found again keeps the number that the earlier map gave it."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Int

from aahq_builder.tsne.shown import NO_CLUSTER


def keep_numbers(
    labels: Int[np.ndarray, " faces"], face_ids: Sequence[str], earlier: Mapping[str, int], given: int
) -> tuple[Int[np.ndarray, " faces"], int]:
    """The number of each face's cluster, and how many numbers have been given by now.

    `earlier` holds the numbers of the faces that were in a cluster of the earlier map, and `given` how many numbers had
    been given by then. A cluster keeps its number if more than half of those of its faces that are still there are
    together; where several have merged, the one that brings the most faces does (the lower number, if they are even).
    Others get numbers that no cluster ever had, the largest first, from 1.
    """
    held = [
        (earlier[face_id], int(label)) for face_id, label in zip(face_ids, labels, strict=True) if face_id in earlier
    ]
    still_there = Counter(number for number, _ in held)
    together = Counter(pair for pair in held if pair[1] != NO_CLUSTER)
    numbers: dict[int, int] = {}
    for (number, label), overlap in sorted(together.items(), key=lambda item: (-item[1], item[0])):
        if 2 * overlap > still_there[number]:
            numbers.setdefault(label, number)
    sizes = Counter(labels[labels != NO_CLUSTER].tolist())
    for label, _ in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        if label not in numbers:
            given += 1
            numbers[label] = given
    return np.array([numbers.get(int(label), NO_CLUSTER) for label in labels], dtype=np.int64), given
