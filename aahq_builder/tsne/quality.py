"""How well a map keeps neighbourhoods in style, in numbers and in sentences."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from aahq_builder.tsne.project import are_equal, nearest_neighbours, usable_perplexity
from aahq_builder.tsne.shown import MapQuality

FEW, MANY = 10, 50
"""Neighbours that the measures look at."""
FEWEST_TO_JUDGE = 2 * FEW + 1
"""Trustworthiness of ten neighbours wants more faces than twenty."""
SAMPLE = 2_000
"""Faces whose strangers are looked for among all faces: their share is known to a few thousandths."""
AT_ONCE = 200
"""Faces whose distances to all others are in memory together: 53 MB of 33,245."""
GRADES = ("poor", "fair", "good", "very good")
TRUSTWORTHY, KEPT = (0.8, 0.9, 0.95), (0.15, 0.3, 0.5)
"""From where on a value is fair, good, very good. What chance would keep is deducted first; beyond it, two dimensions
seldom keep more than half of ten neighbours."""


def judge(
    points: Float[np.ndarray, "faces components"],
    positions: Float[np.ndarray, "faces 2"],
    neighbours: Int[np.ndarray, "faces near"],
    kl_divergence: float | None,
    seed: int,
) -> MapQuality | None:
    """Measures of a map, given the nearest faces in style of each; None for few faces, or where all are equal."""
    if len(points) < FEWEST_TO_JUDGE or are_equal(points):
        return None
    on_page, _ = nearest_neighbours(positions, MANY)
    chosen = np.arange(len(points))
    if len(points) > SAMPLE:
        chosen = np.sort(np.random.default_rng(seed).choice(len(points), SAMPLE, replace=False))
    return MapQuality(
        trustworthiness(points, on_page[:, :FEW], chosen),
        neighbours_kept(neighbours[:, :FEW], on_page[:, :FEW]),
        neighbours_kept(neighbours[:, :MANY], on_page),
        kl_divergence,
    )


def trustworthiness(
    points: Float[np.ndarray, "faces components"],
    on_page: Int[np.ndarray, "faces near"],
    chosen: Int[np.ndarray, " chosen"],
) -> float:
    """1 less the ranks by which neighbours on the page are too far in style, as a share of the worst (Venna 2001).

    The mean over `chosen` faces, each compared with all; over all faces it is scikit-learn's value, which needs the
    distances of all pairs in memory.
    """
    from sklearn.metrics import euclidean_distances

    count, near = on_page.shape
    too_far = 0
    for start in range(0, len(chosen), AT_ONCE):
        faces = chosen[start : start + AT_ONCE]
        distances = euclidean_distances(points[faces], points)
        distances[np.arange(len(faces)), faces] = np.inf
        for neighbour in on_page[faces].T:
            limit = distances[np.arange(len(faces)), neighbour]
            rank = (distances < limit[:, None]).sum(axis=1) + 1
            too_far += int(np.maximum(rank - near, 0).sum())
    worst = len(chosen) * near * (2 * count - 3 * near - 1) / 2
    return float(1 - too_far / worst)


def neighbours_kept(in_style: Int[np.ndarray, "faces near"], on_page: Int[np.ndarray, "faces near"]) -> float:
    """Share of the nearest faces in style that are among as many nearest on the page."""
    both = np.sort(np.concatenate([in_style, on_page], axis=1), axis=1)
    return float((both[:, 1:] == both[:, :-1]).sum() / in_style.size)


def in_words(quality: MapQuality | None, num_faces: int, perplexity: float) -> list[str]:
    """What the measures mean and whether they are good, a sentence each."""
    if quality is None:
        return [f"A map is judged from {FEWEST_TO_JUDGE} faces on that are not all equal; this one is not."]
    shares = (FEW, quality.kept_at_10), (MANY, quality.kept_at_50)
    trust = quality.trustworthiness
    said = [
        f"Trustworthiness {trust:.3f} ({_grade(trust, TRUSTWORTHY)}): 1 means that no face has neighbours on the map "
        "that are strangers in style."
    ]
    said += [_kept_in_words(near, kept, num_faces) for near, kept in shares if near < num_faces - 1]
    if quality.kl_divergence is not None:
        # a map without any order: log(n (n - 1)) less the entropy of the affinities, log(n * perplexity)
        at_random = np.log((num_faces - 1) / usable_perplexity(perplexity, num_faces))
        said.append(
            f"KL divergence {quality.kl_divergence:.2f}: what t-SNE could not keep, of about {at_random:.1f} in a map "
            "without order; only maps of the same faces and perplexity can be compared by it, and lower is better."
        )
    return said


def _kept_in_words(near: int, kept: float, num_faces: int) -> str:
    chance = near / (num_faces - 1)
    grade = _grade((kept - chance) / (1 - chance), KEPT)
    return (
        f"{kept:.0%} ({grade}) of the {near} nearest faces in style are among the {near} nearest on the map; chance "
        f"would keep {chance:.1%}."
    )


def _grade(value: float, bounds: Sequence[float]) -> str:
    return GRADES[sum(value >= bound for bound in bounds)]
