"""`blendgan-demo`: open the model and the folders, then serve the page until Ctrl-C, or write a Space."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from tempfile import TemporaryDirectory
from typing import Any

from blendgan.console import Console
from blendgan.demo.config import PageConfig
from blendgan.demo.offer import Offer
from blendgan.demo.references import open_references
from blendgan.demo.space import write_space
from blendgan.demo.studio import Studio
from blendgan.demo.style_map import Snap, draw_map, read_positions
from blendgan.demo.uploads import Align

OpenAlign = Callable[[int], Align]
"""Makes the function that finds faces and cuts them out at that many px."""


def run(config: PageConfig, console: Console, open_align: OpenAlign, snap: Snap, packages: Sequence[str]) -> None:
    """Serve, the address being the one line of output; or write a Space that brings these packages."""
    studio = Studio(config, console)
    say_what_is_missing(studio, console)
    offer = open_offer(config, console, snap)
    if config.dry_run:
        shown = f"{len(offer.faces)} faces and {len(offer.styles)} styles"
        console.result(
            f"would show {shown} {f'in {config.space}' if config.space else f'at {config.host}:{config.port}'}"
        )
        return
    if config.space is not None:
        write_space(config, offer, packages, console)
        return
    align = open_align(studio.face_px) if studio.inverts else no_faces
    with serving(config, studio, align, offer) as address, suppress(KeyboardInterrupt):
        console.result(f"the demo of {config.model} is at {address} (Ctrl-C ends)", address=address)
        threading.Event().wait()


def say_what_is_missing(studio: Studio, console: Console) -> None:
    """Name what a model without all of its networks cannot do."""
    if not studio.inverts:
        console.info("the model has no inversion encoder: faces are random; give one with --inversion")
    if not studio.encodes:
        console.info("the model has no style encoder: styles are random; give one with --style-encoder")


def open_offer(config: PageConfig, console: Console, snap: Snap) -> Offer:
    """The pictures of the folders, and the map."""
    positions = read_positions(config.map) if config.map else {}
    faces = open_references(config.faces, console) if config.faces else []
    styles = open_references(config.styles, console, preferred=list(positions)) if config.styles else []
    return Offer(faces, styles, draw_map(styles, positions, snap) if positions else None)


def no_faces(content: bytes) -> list[Any]:
    """In place of a face finder where no face could be used."""
    return []


@contextmanager
def serving(config: PageConfig, studio: Studio, align: Align, offer: Offer) -> Iterator[str]:
    """The page at an address, as long as the context lasts; what visitors have left is removed after it."""
    with TemporaryDirectory(prefix="blendgan-demo-") as folder:
        # Gradio reads these when it is imported and when a page is made
        os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_TEMP_DIR": folder}
        from blendgan.demo.guard import LOOPBACK
        from blendgan.demo.page import make_page
        from blendgan.demo.server import launch

        blocks = make_page(studio, align, offer)
        try:
            yield launch(blocks, config, local=config.host in LOOPBACK)
        finally:
            blocks.close(verbose=False)
