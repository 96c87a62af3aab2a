"""t-SNE of as many faces as AAHQ has, against scikit-learn: time, and quality by one and the same KL divergence.

33,245 style codes of 512 values are drawn as 300 artists of uneven size and laid out as `aahq-build tsne` does it, from
codes to coordinates; then a tenth as many faces come to that map. scikit-learn sees the same 50 principal components.
Both may use two cores. Run: python -m benchmarks.tsne [FACES [JOBS]]
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from aahq_builder.tsne.layout import Layout, LayoutSettings, continue_layout, lay_out_anew
from benchmarks.memory import peak_mb

FACES, VALUES, ARTISTS, JOBS = 33_245, 512, 300, 2
PERPLEXITY, SEED = 30.0, 0
T = TypeVar("T")


def drawn_codes(count: int) -> np.ndarray:
    """Codes that cluster by artist, with a long tail of artists and noise in every direction."""
    rng = np.random.default_rng(SEED)
    share = rng.pareto(1.5, ARTISTS) + 0.05
    artist = rng.choice(ARTISTS, count, p=share / share.sum())
    directions = rng.standard_normal((24, VALUES)) / np.sqrt(VALUES)
    latent = rng.standard_normal((ARTISTS, 24))[artist] + 0.5 * rng.standard_normal((count, 24))
    return (latent @ directions + 0.02 * rng.standard_normal((count, VALUES))).astype(np.float32)


def timed(action: Callable[[], T]) -> tuple[T, float, float]:
    """Result, seconds, and seconds of processor time over all threads (which other programs disturb less)."""
    began, cpu = time.perf_counter(), time.process_time()
    result = action()
    return result, time.perf_counter() - began, time.process_time() - cpu


def say(what: str, seconds: float, cpu_s: float, more: str) -> None:
    """One line of the report."""
    print(f"{what:<14}{seconds:7.1f} s,{cpu_s:7.1f} s of processor time, {more}", flush=True)


def divergence(points: np.ndarray, positions: np.ndarray) -> float:
    """KL divergence of a map, by openTSNE's affinities with exact neighbours, whoever made the map."""
    from openTSNE import TSNEEmbedding, affinity

    affinities = affinity.PerplexityBasedNN(points, perplexity=PERPLEXITY, method="exact", n_jobs=JOBS)
    embedding = TSNEEmbedding(np.array(positions), affinities, n_jobs=JOBS)
    # the divergence is known only after a step: one that goes nowhere
    return float(embedding.optimize(n_iter=1, learning_rate=1e-12).kl_divergence)


def our_maps(count: int, jobs: int) -> tuple[Layout, dict[str, float]]:
    """A map of `count` faces, and what it took to make it and to add a tenth as many."""
    codes = drawn_codes(count + count // 10)
    ids = [f"{number:06}" for number in range(len(codes))]

    def read(face_ids: Sequence[str]) -> np.ndarray:
        return codes[[int(face_id) for face_id in face_ids]]

    settings = LayoutSettings("benchmark", (VALUES,), 50, PERPLEXITY, SEED, jobs)
    made, seconds, cpu_s = timed(lambda: lay_out_anew(ids[:count], read, settings))
    mb = peak_mb()
    say("laid out", seconds, cpu_s, f"{mb:.0f} MB at most")
    grown, more_s, more_cpu_s = timed(lambda: continue_layout(made, ids, read, settings))
    assert grown is not None, "a tenth is no majority"
    moved = int((grown.positions[:count] != made.positions).any(axis=1).sum())
    say("a tenth added", more_s, more_cpu_s, f"{more_cpu_s / cpu_s:.3f} of that; {moved} faces moved")
    facts = {"seconds": seconds, "cpu_seconds": cpu_s, "peak_mb": mb, "added_seconds": more_s}
    return made, facts | {"added_cpu_seconds": more_cpu_s, "added_share": more_cpu_s / cpu_s, "moved": moved}


def main(count: int = FACES, jobs: int = JOBS) -> None:
    """Print both, then the ratios."""
    from sklearn.manifold import TSNE

    made, facts = our_maps(count, jobs)
    facts["kl"] = divergence(made.points, made.positions)
    tsne = TSNE(perplexity=PERPLEXITY, init="pca", random_state=SEED, n_jobs=jobs)
    theirs, seconds, cpu_s = timed(lambda: tsne.fit_transform(made.points))
    facts |= {"sklearn_seconds": seconds, "sklearn_cpu_seconds": cpu_s, "sklearn_kl": divergence(made.points, theirs)}
    say("scikit-learn", seconds, cpu_s, f"KL {facts['sklearn_kl']:.4f}; ours {facts['kl']:.4f}")
    ratios = {
        "speedup": seconds / facts["seconds"],
        "cpu_speedup": cpu_s / facts["cpu_seconds"],
        "kl_ratio": facts["kl"] / facts["sklearn_kl"],
    }
    compares = "aahq-build tsne's layout (openTSNE) with scikit-learn's TSNE on the same principal components"
    about = {"benchmark": "tsne", "compares": compares, "faces": count, "jobs": jobs}
    print(json.dumps(about | {name: round(value, 4) for name, value in (ratios | facts).items()}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
