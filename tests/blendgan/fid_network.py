"""FID's network up to an early layer: of its 2048 features at the end one distance takes eight seconds."""

from pathlib import Path

from blendgan.checkpoints.pretrained import Describe


def of_layer(layer: str, weights: Path) -> Describe:
    """FID's network up to an early layer, whose moments cost little."""
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    network = FeatureExtractorInceptionV3("inception", [layer], feature_extractor_weights_path=str(weights))
    return lambda pixels: network(pixels)[0]  # type: ignore[no-any-return]
