"""`blendgan-generate picture`: one face in one style, or in a mix of two; the demo draws by the same functions."""

from collections.abc import Iterator
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from blendgan.console import Console
from blendgan.inference.config import PictureConfig
from blendgan.inference.pictures import to_pixels
from blendgan.inference.results import Results, results_in
from blendgan.inference.session import NamedLatent, Session

STAGES = ("natural", "intermediate", "styled")
"""The face alone, the face in the style at the indicator i, and with all layers open to the style (i = 0)."""


def run(config: PictureConfig, console: Console) -> None:
    """Three files, one per stage."""
    session = Session(config, console)
    if config.dry_run:
        console.result(f"would draw {', '.join(STAGES)} into {config.out}")
        return
    with results_in(config.out, "picture", console) as results:
        draw(session, config, results)


def draw(session: Session, config: PictureConfig, results: Results) -> None:
    """Draw the stages and say so."""
    face = session.some(session.faces(1))[0]
    style = style_of(session, config)
    latents = (latent_at(session, face, style, stage) for stage in STAGES)
    for stage, image in zip(STAGES, session.images(latents), strict=True):
        results.save(to_pixels(image).numpy(), f"{stage}.png")
    session.report(
        f"drew {face.name} in {style.name}, {', '.join(STAGES)} with indicator {session.indicator}, into {config.out}",
        face=face.name,
        style=style.name,
        indicator=session.indicator,
        out=config.out,
    )


def style_of(session: Session, config: PictureConfig) -> NamedLatent:
    """The style that `config` describes: a picture's or a seed's, mixed with a second one where that is given."""
    seed = config.seed if config.style_seed is None else config.style_seed
    first = next(_styles(session, replace(config, seed=seed)))
    if not config.mixes:
        return first
    seed = config.seed if config.mix_seed is None else config.mix_seed
    second = next(_styles(session, replace(config, seed=seed, styles=config.mix)))
    return mixed(first, second, config.mix_share)


def mixed(first: NamedLatent, second: NamedLatent, share: float) -> NamedLatent:
    """The style between two, `share` of the way from the first to the second."""
    name = f"{first.name} and {second.name}"
    return NamedLatent(name, torch.lerp(first.latent, second.latent, share))


def latent_at(session: Session, face: NamedLatent, style: NamedLatent, stage: str) -> Float[Tensor, "layers dim"]:
    """The latent of one of the `STAGES`."""
    if stage == "natural":
        return face.latent
    return session.blend(face, style, indicator=0 if stage == "styled" else session.indicator)


def _styles(session: Session, config: PictureConfig) -> Iterator[NamedLatent]:
    return iter(session.some(session.under(config).styles(1)))
