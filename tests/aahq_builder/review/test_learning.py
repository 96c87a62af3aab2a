"""The model learns what can be learned, waits until there is enough, and is judged only on what it has not seen."""

import numpy as np
import pytest

from aahq_builder.review.learning import FEWEST_DECISIONS, STEP, agreement, expected_rejection


def curator(count: int, noise: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Faces of three scores, and a person who rejects where the first one is low."""
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((count, 3))
    return features, (features[:, 0] + noise * rng.standard_normal(count)) < -0.5


def test_nothing_is_learned_from_few_decisions_or_from_one_kind():
    features, rejected = curator(400)
    assert expected_rejection(features, range(FEWEST_DECISIONS - 1), rejected[: FEWEST_DECISIONS - 1]) is None
    assert expected_rejection(features, range(300), np.zeros(300, dtype=bool)) is None


def test_faces_that_will_be_rejected_are_ranked_first():
    features, rejected = curator(600)
    probability = expected_rejection(features, range(200), rejected[:200])
    assert probability is not None
    ranked = np.argsort(-probability[200:])
    first = rejected[200:][ranked][: int(rejected[200:].sum())]
    assert first.mean() > 0.95


def test_agreement_is_measured_on_later_decisions_only():
    features, rejected = curator(320)
    results = agreement(features, range(320), rejected)
    assert [(result.trained_on, result.judged) for result in results] == [(200, STEP), (250, STEP), (300, 20)]
    assert min(result.agreed for result in results) > 0.85
    assert all(result.ranking is not None and result.ranking > 0.95 for result in results)


def test_a_curator_who_throws_dice_cannot_be_foretold():
    features, _ = curator(600)
    dice = np.random.default_rng(1).random(600) < 0.5
    rankings = [result.ranking for result in agreement(features, range(600), dice)]
    assert len(rankings) == 8
    assert np.mean(rankings) == pytest.approx(0.5, abs=0.12)


def test_scores_that_were_not_taken_do_no_harm():
    features, rejected = curator(300)
    features[::3, 1] = np.nan
    features[:, 2] = np.nan
    probability = expected_rejection(features, range(250), rejected[:250])
    assert probability is not None
    assert np.isfinite(probability).all()
