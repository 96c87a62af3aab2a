"""Networks of others from files of the official names."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from blendgan.checkpoints.mapping import to_official
from blendgan.checkpoints.pretrained import load_face_descriptor
from blendgan.errors import UserError
from blendgan.networks.inversion import InversionConfig, InversionEncoder
from blendgan.training.inversion.command import start_from
from tests.blendgan.arcface_file import write_arcface


@pytest.fixture(scope="module")
def arcface(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_arcface(tmp_path_factory.mktemp("arcface") / "model_ir_se50.pth")


@pytest.mark.slow
def test_a_descriptor_reads_the_middle_of_the_picture_as_the_official_layers_do(arcface: Path) -> None:
    descriptor, official = load_face_descriptor(arcface), torch.load(arcface)
    images = torch.rand(2, 3, 256, 256) * 2 - 1
    x = F.adaptive_avg_pool2d(images[:, :, 35:223, 32:220], 112)
    # the trunk is that of the inversion encoder, which is tested against official values
    encoder = InversionEncoder(InversionConfig(num_layers=1)).eval()
    start_from(arcface, encoder)
    x = encoder.stem(x)
    for unit in encoder.body:
        x = unit(x)
    x = normalised(x, official, "output_layer.0").flatten(1)
    x = F.linear(x, official["output_layer.3.weight"], official["output_layer.3.bias"])
    expected = normalised(x, official, "output_layer.4")
    torch.testing.assert_close(descriptor(images), expected, atol=1e-4, rtol=1e-4)
    trunk = to_official("inversion", encoder.state_dict())
    assert torch.equal(trunk["encoder.body.23.res_layer.3.weight"], official["body.23.res_layer.3.weight"])


def normalised(x: Tensor, state: dict[str, Tensor], name: str) -> Tensor:
    parts = (state[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
    return F.batch_norm(x, *parts)


def test_another_file_and_another_trunk_are_one_sentence(arcface: Path, tmp_path: Path) -> None:
    torch.save({"input_layer.0.weight": torch.zeros(64, 3, 3, 3)}, tmp_path / "other.pth")
    with pytest.raises(UserError, match=r"other.pth does not fit the network: .* missing"):
        load_face_descriptor(tmp_path / "other.pth")
    small = InversionEncoder(InversionConfig(num_layers=1, widths=(8, 8, 8, 8), depths=(1, 1, 1, 1), squeeze=2))
    with pytest.raises(UserError, match=r"--encoder-init .* does not fit the network"):
        start_from(arcface, small)
