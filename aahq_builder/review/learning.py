"""Learning from review: a small model of what curators reject, and a measure of how well it predicts them.

Logistic regression on the stored scores and, where there is a map, on the style's principal components. Its agreement
is always measured on decisions made after the ones it learned from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

FEWEST_DECISIONS = 200
"""Before that many decisions the page ranks by the scores alone."""
STEP = 50
"""Decisions between two trainings."""
MOST_SHOWN = 8


@dataclass(frozen=True)
class Agreement:
    """How well a model predicted the decisions that came after those it was trained on."""

    trained_on: int
    judged: int
    agreed: float
    """Share of the later decisions that the model predicted."""
    majority: float
    """Share that is predicted by always naming the decision that was more frequent so far; a model should do better."""
    ranking: float | None
    """Probability that a rejected face was ranked before a kept one (AUC); None if there was only one kind."""


def learn(features: np.ndarray, rejected: np.ndarray) -> Any:
    """A fitted model; `features` `[faces, values]` may hold not-a-number, `rejected` is boolean."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    model = LogisticRegression(class_weight="balanced", C=0.3, max_iter=500)
    return make_pipeline(imputer, StandardScaler(), model).fit(features, rejected)


def expected_rejection(features: np.ndarray, decided: Sequence[int], rejected: np.ndarray) -> np.ndarray | None:
    """Probability of rejection for every face, from the decided ones; None while there is too little to learn from."""
    if len(decided) < FEWEST_DECISIONS or len(set(rejected.tolist())) < 2:
        return None
    probability: np.ndarray = learn(features[decided], rejected).predict_proba(features)[:, 1]
    return probability


def agreement(
    features: np.ndarray, decided: Sequence[int], rejected: np.ndarray, last: int = MOST_SHOWN
) -> list[Agreement]:
    """Train on the first 200 decisions, judge the next 50, train on 250, and so on; gives the `last` trials."""
    results = []
    for count in list(range(FEWEST_DECISIONS, len(decided), STEP))[-last:]:
        known, later = rejected[:count], rejected[count : count + STEP]
        if len(set(known.tolist())) < 2:
            continue
        model = learn(features[decided[:count]], known)
        probability = model.predict_proba(features[decided[count : count + STEP]])[:, 1]
        majority = known.mean() > 0.5
        results.append(
            Agreement(
                trained_on=count,
                judged=len(later),
                agreed=float(np.mean((probability > 0.5) == later)),
                majority=float(np.mean(later == majority)),
                ranking=_ranking(probability, later),
            )
        )
    return results


def _ranking(probability: np.ndarray, later: np.ndarray) -> float | None:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(later, probability)) if 0 < later.sum() < len(later) else None
