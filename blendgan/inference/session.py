"""A model ready to draw: latents of faces and styles from seeds or pictures, images from latents, in batches."""

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from blendgan.checkpoints.store import has_network, load_generator, load_inversion_encoder, load_style_encoder
from blendgan.config import Device
from blendgan.console import Console
from blendgan.errors import UserError
from blendgan.inference.config import GenerateConfig
from blendgan.inference.pictures import Unreadable, picture_paths, read_picture, resize
from blendgan.networks.arithmetic import allow_tf32, autocast, precision_on
from blendgan.networks.generator import Generator, Noise, NoiseSource
from blendgan.networks.inversion import InversionEncoder
from blendgan.networks.style_encoder import StyleEncoder

T = TypeVar("T")
DEFAULT_TRUNCATION = 0.75
FACES, STYLES, NOISE = 0, 1, 2
"""The random streams of a seed."""
LAYERS_OF_128_PX = 12


@dataclass(frozen=True)
class NamedLatent:
    """The latent of a face or a style, under the name of where it came from."""

    name: str
    latent: Float[Tensor, "layers dim"]
    path: Path | None = None
    """The picture it was read from. Not kept in memory, so that a folder may hold any number."""


class Session:
    """The networks of a model on a device, with the settings of a command."""

    def __init__(self, config: GenerateConfig, console: Console):
        self.config, self.console = config, console
        self.device = pick_device(config.device)
        self.batch = config.batch or (1 if self.device.type == "cpu" else 8)
        self.generator: Generator = load_generator(config.model).to(self.device)
        if not self.generator.w_mean.any():
            self.generator.update_w_mean()
        self.settings = self.generator.config
        self.size = self.settings.size
        self.indicator = self._indicator()
        self.left_out = 0
        """Files that could not be used."""
        self.precision = precision_on(self.device, config.precision)
        allow_tf32(self.precision)

    def under(self, config: GenerateConfig) -> "Session":
        """The same networks with the settings of another command on the same model."""
        session = copy.copy(self)
        session.config, session.left_out = config, 0
        session.indicator = session._indicator()
        return session

    def faces(self, count: int | None = None) -> Iterator[NamedLatent]:
        """Faces of the folder `--faces` (a seeded choice of `count`, or all), else `count` random ones."""
        if self.config.faces is not None:
            encode = partial(self.face_latents, self.inversion_encoder())
            yield from self._encoded(self.config.faces, count, encode, square=True)
            return
        for k in range(count or 0):
            latent = self.generator.map_face(self._draw(FACES, k, self.settings.latent_dim))
            yield NamedLatent(f"seed{self.config.seed}-{k}", self.generator.truncate(latent, self.truncation)[0])

    def styles(self, count: int | None = None) -> Iterator[NamedLatent]:
        """Styles of the folder `--styles` (a seeded choice of `count`, or all), else `count` random ones."""
        if self.config.styles is not None:
            yield from self._encoded(self.config.styles, count, partial(self.style_latents, self.style_encoder()))
            return
        for k in range(count or 0):
            latent = self.generator.map_style(self._draw(STYLES, k, self.settings.style_dim))
            yield NamedLatent(f"seed{self.config.seed}-{k}", latent[0])

    def face_latents(
        self, encoder: InversionEncoder, pictures: Sequence[Float[Tensor, "3 side side"]]
    ) -> Float[Tensor, "batch layers dim"]:
        """Latents of aligned faces in [-1, 1], of any size."""
        return self._encode(encoder, pictures, encoder.config.image_size)

    def style_latents(
        self, encoder: StyleEncoder, pictures: Sequence[Float[Tensor, "3 height width"]]
    ) -> Float[Tensor, "batch layers dim"]:
        """Latents of style references in [-1, 1], of any size."""
        encode = encoder.codes_of_length(self.settings.style_dim)

        def mapped(images: Tensor) -> Tensor:
            return self.generator.map_style(encode(images))

        return self._encode(mapped, pictures, encoder.config.image_size)

    def images(self, latents: Iterable[Float[Tensor, "layers dim"]]) -> Iterator[Float[Tensor, "3 size size"]]:
        """Images of blended latents, computed `--batch` at a time."""
        noise: Noise | NoiseSource = self.config.noise
        for number, batch in enumerate(batched(latents, self.batch)):
            if self.config.noise == "random":
                noise = self._noise_of(range(number * self.batch, number * self.batch + len(batch)))
            with torch.inference_mode(), self._autocast():
                images = self.generator.synthesize(torch.stack(batch), noise).float()
            yield from images  # outside of the modes, which would else hold for whoever takes the images

    def blend(self, face: NamedLatent, style: NamedLatent, indicator: int | None = None) -> Float[Tensor, "layers dim"]:
        """The latent of a face in a style."""
        i = self.indicator if indicator is None else indicator
        with torch.inference_mode():
            return self.generator.blend(face.latent[None], style.latent[None], i)[0]

    def picture(self, latent: NamedLatent) -> Float[Tensor, "3 size size"] | None:
        """What a latent was read from, at the model's size; None for a random one."""
        picture = None if latent.path is None else read_picture(latent.path)
        return None if picture is None or isinstance(picture, Unreadable) else resize(picture, self.size)

    def some(self, latents: Iterable[NamedLatent]) -> list[NamedLatent]:
        """All of them, or a `UserError` if none could be used."""
        found = list(latents)
        if not found:
            raise UserError("none of the pictures could be used; see the reasons above")
        return found

    def report(self, sentence: str, **facts: object) -> None:
        """The last line of a command, with the files that could not be used."""
        note = f" ({self.left_out} files left out)" if self.left_out else ""
        self.console.result(sentence + note, **facts, left_out=self.left_out)

    def _encoded(
        self, place: Path, count: int | None, encode: Callable[[Sequence[Tensor]], Tensor], square: bool = False
    ) -> Iterator[NamedLatent]:
        named = list(picture_paths(place).items())
        if count is not None and count < len(named):
            Random(self.config.seed).shuffle(named)
        for batch in batched(islice(self._readable(named, square), count), self.batch):
            latents = encode([picture for _, _, picture in batch])
            for (name, path, _), latent in zip(batch, latents, strict=True):
                yield NamedLatent(name, latent, path)

    def _encode(self, encode: Callable[[Tensor], Tensor], pictures: Sequence[Tensor], side: int) -> Tensor:
        images = torch.stack([resize(picture, side) for picture in pictures]).to(self.device)
        with torch.inference_mode(), self._autocast():
            return encode(images).float()

    def _readable(self, named: list[tuple[str, Path]], square: bool) -> Iterator[tuple[str, Path, Tensor]]:
        for name, path in named:
            picture = read_picture(path, square)
            if isinstance(picture, Unreadable):
                self.left_out += 1
                self.console.warn(f"left out {path}: {picture.reason}")
            else:
                yield name, path, picture

    def _draw(self, stream: int, index: int, dim: int) -> Float[Tensor, "1 dim"]:
        """The `index`-th code of a stream, whatever was drawn before it."""
        values = np.random.default_rng([self.config.seed, stream, index]).standard_normal((1, dim), dtype=np.float32)
        return torch.from_numpy(values).to(self.device)

    def _noise_of(self, images: Iterable[int]) -> NoiseSource:
        """Fresh noise for the images with these numbers, whatever batches they come in."""
        streams = [np.random.default_rng([self.config.seed, NOISE, image]) for image in images]

        def drawn(count: int, side: int) -> Tensor:
            maps = [stream.standard_normal((1, side, side), dtype=np.float32) for stream in streams]
            return torch.from_numpy(np.stack(maps)).to(self.device)

        return drawn

    def _autocast(self) -> torch.autocast:
        return autocast(self.device, self.precision)

    @property
    def truncation(self) -> float:
        """How far random faces keep from the mean face: as asked for, else as the model was published, else 0.75."""
        chosen = self.config.truncation
        stored = self.settings.truncation
        return chosen if chosen is not None else DEFAULT_TRUNCATION if stored is None else stored

    def _indicator(self) -> int:
        layers = self.settings.num_layers
        if self.config.indicator is None:
            return 6 if layers >= LAYERS_OF_128_PX else 0
        if not 0 <= self.config.indicator <= layers:
            raise UserError(f"--indicator is {self.config.indicator}; give 0 (all style) to {layers} (natural)")
        return self.config.indicator

    def style_encoder(self) -> StyleEncoder:
        """The style encoder that goes with the generator, loaded anew."""
        encoder = load_style_encoder(self._place(self.config.style_encoder, "style_encoder", "--style-encoder"))
        if self.settings.style_dim not in (encoder.config.latent_dim, encoder.config.gram_dim):
            raise UserError(
                f"the style encoder gives {encoder.config.latent_dim} values but the generator takes "
                f"{self.settings.style_dim}; give the one it was trained with as --style-encoder"
            )
        if encoder.config.backbone == "random":
            self.console.info("the style encoder stands on random VGG-19 weights, not on ImageNet's")
        return encoder.to(self.device)

    def inversion_encoder(self) -> InversionEncoder:
        """The inversion encoder that goes with the generator, loaded anew."""
        encoder = load_inversion_encoder(self._place(self.config.inversion, "inversion", "--inversion"))
        latents = (encoder.config.num_layers, encoder.config.latent_dim)
        if latents != (self.settings.num_layers, self.settings.latent_dim):
            raise UserError(
                f"the inversion encoder gives latents of {latents} but the generator takes "
                f"{(self.settings.num_layers, self.settings.latent_dim)}; give the one trained for it as --inversion"
            )
        return encoder.to(self.device)

    def _place(self, chosen: Path | None, name: str, flag: str) -> Path:
        if chosen is None and not has_network(self.config.model, name):
            raise UserError(f"{self.config.model} holds no {name.replace('_', ' ')}; give one with {flag}")
        return chosen or self.config.model


def pick_device(wanted: Device) -> torch.device:
    """The device asked for; 'auto' takes CUDA, then Apple's MPS, then the CPU."""
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wanted == "auto":
        return torch.device(next(name for name in ("cuda", "mps", "cpu") if available[name]))
    if not available[wanted]:
        raise UserError(f"--device {wanted}, but PyTorch sees none here; leave it out to take what there is")
    return torch.device(wanted)


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size` items, the last one shorter, taken only as they are used."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
