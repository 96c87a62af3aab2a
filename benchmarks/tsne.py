"""t-SNE of as many faces as AAHQ has, against scikit-learn: time, and quality by one and the same KL divergence.

33,245 style codes of 512 values are drawn as 300 artists of uneven size; both programs see the same 50 principal
components and may use two cores. Run: python -m benchmarks.tsne
"""

import json
import sys
import time

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


def divergence(points: np.ndarray, positions: np.ndarray) -> float:
    """KL divergence of a map, by openTSNE's affinities with exact neighbours, whoever made the map."""
    from openTSNE import TSNEEmbedding, affinity

    affinities = affinity.PerplexityBasedNN(points, perplexity=PERPLEXITY, method="exact", n_jobs=JOBS)
    embedding = TSNEEmbedding(np.array(positions), affinities, n_jobs=JOBS)
    # the divergence is known only after a step: one that goes nowhere
    return float(embedding.optimize(n_iter=1, learning_rate=1e-12).kl_divergence)


def main(count: int = FACES) -> None:
    """Print both, then the ratios."""
    from sklearn.manifold import TSNE

    codes = drawn_codes(count)
    began = time.perf_counter()
    points = fit_reduction(codes, (VALUES,), 50, SEED).apply(codes)
    reduced_s = time.perf_counter() - began
    began = time.perf_counter()
    ours = lay_out(points, PERPLEXITY, SEED, n_jobs=JOBS)
    ours_s = time.perf_counter() - began
    print(f"principal components {reduced_s:.1f} s, lay_out {ours_s:.1f} s", flush=True)
    began = time.perf_counter()
    theirs = TSNE(perplexity=PERPLEXITY, init="pca", random_state=SEED, n_jobs=JOBS).fit_transform(points)
    theirs_s = time.perf_counter() - began
    ours_kl, theirs_kl = divergence(points, ours), divergence(points, theirs)
    print(f"scikit-learn {theirs_s:.1f} s; KL {ours_kl:.4f} against {theirs_kl:.4f}")
    print(
        json.dumps(
            {
                "benchmark": "tsne",
                "compares": "aahq_builder lay_out (openTSNE) with scikit-learn TSNE, same points, 2 jobs",
                "faces": count,
                "seconds": round(ours_s, 1),
                "sklearn_seconds": round(theirs_s, 1),
                "speedup": round(theirs_s / ours_s, 2),
                "kl": round(ours_kl, 4),
                "sklearn_kl": round(theirs_kl, 4),
                "kl_ratio": round(ours_kl / theirs_kl, 4),
            }
        )
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
