"""How likely a proposal is a face: a logistic regression on the scores of verification."""

from collections.abc import Mapping, Sequence

import numpy as np

WEIGHTS = {"hog": 2.4, "mmod": 5.9}
BIAS = -1.4
HOG_WEIGHT, HOG_BIAS = 4.5, 0.4
"""For faces that the network was not asked about, since HOG was certain."""
DEFAULT_BOUND = 0.6
"""Least confidence of a kept face, the default of the filter's rule `confidence`."""


def confidence(scores: Mapping[str, float]) -> float:
    """Probability in [0, 1], from `hog` and, where there is one, `mmod`."""
    if "mmod" in scores:
        logit = BIAS + sum(weight * scores[name] for name, weight in WEIGHTS.items())
    else:
        logit = HOG_BIAS + HOG_WEIGHT * scores["hog"]
    return round(float(1 / (1 + np.exp(-logit))), 4)


def supported(sure: float, supports: Sequence[float]) -> float:
    """Probability that any of several independent grounds holds: 1 - (1 - sure) * product of (1 - support)."""
    return round(float(1 - (1 - sure) * np.prod([1 - support for support in supports])), 4)
