"""FID, KID, precision and recall are those of torch-fidelity's own command on the same folders and weights."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from blendgan.checkpoints.pretrained import Describe, load_inception
from blendgan.console import Console
from blendgan.data.pixels import to_pixels
from blendgan.evaluation.extractors import Extractor
from blendgan.evaluation.real_sets import RealSet
from blendgan.metrics.set_distances import SetDistances, set_distances
from blendgan.training.parallel.distributed import World

SIZE, COUNT = 20, 6
SETS = {"drawn": 0, "real": 1}
ALONE = World(torch.device("cpu"))


def of_layer(layer: str, weights: Path) -> Describe:
    """FID's network as the evaluation loads it, or up to an earlier layer, whose moments cost little."""
    if layer == "2048":
        return load_inception(weights, ALONE.device)
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    network = FeatureExtractorInceptionV3("inception", [layer], feature_extractor_weights_path=str(weights))
    return lambda pixels: network(pixels)[0]  # type: ignore[no-any-return]


def ours(place: Path, describe: Describe) -> SetDistances:
    extractor = Extractor("inception", "inside", lambda images: describe(to_pixels(images)))
    rows = []
    for name in SETS:
        pictures = RealSet(name, place / name, place / "out", ALONE, Console(verbosity=-1))
        with pictures.features(pictures.at(SIZE), extractor, most=100, batch=4).together("features") as features:
            rows.append(features.clone())
    return set_distances(*rows)


@pytest.mark.parametrize("layer", ["64", pytest.param("2048", marks=pytest.mark.slow)])
def test_distances_are_those_of_torch_fidelitys_command(layer: str, random_inception: Path, tmp_path: Path) -> None:
    from torch_fidelity import calculate_metrics

    for name, seed in SETS.items():
        (tmp_path / name).mkdir()
        for number, pixels in enumerate(
            np.random.default_rng(seed).integers(0, 256 - 60 * seed, (COUNT, SIZE, SIZE, 3))
        ):
            Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / name / f"{number}.png")
    theirs = calculate_metrics(
        input1=str(tmp_path / "drawn"),
        input2=str(tmp_path / "real"),
        **dict.fromkeys(("fid", "kid", "prc", "save_cpu_ram"), True),
        **dict.fromkeys(("cuda", "cache", "verbose"), False),
        **{f"feature_layer_{metric}": layer for metric in ("fid", "kid", "prc")},
        feature_extractor="inception-v3-compat",
        feature_extractor_weights_path=str(random_inception),
        kid_subset_size=COUNT,
    )
    found = ours(tmp_path, of_layer(layer, random_inception))
    assert found.fid == pytest.approx(theirs["frechet_inception_distance"], rel=1e-3)
    assert found.kid == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-3)
    assert (found.precision, found.recall) == (theirs["precision"], theirs["recall"])
