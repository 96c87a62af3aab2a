"""The model of the demo, for any number of visitors: latents of what they choose, and pictures of them.

It draws by the functions of `blendgan-generate picture`, so that the command gives the same pixels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from blendgan.checkpoints.store import has_network
from blendgan.console import Console
from blendgan.demo.choices import OUT, Choice, Recipe
from blendgan.demo.config import PageConfig
from blendgan.inference.config import PictureConfig
from blendgan.inference.picture import STAGES, latent_at, mixed
from blendgan.inference.pictures import from_pixels, reduced, resize, to_pixels
from blendgan.inference.session import NamedLatent, Session
from blendgan.inference.sheet import tile_side
from blendgan.inference.video import video_file, way
from blendgan.networks.inversion import InversionEncoder
from blendgan.networks.style_encoder import StyleEncoder

FILM_SECONDS, FILM_FPS = 4, 12
LEAST_FACE_PX, MOST_FACE_PX = 256, 1024


class Studio:
    """One model. Its methods are called by one thread at a time."""

    def __init__(self, config: PageConfig, console: Console) -> None:
        self.base = PictureConfig(
            model=config.model,
            out=OUT,
            style_encoder=config.style_encoder,
            inversion=config.inversion,
            noise=config.noise,
            device=config.device,
            precision=config.precision,
        )
        self.session = Session(self.base, console)
        self.layers = self.session.settings.num_layers
        self.inverts = config.inversion is not None or has_network(config.model, "inversion")
        """Whether faces may come from pictures."""
        self.encodes = config.style_encoder is not None or has_network(config.model, "style_encoder")
        """Whether styles may come from pictures."""

    @cached_property
    def inversion(self) -> InversionEncoder:
        """The network that finds faces' latents."""
        return self.session.inversion_encoder()

    @cached_property
    def style_encoder(self) -> StyleEncoder:
        """The network that finds styles' codes."""
        return self.session.style_encoder()

    @property
    def face_px(self) -> int:
        """The side that aligned faces should have: as much as the encoder reads, and enough to be looked at."""
        return min(max(self.inversion.config.image_size, LEAST_FACE_PX), MOST_FACE_PX) if self.inverts else 0

    def face_of(self, pixels: UInt8[np.ndarray, "side side 3"]) -> Choice:
        """An aligned face."""
        pixels = reduced(pixels)
        latents = self.session.face_latents(self.inversion, [from_pixels(pixels)])
        return Choice(pixels=pixels, latent=latents[0])

    def style_of(self, pixels: UInt8[np.ndarray, "height width 3"]) -> Choice:
        """The style of a picture of any size."""
        pixels = reduced(pixels)
        latents = self.session.style_latents(self.style_encoder, [from_pixels(pixels)])
        return Choice(pixels=pixels, latent=latents[0])

    def draw(
        self, recipe: Recipe, stages: Sequence[str] = STAGES
    ) -> Iterator[tuple[str, UInt8[np.ndarray, "size size 3"]]]:
        """The wanted `STAGES` of a picture, each as soon as it is drawn."""
        session, face, style = self._prepared(recipe)
        latents = (latent_at(session, face, style, stage) for stage in stages)
        for stage, image in zip(stages, session.images(latents), strict=True):
            yield stage, to_pixels(image).numpy()

    def film(self, recipe: Recipe, path: Path) -> Iterator[float]:
        """Film the face from natural into its styles and back; gives the share that is done."""
        session, face, style = self._prepared(recipe)
        ends = [style] if recipe.mix is None else [self._style(session, each) for each in (recipe.style, recipe.mix)]
        stops = [face.latent, *(latent_at(session, face, end, "intermediate") for end in ends)]
        count = FILM_SECONDS * FILM_FPS
        side = tile_side(session.size) if session.size < LEAST_FACE_PX else session.size
        with video_file(path, side, FILM_FPS) as write:
            for k, image in enumerate(session.images(way(stops, k / count) for k in range(count))):
                write(to_pixels(resize(image, side)).numpy())
                yield (k + 1) / count

    def _prepared(self, recipe: Recipe) -> tuple[Session, NamedLatent, NamedLatent]:
        """The settings of a recipe, checked, with the latents of its face and of its style."""
        config = recipe.config(self.base)
        config.check()
        session = self.session.under(config)
        style = self._style(session, recipe.style)
        if recipe.mix is not None:
            style = mixed(style, self._style(session, recipe.mix), recipe.mix_share)
        return session, self._face(session, recipe.face), style

    def _face(self, session: Session, choice: Choice) -> NamedLatent:
        if choice.latent is not None:
            return NamedLatent("face", choice.latent)
        return next(session.under(replace(session.config, faces=None, seed=choice.seed)).faces(1))

    def _style(self, session: Session, choice: Choice) -> NamedLatent:
        if choice.latent is not None:
            return NamedLatent("style", choice.latent)
        return next(session.under(replace(session.config, styles=None, seed=choice.seed)).styles(1))
