"""The one table of names: what a tensor of ours is called in official checkpoints.

`blendgan` names are those of the BlendGAN, rosinality and pSp checkpoints; `nvidia` names are those of StyleGAN2-ADA
pickles. Numbers in our name are handed to the functions of its row; the first row that fits counts.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Dialect = Literal["blendgan", "nvidia"]
NameOf = Callable[..., str]


@dataclass(frozen=True)
class NameRule:
    """One line of the table."""

    ours: str
    """A regular expression; its groups are numbers, or a last word that is kept."""
    blendgan: NameOf
    nvidia: NameOf | None = None


def _block(k: int) -> str:
    """NVIDIA's block and convolution of our k-th styled convolution: b4.conv1, b8.conv0, b8.conv1, ..."""
    return f"b{4 << (k + 1) // 2}.conv{(k + 1) % 2}"


GENERATOR = (
    NameRule(r"w_mean", lambda: "latent_avg", lambda: "mapping.w_avg"),
    NameRule(
        r"face_mapping\.layers\.(\d+)\.(\w+)", lambda k, p: f"style.{k + 1}.{p}", lambda k, p: f"mapping.fc{k}.{p}"
    ),
    NameRule(r"style_mapping\.layers\.(\d+)\.(\w+)", lambda k, p: f"embedding.{k + 1}.{p}"),
    NameRule(r"blending\.face_weight", lambda: "add_weight"),
    NameRule(r"synthesis\.constant", lambda: "input.input", lambda: "synthesis.b4.const"),
    NameRule(
        r"synthesis\.convs\.(\d+)\.noise",
        lambda k: f"noises.noise_{k}",
        lambda k: f"synthesis.{_block(k)}.noise_const",
    ),
    NameRule(
        r"synthesis\.convs\.(\d+)\.noise_strength",
        lambda k: f"{_conv(k)}.noise.weight",
        lambda k: f"synthesis.{_block(k)}.noise_strength",
    ),
    NameRule(
        r"synthesis\.convs\.(\d+)\.bias",
        lambda k: f"{_conv(k)}.activate.bias",
        lambda k: f"synthesis.{_block(k)}.bias",
    ),
    NameRule(
        r"synthesis\.convs\.(\d+)\.conv\.weight",
        lambda k: f"{_conv(k)}.conv.weight",
        lambda k: f"synthesis.{_block(k)}.weight",
    ),
    NameRule(
        r"synthesis\.convs\.(\d+)\.conv\.modulation\.(\w+)",
        lambda k, p: f"{_conv(k)}.conv.modulation.{p}",
        lambda k, p: f"synthesis.{_block(k)}.affine.{p}",
    ),
    NameRule(
        r"synthesis\.to_rgbs\.(\d+)\.bias",
        lambda k: f"{_to_rgb(k)}.bias",
        lambda k: f"synthesis.b{4 << k}.torgb.bias",
    ),
    NameRule(
        r"synthesis\.to_rgbs\.(\d+)\.conv\.weight",
        lambda k: f"{_to_rgb(k)}.conv.weight",
        lambda k: f"synthesis.b{4 << k}.torgb.weight",
    ),
    NameRule(
        r"synthesis\.to_rgbs\.(\d+)\.conv\.modulation\.(\w+)",
        lambda k, p: f"{_to_rgb(k)}.conv.modulation.{p}",
        lambda k, p: f"synthesis.b{4 << k}.torgb.affine.{p}",
    ),
)


def _conv(k: int) -> str:
    return f"convs.{k - 1}" if k else "conv1"


def _to_rgb(k: int) -> str:
    return f"to_rgbs.{k - 1}" if k else "to_rgb1"


