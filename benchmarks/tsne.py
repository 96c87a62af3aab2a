"""t-SNE of as many faces as AAHQ has, against scikit-learn: time, and quality by one and the same KL divergence.

33,245 style codes of 512 values are drawn as 300 artists of uneven size; both programs see the same 50 principal
components and may use two cores. Run: python -m benchmarks.tsne [FACES [JOBS]]
"""

import json
import sys
import time
from collections.abc import Callable

import numpy as np

from aahq_builder.tsne.project import fit_reduction, lay_out

FACES, VALUES, ARTISTS, JOBS = 33_245, 512, 300, 2
PERPLEXITY, SEED = 30.0, 0


def drawn_codes(count: int) -> np.ndarray:
    """Codes that cluster by artist, with a long tail of artists and noise in every direction."""
    rng = np.random.default_rng(SEED)
    share = rng.pareto(1.5, ARTISTS) + 0.05
    artist = rng.choice(ARTISTS, count, p=share / share.sum())
    directions = rng.standard_normal((24, VALUES)) / np.sqrt(VALUES)
    latent = rng.standard_normal((ARTISTS, 24))[artist] + 0.5 * rng.standard_normal((count, 24))
    return (latent @ directions + 0.02 * rng.standard_normal((count, VALUES))).astype(np.float32)


def timed(action: Callable[[], np.ndarray]) -> tuple[np.ndarray, float, float]:
    """Result, seconds, and seconds of processor time over all threads (which other programs disturb less)."""
    began, cpu = time.perf_counter(), time.process_time()
    result = action()
    return result, time.perf_counter() - began, time.process_time() - cpu


def divergence(points: np.ndarray, positions: np.ndarray) -> float:
    """KL divergence of a map, by openTSNE's affinities with exact neighbours, whoever made the map."""
    from openTSNE import TSNEEmbedding, affinity

    affinities = affinity.PerplexityBasedNN(points, perplexity=PERPLEXITY, method="exact", n_jobs=JOBS)
    embedding = TSNEEmbedding(np.array(positions), affinities, n_jobs=JOBS)
    # the divergence is known only after a step: one that goes nowhere
    return float(embedding.optimize(n_iter=1, learning_rate=1e-12).kl_divergence)


def main(count: int = FACES, jobs: int = JOBS) -> None:
    """Print both, then the ratios."""
    from sklearn.manifold import TSNE

    codes = drawn_codes(count)
    points = fit_reduction(codes, (VALUES,), 50, SEED).apply(codes)
    ours, ours_s, ours_cpu_s = timed(lambda: lay_out(points, PERPLEXITY, SEED, n_jobs=jobs))
    ours_kl = divergence(points, ours)
    print(f"lay_out      {ours_s:6.1f} s, {ours_cpu_s:6.1f} s of processor time, KL {ours_kl:.4f}", flush=True)
    tsne = TSNE(perplexity=PERPLEXITY, init="pca", random_state=SEED, n_jobs=jobs)
    theirs, theirs_s, theirs_cpu_s = timed(lambda: tsne.fit_transform(points))
    theirs_kl = divergence(points, theirs)
    print(f"scikit-learn {theirs_s:6.1f} s, {theirs_cpu_s:6.1f} s of processor time, KL {theirs_kl:.4f}")
    print(
        json.dumps(
            {
                "benchmark": "tsne",
                "compares": "aahq_builder lay_out (openTSNE) with scikit-learn TSNE on the same points",
                "faces": count,
                "jobs": jobs,
                "seconds": round(ours_s, 1),
                "sklearn_seconds": round(theirs_s, 1),
                "speedup": round(theirs_s / ours_s, 2),
                "cpu_seconds": round(ours_cpu_s, 1),
                "sklearn_cpu_seconds": round(theirs_cpu_s, 1),
                "cpu_speedup": round(theirs_cpu_s / ours_cpu_s, 2),
                "kl": round(ours_kl, 4),
                "sklearn_kl": round(theirs_kl, 4),
                "kl_ratio": round(ours_kl / theirs_kl, 4),
            }
        )
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
