"""Encoders of pSp's family: which kind a file holds, and where its latents begin."""

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from blendgan.checkpoints.export import write_official
from blendgan.checkpoints.mapping import to_official
from blendgan.checkpoints.official import Converted, read_official
from blendgan.checkpoints.store import save_network
from blendgan.errors import UserError
from blendgan.networks.inversion import TINY_INVERSION, InversionEncoder

LATENTS, DIM = TINY_INVERSION.num_layers, TINY_INVERSION.latent_dim


@pytest.fixture
def state() -> dict[str, Tensor]:
    """A small encoder under official names."""
    torch.manual_seed(0)
    official = to_official("inversion", InversionEncoder(TINY_INVERSION).eval().state_dict())
    return {name: tensor for name, tensor in official.items() if name != "latent_avg"}


def read(tmp_path: Path, **content: Any) -> Converted:
    torch.save(content, tmp_path / "encoder.pt")
    return read_official(tmp_path / "encoder.pt")


def latents(converted: Converted, images: Tensor) -> Tensor:
    encoder = converted.networks["inversion"]
    assert isinstance(encoder, InversionEncoder)
    with torch.inference_mode():
        return encoder(images)


@pytest.mark.parametrize("form", [dict, lambda options: Namespace(**options)])
def test_e4es_later_heads_are_offsets_from_the_first_latent(
    tmp_path: Path, state: dict[str, Tensor], form: Any
) -> None:
    mean, images = torch.randn(LATENTS, DIM), torch.rand(2, 3, 64, 64) * 2 - 1
    heads = latents(read(tmp_path, state_dict=state, latent_avg=torch.zeros(LATENTS, DIM)), images)
    options = form({"encoder_type": "Encoder4Editing", "start_from_latent_avg": True})
    converted = read(tmp_path, state_dict=state, latent_avg=mean, opts=options)
    # Tov et al. 2021: w_0 and w_0 + offsets, each on the mean latent
    expected = torch.stack([heads[:, 0], *(heads[:, 0] + heads[:, k] for k in range(1, LATENTS))], dim=1) + mean
    assert_close(latents(converted, images), expected, rtol=1e-5, atol=1e-5)
    assert not converted.remarks


def test_e4e_stays_e4e_on_the_way_to_our_folder_and_back(tmp_path: Path, state: dict[str, Tensor]) -> None:
    converted = read(tmp_path, state_dict=state, latent_avg=torch.zeros(DIM), opts={"encoder_type": "Encoder4Editing"})
    save_network(converted.networks["inversion"], tmp_path / "model" / "inversion")
    back = write_official(tmp_path / "model" / "inversion")
    assert back["opts"] == {"encoder_type": "Encoder4Editing"}
    assert all(torch.equal(back["state_dict"][name], tensor) for name, tensor in state.items())


def test_a_file_that_does_not_say_its_kind_is_taken_for_psps_and_this_is_said(
    tmp_path: Path, state: dict[str, Tensor]
) -> None:
    converted = read(tmp_path, state_dict=state, latent_avg=torch.zeros(DIM))
    assert any("does not say which kind of encoder" in remark for remark in converted.remarks)


@pytest.mark.parametrize("kind", ["SingleStyleEncoder", "BackboneEncoderUsingLastLayerIntoW", 7])
def test_another_kind_of_encoder_is_named(tmp_path: Path, state: dict[str, Tensor], kind: object) -> None:
    with pytest.raises(UserError, match=f"of the type '{kind}'"):
        read(tmp_path, state_dict=state, latent_avg=torch.zeros(DIM), opts={"encoder_type": kind})


def test_an_encoder_trained_without_a_mean_latent_adds_none(tmp_path: Path, state: dict[str, Tensor]) -> None:
    options = {"encoder_type": "GradualStyleEncoder", "start_from_latent_avg": False}
    images = torch.rand(1, 3, 64, 64)
    heads = latents(read(tmp_path, state_dict=state, latent_avg=torch.zeros(DIM)), images)
    converted = read(tmp_path, state_dict=state, latent_avg=torch.ones(DIM), opts=options)
    assert torch.equal(latents(converted, images), heads)
    assert torch.equal(latents(read(tmp_path, state_dict=state, opts=options), images), heads)


def test_a_mean_latent_that_is_not_stored_is_that_of_the_generator_in_the_file(
    tmp_path: Path, state: dict[str, Tensor]
) -> None:
    generator = {}
    for k in (1, 2, 3):
        generator |= {
            f"decoder.style.{k}.weight": torch.randn(DIM, DIM) * 100,
            f"decoder.style.{k}.bias": torch.ones(DIM),
        }
    converted = read(tmp_path, state_dict=state | generator, opts={"encoder_type": "GradualStyleEncoder"})
    encoder = converted.networks["inversion"]
    assert isinstance(encoder, InversionEncoder)
    w = torch.randn(50_000, DIM)
    w = w / w.square().mean(dim=1, keepdim=True).sqrt()
    for k in (1, 2, 3):  # StyleGAN2's layers learn at a hundredth of the rate
        y = (
            w @ generator[f"decoder.style.{k}.weight"].T * (0.01 / DIM**0.5)
            + generator[f"decoder.style.{k}.bias"] * 0.01
        )
        w = torch.where(y > 0, y, y * 0.2) * 2**0.5
    assert_close(encoder.w_mean[0], w.mean(dim=0), rtol=0, atol=6 * float(w.std(dim=0).max()) / 4096**0.5)
    assert any("computed from 4,096 seeded codes" in remark for remark in converted.remarks)


def test_without_a_mean_latent_and_a_generator_there_is_no_origin(tmp_path: Path, state: dict[str, Tensor]) -> None:
    with pytest.raises(UserError, match="holds neither latent_avg nor a generator"):
        read(tmp_path, state_dict=state, opts={"encoder_type": "GradualStyleEncoder"})
    torn = {"decoder.style.1.weight": torch.randn(DIM, DIM), "decoder.style.1.bias": torch.randn(3)}
    with pytest.raises(UserError, match=r"style\.1\.bias \(3 in place of 128\)"):
        read(tmp_path, state_dict=state | torn)
