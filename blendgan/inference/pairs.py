"""`blendgan-generate pairs`: faces as they are and in a style, side by side."""

from itertools import chain

import torch

from blendgan.console import Console
from blendgan.inference.config import PairsConfig
from blendgan.inference.pictures import to_pixels
from blendgan.inference.results import Results, results_in
from blendgan.inference.session import Session, batched


def run(config: PairsConfig, console: Console) -> None:
    """One file per pair: the natural face at the left, the styled one at the right."""
    session = Session(config, console)
    if config.dry_run:
        console.result(f"would draw {config.count} pairs into {config.out}")
        return
    with results_in(config.out, "pairs", console) as results:
        draw(session, config, results)


def draw(session: Session, config: PairsConfig, results: Results) -> None:
    """Draw the pairs and say so."""
    faces = session.some(session.faces(config.count))
    styles = session.some(session.styles(config.count))
    pairs = ((faces[k % len(faces)], styles[k % len(styles)]) for k in range(config.count))
    latents = chain.from_iterable((face.latent, session.blend(face, style)) for face, style in pairs)
    results.replace_earlier("[0-9]*.png")
    with session.console.progress(config.count, "pair") as progress:
        for k, pair in enumerate(batched(session.images(latents), 2)):
            # side by side: along the width
            results.save(to_pixels(torch.cat(pair, dim=2)).numpy(), f"{k:06d}.png")
            progress.advance()
    session.report(
        f"drew {config.count} pairs with indicator {session.indicator} into {config.out}",
        pairs=config.count,
        out=config.out,
        indicator=session.indicator,
    )
