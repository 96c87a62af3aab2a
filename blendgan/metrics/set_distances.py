"""How far is one set of pictures from another? FID, KID, precision and recall of their features, by torch-fidelity.

The features may lie on disk (a memory-mapped tensor): they are looked at a few rows at a time.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

ROWS = 1000
"""Features that are looked at together."""
SUBSETS, SUBSET = 100, 1000
"""KID is the mean over so many random subsets of so many pictures, or of all where there are fewer."""
NEIGHBOURS = 3
AT_LEAST = NEIGHBOURS + 1
"""Pictures of a set; its manifold needs this many neighbours of each."""


@dataclass(frozen=True)
class Moments:
    """Mean and covariance of features."""

    mean: Float[np.ndarray, " dim"]
    covariance: Float[np.ndarray, "dim dim"]


@dataclass(frozen=True)
class SetDistances:
    """What sets two sets of pictures apart."""

    fid: float
    """Fréchet distance of two Gaussians with the sets' moments (Heusel et al. 2017)."""
    kid: float
    """Squared MMD under a cubic kernel (Bińkowski et al. 2018); unbiased, so a little below zero for equal sets."""
    kid_deviation: float | None
    """Over the random subsets; none where each of them is all there is."""
    precision: float
    """Share of generated pictures among the real ones' neighbours (Kynkäänniemi et al. 2019)."""
    recall: float
    """Share of real pictures among the generated ones' neighbours."""


def moments(features: Float[Tensor, "n dim"]) -> Moments:
    """Mean and unbiased covariance in double precision; two passes over the rows."""
    parts = torch.split(features, ROWS)
    mean = torch.stack([part.double().sum(dim=0) for part in parts]).sum(dim=0) / len(features)
    scatter = torch.zeros(features.shape[1], features.shape[1], dtype=torch.float64)
    for part in parts:
        centred = part.double() - mean
        scatter.addmm_(centred.T, centred)
    return Moments(mean.numpy(), (scatter / (len(features) - 1)).numpy())


def set_distances(
    generated: Float[Tensor, "n dim"], real: Float[Tensor, "m dim"], of_real: Moments | None = None
) -> SetDistances:
    """The distances of generated pictures from real ones; `of_real` spares to compute the moments of these."""
    from torch_fidelity.metric_kid import kid_features_to_metric
    from torch_fidelity.metric_prc import prc_features_to_metric

    if min(len(generated), len(real)) < AT_LEAST:
        raise ValueError(f"sets of {len(generated)} and {len(real)} pictures; give {AT_LEAST} or more of each")
    subset = min(SUBSET, len(generated), len(real))
    kid = kid_features_to_metric(generated, real, kid_subsets=SUBSETS, kid_subset_size=subset, verbose=False)
    near = prc_features_to_metric(
        generated, real, prc_neighborhood=NEIGHBOURS, prc_batch_size=ROWS, save_cpu_ram=True, verbose=False
    )
    return SetDistances(
        fid=frechet_distance(moments(generated), of_real or moments(real)),
        kid=kid["kernel_inception_distance_mean"],
        kid_deviation=None if subset == len(generated) == len(real) else kid["kernel_inception_distance_std"],
        precision=near["precision"],
        recall=near["recall"],
    )


def frechet_distance(one: Moments, other: Moments) -> float:
    """Squared Wasserstein distance of two Gaussians."""
    from torch_fidelity.metric_fid import fid_statistics_to_metric

    statistics = [{"mu": some.mean, "sigma": some.covariance} for some in (one, other)]
    found: dict[str, Any] = fid_statistics_to_metric(*statistics, verbose=False)
    return float(found["frechet_inception_distance"])
