"""FID, KID, precision and recall are those of torch-fidelity's own command on the same folders and weights."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from blendgan.checkpoints.pretrained import Describe, load_inception
from blendgan.console import Console
from blendgan.data.pixels import to_pixels
from blendgan.evaluation.extractors import Extractor
from blendgan.evaluation.real_sets import RealSet
from blendgan.metrics.set_distances import set_distances
from blendgan.training.parallel.distributed import World
from tests.blendgan.fid_network import of_layer

SIZE, COUNT = 20, 6
SETS = {"drawn": 0, "real": 1}
ALONE = World(torch.device("cpu"))


def ours(place: Path, describe: Describe) -> list[Tensor]:
    """Features of both sets, as the evaluation looks at them."""
    extractor = Extractor("inception", "inside", lambda images: describe(to_pixels(images)))
    rows = []
    for name in SETS:
        pictures = RealSet(name, place / name, place / "out", ALONE, Console(verbosity=-1))
        with pictures.features(pictures.at(SIZE), extractor, most=100, batch=4).together("features") as features:
            rows.append(features.clone())
    return rows


def theirs(place: Path, layer: str, weights: Path, *metrics: str) -> dict[str, float]:
    """What torch-fidelity's command finds of the sets, which are drawn here."""
    from torch_fidelity import calculate_metrics

    for name, seed in SETS.items():
        (place / name).mkdir()
        for number, pixels in enumerate(
            np.random.default_rng(seed).integers(0, 256 - 60 * seed, (COUNT, SIZE, SIZE, 3))
        ):
            Image.fromarray(pixels.astype(np.uint8)).save(place / name / f"{number}.png")
    found: dict[str, float] = calculate_metrics(
        input1=str(place / "drawn"),
        input2=str(place / "real"),
        **dict.fromkeys((*metrics, "save_cpu_ram"), True),
        **dict.fromkeys(("cuda", "cache", "verbose"), False),
        **{f"feature_layer_{metric}": layer for metric in metrics},
        feature_extractor="inception-v3-compat",
        feature_extractor_weights_path=str(weights),
        kid_subset_size=COUNT,
    )
    return found


def test_distances_are_those_of_torch_fidelitys_command(random_inception: Path, tmp_path: Path) -> None:
    expected = theirs(tmp_path, "64", random_inception, "fid", "kid", "prc")
    found = set_distances(*ours(tmp_path, of_layer("64", random_inception)))
    assert found.fid == pytest.approx(expected["frechet_inception_distance"], rel=1e-3)
    assert found.kid == pytest.approx(expected["kernel_inception_distance_mean"], rel=1e-3)
    assert (found.precision, found.recall) == (expected["precision"], expected["recall"])


def test_the_network_is_the_one_that_torch_fidelitys_command_looks_through(
    random_inception: Path, tmp_path: Path
) -> None:
    """By KID, since FID of all 2048 features takes eight seconds each time and is computed as that of 64."""
    from torch_fidelity.metric_kid import kid_features_to_metric

    expected = theirs(tmp_path, "2048", random_inception, "kid")
    features = ours(tmp_path, load_inception(random_inception, ALONE.device))
    found = kid_features_to_metric(*features, kid_subset_size=COUNT, verbose=False)
    assert found["kernel_inception_distance_mean"] == pytest.approx(
        expected["kernel_inception_distance_mean"], rel=1e-3
    )
