"""Clusters and judgement of a map of AAHQ's size: what they add to its layout, and what the graph of neighbours costs.

33,245 drawn codes (see `benchmarks/tsne.py`), 50 principal components. HDBSCAN on all pairs is only affordable for a
sample, on which both must find the same; drawn artists are known. Run: python -m benchmarks.map_clusters [FACES]
"""

import json
import sys

import numpy as np

from aahq_builder.tsne.clusters import find_clusters, smallest_cluster
from aahq_builder.tsne.project import fit_reduction, nearest_neighbours
from aahq_builder.tsne.quality import MANY, judge
from benchmarks.memory import peak_mb
from benchmarks.tsne import ARTISTS, FACES, SEED, VALUES, drawn_codes, timed

SAMPLE = 6_000


def drawn_artists(count: int) -> np.ndarray:
    """Who drew the codes: the first draws of `drawn_codes`."""
    rng = np.random.default_rng(SEED)
    share = rng.pareto(1.5, ARTISTS) + 0.05
    return rng.choice(ARTISTS, count, p=share / share.sum())


def against_all_pairs(points: np.ndarray) -> tuple[float, float, float]:
    """Adjusted Rand index with scikit-learn's HDBSCAN on all pairs, strangers included, and both processor times."""
    from sklearn.cluster import HDBSCAN
    from sklearn.metrics import adjusted_rand_score

    near, _, near_s = timed(lambda: nearest_neighbours(points, MANY))
    ours, _, ours_s = timed(lambda: find_clusters(points, *near).labels)
    search = HDBSCAN(min_cluster_size=smallest_cluster(len(points)), min_samples=3, copy=True)
    theirs, _, theirs_s = timed(lambda: search.fit(points.astype(np.float64)).labels_)
    return float(adjusted_rand_score(ours, theirs)), near_s + ours_s, theirs_s


def main(count: int = FACES) -> None:
    """Print the steps, then the ratios."""
    from sklearn.metrics import adjusted_rand_score

    codes = drawn_codes(count)
    points = fit_reduction(codes, (VALUES,), 50, SEED).apply(codes)
    del codes
    near, near_wall, near_s = timed(lambda: nearest_neighbours(points, MANY))
    print(f"neighbours  {near_wall:6.1f} s, {near_s:6.1f} s of processor time", flush=True)
    found, wall, seconds = timed(lambda: find_clusters(points, *near))
    inside = found.labels >= 0
    print(f"clusters    {wall:6.1f} s, {seconds:6.1f} s of processor time: {len(found.medoids)}", flush=True)
    # where the faces lie on the page does not change what the judgement costs
    _, judge_wall, judge_s = timed(lambda: judge(points, points[:, :2], near[0], None, SEED))
    print(
        f"judgement   {judge_wall:6.1f} s, {judge_s:6.1f} s of processor time, {peak_mb():.0f} MB at most", flush=True
    )
    mb = peak_mb()
    same, ours_s, theirs_s = against_all_pairs(points[:SAMPLE])
    facts = {
        "benchmark": "map_clusters",
        "compares": f"find_clusters with scikit-learn's HDBSCAN on all pairs of {min(SAMPLE, count)} of the faces",
        "faces": count,
        "clusters": len(found.medoids),
        "share_in_clusters": round(float(inside.mean()), 4),
        "rand_index_with_artists": round(adjusted_rand_score(drawn_artists(count)[inside], found.labels[inside]), 4),
        "neighbours_cpu_seconds": round(near_s, 1),
        "clusters_cpu_seconds": round(seconds, 1),
        "judgement_cpu_seconds": round(judge_s, 1),
        "seconds": round(near_wall + wall + judge_wall, 1),
        "peak_mb": round(mb),
        "rand_index_with_all_pairs": round(same, 4),
        "cpu_speedup_over_all_pairs": round(theirs_s / ours_s, 2),
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
