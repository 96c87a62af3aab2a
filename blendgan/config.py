"""Every flag of the `blendgan-*` commands, declared once: a field is a flag, its docstring the help."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from blendgan.command import CommonConfig
from blendgan.errors import UserError

Precision = Literal["fp32", "tf32", "bf16"]
Device = Literal["auto", "cpu", "cuda", "mps"]


@dataclass(frozen=True, kw_only=True)
class GenerateConfig(CommonConfig):
    """Flags of every `blendgan-generate` command."""

    model: Path
    """Model folder, as written by blendgan-train or blendgan-convert."""
    out: Path
    """Folder for the pictures."""
    style_encoder: Path | None = None
    """Folder with the style encoder, if not in --model."""
    inversion: Path | None = None
    """Folder with the inversion encoder, if not in --model."""
    faces: Path | None = None
    """Folder of aligned square faces, or one picture; left out, faces are random."""
    styles: Path | None = None
    """Folder of style references, or one picture; left out, styles are random."""
    indicator: int | None = None
    """This many first layers stay natural: 0 is all style, the model's number of layers all face (default 6, which
    keeps pose and shape; 0 for models below 128 px)."""
    truncation: float | None = None
    """Random faces are drawn towards the mean face: 1 not at all, 0 entirely (default the model's own, else 0.75)."""
    noise: Literal["fixed", "random", "none"] = "fixed"
    """The noise inputs of the model: the stored ones, fresh ones, or none (less grain after a short training)."""
    seed: int = 0
    """Decides random faces and styles."""
    batch: int | None = None
    """Pictures computed at once (default 1 on a CPU, where more is no faster, else 8)."""
    device: Device = "auto"
    """Where to compute; auto takes a GPU if there is one."""
    precision: Precision = "fp32"
    """Arithmetic of convolutions; tf32 is for NVIDIA GPUs."""

    def __post_init__(self) -> None:
        if self.batch is not None and self.batch < 1:
            raise UserError(f"--batch is {self.batch}; give 1 or more")
        if self.seed < 0:
            raise UserError(f"--seed is {self.seed}; give 0 or more")


@dataclass(frozen=True, kw_only=True)
class GridConfig(GenerateConfig):
    """Flags of `grid`."""

    num_faces: int = 6
    """Columns; of a larger folder a seeded choice is taken."""
    num_styles: int = 6
    """Rows; of a larger folder a seeded choice is taken."""
    tile: int | None = None
    """Side of one picture on the sheet in px (default the model's size, at least 96 and at most 256)."""


@dataclass(frozen=True, kw_only=True)
class PairsConfig(GenerateConfig):
    """Flags of `pairs`."""

    count: int = 20
    """Pairs to draw. With fewer pictures in --faces or --styles these come round again."""


@dataclass(frozen=True, kw_only=True)
class SweepConfig(GenerateConfig):
    """Flags of `sweep`."""

    num_styles: int = 4
    """Rows; of a larger folder a seeded choice is taken."""
    tile: int | None = None
    """Side of one picture on the sheet in px (default the model's size, at least 96 and at most 256)."""


@dataclass(frozen=True, kw_only=True)
class TransferConfig(GenerateConfig):
    """Flags of `transfer`."""

    strip: bool = False
    """Put the face and the style reference to the left of each result."""


@dataclass(frozen=True, kw_only=True)
class VideoConfig(GenerateConfig):
    """Flags of `video`."""

    num_styles: int = 8
    """Styles on the way; of a larger folder a seeded choice is taken."""
    num_faces: int = 1
    """Faces on the way; with more than one the face changes too."""
    seconds: float = 8.0
    """Length of the video, which ends where it began."""
    fps: int = 30
    """Frames per second."""
    frames: bool = False
    """Write numbered PNG files in place of an mp4."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.seconds * self.fps >= 1 and 1 <= self.fps <= 240):
            raise UserError(f"--seconds {self.seconds} at --fps {self.fps} is no video; give at least one frame")


@dataclass(frozen=True, kw_only=True)
class TrainConfig(CommonConfig):
    """Flags of all training stages. What is left out comes from the preset."""

    out: Path
    """Folder of the run. The same command again resumes; the model is in its subfolder `final`."""
    steps: int | None = None
    """Training length in steps, over all reruns together."""
    batch: int | None = None
    """Pictures per step, over all processes."""
    micro_batch: int | None = None
    """Pictures that a process holds at once (default all of its batch). Less memory, the same training."""
    learning_rate: float | None = None
    """Step size of Adam."""
    seed: int = 0
    """Decides first weights, order of the pictures and all random numbers."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where to train; auto takes a GPU if there is one."""
    precision: Precision = "fp32"
    """Arithmetic of convolutions and products. With bf16 the penalties on gradients are computed in tf32."""
    data_workers: int = 0
    """Processes that decode pictures. The order of the pictures does not depend on it."""
    tracker: Literal["none", "trackio", "wandb"] = "none"
    """Log to an experiment tracker, too: trackio (on this machine) or Weights & Biases. Their packages are extra."""
    checkpoint_every: int | None = None
    """Steps between two checkpoints; a kill loses at most so many."""
    sample_every: int | None = None
    """Steps between two sample grids."""


@dataclass(frozen=True, kw_only=True)
class TrainStyleEncoderConfig(TrainConfig):
    """Flags of `blendgan-train style-encoder`."""

    artworks: Path
    """Square pictures: a folder, a Parquet release, a StyleGAN zip, or hf:ORG/NAME on the Hub."""
    preset: Literal["tiny", "paper"] = "paper"
    """tiny trains on a CPU in minutes: 128 px, three taps of VGG-19."""
    backbone: Literal["auto", "imagenet", "random"] = "auto"
    """VGG-19 weights; imagenet downloads them, auto takes them if they are on this machine."""
    temperature: float | None = None
    """Of the contrastive loss."""


@dataclass(frozen=True, kw_only=True)
class TrainGanConfig(TrainConfig):
    """Flags of `blendgan-train gan`."""

    faces: Path
    """Square photographs of faces: a folder, a Parquet release, a StyleGAN zip, or hf:ORG/NAME on the Hub."""
    artworks: Path
    """Square artistic faces, as --faces."""
    style_encoder: Path | None = None
    """Model folder with a trained style encoder; only the tiny preset can do without."""
    init: Path | None = None
    """Model folder to start from, such as a converted StyleGAN2: its generator and face discriminator."""
    preset: Literal["tiny", "portraits", "64", "256", "1024", "paper"] = "paper"
    """tiny trains on a CPU in minutes, portraits in half an hour: 32 px."""
    face_loss: float | None = None
    """Weight of the face discriminator in the generator's loss."""
    style_loss: float | None = None
    """Weight of the style discriminator in the generator's loss."""
    style_latent_loss: float | None = None
    """Weight of the style-latent discriminator in the generator's loss."""
    r1_gamma: float | None = None
    """Weight of the gradient penalty on real pictures."""
    inception: Path | None = None
    """File with the weights of FID's Inception-v3 (default: where torch-fidelity leaves them); without it no FID."""
    alexnet: Path | None = None
    """File with torchvision's AlexNet (default: where torchvision leaves it); without it no diversity by LPIPS."""
    ada_target: float | None = None
    """Augment pictures for the discriminators, adaptively, for data sets of a few thousand or fewer: how sure of real
    ones they may become, 0 (off) to 1; 0.6 is usual."""


@dataclass(frozen=True, kw_only=True)
class TrainInversionConfig(TrainConfig):
    """Flags of `blendgan-train inversion`."""

    faces: Path
    """Square photographs of faces: a folder, a Parquet release, a StyleGAN zip, or hf:ORG/NAME on the Hub."""
    model: Path
    """Model folder with the trained generator, which stays as it is."""
    preset: Literal["tiny", "paper"] = "paper"
    """tiny is an encoder that trains on a CPU, for generators of 32 px."""
    lpips: Literal["auto", "off"] = "auto"
    """Perceptual loss; auto takes it where the lpips package and AlexNet's weights are on this machine."""
    alexnet: Path | None = None
    """File with torchvision's AlexNet (default: where torchvision leaves it), for the perceptual loss."""
    arcface: Path | None = None
    """File with ArcFace's IR-SE50 (model_ir_se50.pth of pSp), for the identity loss; without it there is none."""
    identity: float | None = None
    """Weight of the identity loss."""
    encoder_init: Path | None = None
    """File with ArcFace's IR-SE50, from which the encoder's trunk starts; with the paper preset only."""
    w_norm: float | None = None
    """Weight of the distance from the mean face."""


@dataclass(frozen=True, kw_only=True)
class TrainFinetuneConfig(TrainConfig):
    """Flags of `blendgan-train finetune`."""

    model: Path
    """Model folder to specialise: generator, style encoder, discriminators."""
    faces: Path
    """Square photographs of faces: a folder, a Parquet release, a StyleGAN zip, or hf:ORG/NAME on the Hub."""
    reference: Path
    """The one picture whose style is learned."""
    init: Path | None = None
    """Model folder with a face discriminator, if --model has none."""


@dataclass(frozen=True, kw_only=True)
class ConvertConfig(CommonConfig):
    """Flags of `blendgan-convert`."""

    source: Annotated[Path, tyro.conf.Positional]
    """Official .pt or NVIDIA .pkl file, or a model folder of ours."""
    target: Annotated[Path, tyro.conf.Positional]
    """Folder for the networks, or a .pt file to write."""
