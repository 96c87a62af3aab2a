"""`blendgan-generate transfer`: a folder of faces into a folder of styles (figures 2 and 3 of the supplementary text).

Faces and styles are encoded once each, before the pairs are drawn; only their latents are kept, so memory does not grow
with the number of results.
"""

from itertools import product

import torch
from torch import Tensor

from blendgan.console import Console
from blendgan.errors import UserError
from blendgan.inference.config import TransferConfig
from blendgan.inference.pictures import to_pixels
from blendgan.inference.results import Results, pair_names, results_in
from blendgan.inference.session import NamedLatent, Session


def run(config: TransferConfig, console: Console) -> None:
    """One file per face and style, named after both."""
    if config.faces is None or config.styles is None:
        raise UserError("transfer needs --faces and --styles; for random ones use `blendgan-generate grid`")
    session = Session(config, console)
    if config.dry_run:
        console.result(f"would put every face of {config.faces} into every style of {config.styles}")
        return
    with results_in(config.out, "transfer", console) as results:
        draw(session, config, results)


def draw(session: Session, config: TransferConfig, results: Results) -> None:
    """Draw every pair and say so."""
    faces, styles = session.some(session.faces()), session.some(session.styles())
    pairs = list(product(faces, styles))
    latents = (session.blend(face, style) for face, style in pairs)
    names = pair_names((face.name, style.name) for face, style in pairs)
    with session.console.progress(len(pairs), "picture") as progress:
        for (face, style), image in zip(pairs, session.images(latents), strict=True):
            shown = _strip(session, face, style, image) if config.strip else image
            results.save(to_pixels(shown).numpy(), f"{names[face.name, style.name]}.png")
            progress.advance()
    if earlier := results.earlier("*.png"):
        session.console.info(f"{config.out} also holds {len(earlier)} pictures of earlier transfers")
    session.report(
        f"encoded {len(faces)} faces and {len(styles)} styles once, drew {len(pairs)} pictures with indicator "
        f"{session.indicator} into {config.out}",
        faces=len(faces),
        styles=len(styles),
        encoded=len(faces) + len(styles),
        pictures=len(pairs),
        out=config.out,
    )


def _strip(session: Session, face: NamedLatent, style: NamedLatent, result: Tensor) -> Tensor:
    """The face, the style reference and the result, left to right."""
    shown = [picture for latent in (face, style) if (picture := session.picture(latent)) is not None]
    return torch.cat([*shown, result.cpu()], dim=2)
