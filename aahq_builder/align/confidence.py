"""How likely a proposal is a face: a logistic regression on what the second looks have measured."""

from collections.abc import Mapping

import numpy as np

WEIGHTS = {"hog": 3.0, "mmod": 2.0, "landmark_disagreement": -30.0}
BIAS = 1.0


def confidence(facts: Mapping[str, float]) -> float:
    """Probability in [0, 1]."""
    logit = BIAS + sum(weight * facts[name] for name, weight in WEIGHTS.items())
    return round(float(1 / (1 + np.exp(-logit))), 4)
