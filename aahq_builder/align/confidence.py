"""How likely a proposal is a face: a logistic regression on what the second looks have measured."""

from collections.abc import Mapping, Sequence

import numpy as np

WEIGHTS = {"hog": 2.4, "mmod": 5.9}
BIAS = -1.4
HOG_WEIGHT, HOG_BIAS = 4.5, 0.4
"""For faces about which the network was not asked."""
DEFAULT_BOUND = 0.6
"""Least confidence of a kept face, the default of the filter's rule `confidence`."""


def confidence(facts: Mapping[str, float]) -> float:
    """Probability in [0, 1]."""
    if "mmod" in facts:
        logit = BIAS + sum(weight * facts[name] for name, weight in WEIGHTS.items())
    else:
        logit = HOG_BIAS + HOG_WEIGHT * facts["hog"]
    return round(float(1 / (1 + np.exp(-logit))), 4)


def supported(sure: float, supports: Sequence[float]) -> float:
    """Probability that at least one of several independent grounds holds; `sure` itself without further ones."""
    return round(float(1 - (1 - sure) * np.prod([1 - support for support in supports])), 4)
