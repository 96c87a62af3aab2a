"""How pure neighbourhoods are: of a picture's nearest others, how many are in its own style."""

import numpy as np
from jaxtyping import Float, Int

from aahq_builder.tsne.project import nearest_neighbours


def purity(points: Float[np.ndarray, "pictures dim"], styles: Int[np.ndarray, " pictures"], count: int) -> float:
    """Mean share, among the `count` nearest others by Euclid, of those in the same style; 0 to 1.

    With fewer others than `count` it is the share among all of them. A picture alone has no neighbour: NaN.
    """
    indices, _ = nearest_neighbours(points, count)
    return float((styles[indices] == styles[:, None]).mean()) if indices.size else float("nan")


def purity_by_chance(styles: Int[np.ndarray, " pictures"]) -> float:
    """What `purity` comes to where neighbours are drawn at random."""
    sizes = np.unique(styles, return_counts=True)[1]
    return float((sizes * (sizes - 1)).sum() / max(len(styles) * (len(styles) - 1), 1))