# NVIDIA counts blocks by resolution from the top; `b#k` is resolved to it by `official_name`
_TRUNK = (
    NameRule(r"trunk\.from_rgb\.conv\.weight", lambda: "convs.0.0.weight", lambda: "b#0.fromrgb.weight"),
    NameRule(r"trunk\.from_rgb\.bias", lambda: "convs.0.1.bias", lambda: "b#0.fromrgb.bias"),
    NameRule(
        r"trunk\.blocks\.(\d+)\.conv1\.conv\.weight",
        lambda k: f"convs.{k + 1}.conv1.0.weight",
        lambda k: f"b#{k}.conv0.weight",
    ),
    NameRule(
        r"trunk\.blocks\.(\d+)\.conv1\.bias",
        lambda k: f"convs.{k + 1}.conv1.1.bias",
        lambda k: f"b#{k}.conv0.bias",
    ),
    NameRule(
        r"trunk\.blocks\.(\d+)\.conv2\.conv\.weight",
        lambda k: f"convs.{k + 1}.conv2.1.weight",
        lambda k: f"b#{k}.conv1.weight",
    ),
    NameRule(
        r"trunk\.blocks\.(\d+)\.conv2\.bias",
        lambda k: f"convs.{k + 1}.conv2.2.bias",
        lambda k: f"b#{k}.conv1.bias",
    ),
    NameRule(
        r"trunk\.blocks\.(\d+)\.skip\.weight",
        lambda k: f"convs.{k + 1}.skip.1.weight",
        lambda k: f"b#{k}.skip.weight",
    ),
    NameRule(r"trunk\.final_conv\.conv\.weight", lambda: "final_conv.0.weight", lambda: "b4.conv.weight"),
    NameRule(r"trunk\.final_conv\.bias", lambda: "final_conv.1.bias", lambda: "b4.conv.bias"),
)
DISCRIMINATOR = (
    *_TRUNK,
    NameRule(r"hidden\.(\w+)", lambda p: f"final_linear.0.{p}", lambda p: f"b4.fc.{p}"),
    NameRule(r"output\.(\w+)", lambda p: f"final_linear.1.{p}", lambda p: f"b4.out.{p}"),
)
PROJECTION_DISCRIMINATOR = (
    *_TRUNK,
    NameRule(r"output\.(\w+)", lambda p: f"l_out.{p}"),
    NameRule(r"style\.(\w+)", lambda p: f"l_style.{p}"),
)
STYLE_ENCODER = (
    NameRule(r"gram\.layers\.(\d+)\.(\w+)", lambda k, p: f"embedder.feature_extractor.vgg_layers.{k}.{p}"),
    NameRule(r"mlp\.(\d+)\.(\w+)", lambda k, p: f"embedder_mlp.{k}.{p}"),
)
INVERSION = (
    NameRule(r"w_mean", lambda: "latent_avg"),
    NameRule(r"stem\.(\d+)\.(\w+)", lambda k, p: f"encoder.input_layer.{k}.{p}"),
    NameRule(r"body\.(\d+)\.shortcut\.(\d+)\.(\w+)", lambda k, j, p: f"encoder.body.{k}.shortcut_layer.{j}.{p}"),
    NameRule(r"body\.(\d+)\.residual\.(\d+)\.([\w.]+)", lambda k, j, p: f"encoder.body.{k}.res_layer.{j}.{p}"),
    NameRule(r"lateral_middle\.(\w+)", lambda p: f"encoder.latlayer1.{p}"),
    NameRule(r"lateral_fine\.(\w+)", lambda p: f"encoder.latlayer2.{p}"),
    # official heads count their activations as layers
    NameRule(r"heads\.(\d+)\.convs\.(\d+)\.(\w+)", lambda k, j, p: f"encoder.styles.{k}.convs.{2 * j}.{p}"),
    NameRule(r"heads\.(\d+)\.linear\.(\w+)", lambda k, p: f"encoder.styles.{k}.linear.{p}"),
)
IDENTITY = (
    NameRule(r"stem\.(\d+)\.(\w+)", lambda k, p: f"input_layer.{k}.{p}"),
    NameRule(r"body\.(\d+)\.shortcut\.(\d+)\.(\w+)", lambda k, j, p: f"body.{k}.shortcut_layer.{j}.{p}"),
    NameRule(r"body\.(\d+)\.residual\.(\d+)\.([\w.]+)", lambda k, j, p: f"body.{k}.res_layer.{j}.{p}"),
    NameRule(r"output\.(\d+)\.(\w+)", lambda k, p: f"output_layer.{k}.{p}"),
)
"""ArcFace's IR-SE50 as pSp uses it."""
TABLES = {
    "generator": GENERATOR,
    "discriminator": DISCRIMINATOR,
    "projection_discriminator": PROJECTION_DISCRIMINATOR,
    "style_encoder": STYLE_ENCODER,
    "inversion": INVERSION,
    "identity": IDENTITY,
}


def official_name(kind: str, ours: str, dialect: Dialect = "blendgan", size: int = 0) -> str | None:
    """What `ours` is called there; None if that checkpoint has no such tensor. Discriminators of NVIDIA need `size`."""
    for row in TABLES[kind]:
        match = re.fullmatch(row.ours, ours)
        if match:
            parts = [int(part) if part.isdigit() else part for part in match.groups()]
            name_of = row.blendgan if dialect == "blendgan" else row.nvidia
            return re.sub(r"#(\d+)", lambda k: str(size >> int(k[1])), name_of(*parts)) if name_of else None
    raise AssertionError(f"{kind} has a tensor {ours} that the table does not name")
