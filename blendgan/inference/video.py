"""`blendgan-generate video`: a face, or several, on a closed way through styles, written frame by frame."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import cos, pi
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from blendgan.console import Console
from blendgan.errors import UserError
from blendgan.inference.config import VideoConfig
from blendgan.inference.pictures import resize, to_pixels
from blendgan.inference.results import Results, results_in
from blendgan.inference.session import NamedLatent, Session
from blendgan.inference.sheet import tile_side

Write = Callable[[np.ndarray], object]
"""Takes the next frame, uint8 RGB [height, width, 3]."""
CODECS = {".mp4": "mp4v", ".webm": "VP80"}
"""MPEG-4 and VP8: what OpenCV can write everywhere, and what every browser plays."""


def run(config: VideoConfig, console: Console) -> None:
    """One mp4, or numbered PNG files."""
    session = Session(config, console)
    count = round(config.seconds * config.fps)
    if config.dry_run:
        console.result(f"would draw {count} frames into {config.out}")
        return
    with results_in(config.out, "video", console) as results:
        draw(session, config, count, results)


def draw(session: Session, config: VideoConfig, count: int, results: Results) -> None:
    """Draw `count` frames and say so."""
    faces = session.some(session.faces(config.num_faces))
    styles = session.some(session.styles(config.num_styles))
    side = session.size if session.size >= 128 else tile_side(session.size)
    path = config.out if config.frames else config.out / "video.mp4"
    latents = (_at(session, faces, styles, k / count) for k in range(count))
    sink = png_files(results) if config.frames else video_file(path, side, config.fps)
    with sink as write, session.console.progress(count, "frame") as progress:
        for image in session.images(latents):
            write(to_pixels(resize(image, side)).numpy())
            progress.advance()
    session.report(
        f"drew {count} frames through {len(faces)} faces and {len(styles)} styles: {path}", path=path, frames=count
    )


def way(latents: Sequence[Float[Tensor, "layers dim"]], progress: float) -> Float[Tensor, "layers dim"]:
    """The latent at `progress` in [0, 1) of a closed way through `latents`, slow where it passes one of them."""
    position = progress * len(latents)
    k = int(position)
    weight = (1 - cos(pi * (position - k))) / 2
    return torch.lerp(latents[k % len(latents)], latents[(k + 1) % len(latents)], weight)


def _at(session: Session, faces: Sequence[NamedLatent], styles: Sequence[NamedLatent], progress: float) -> Tensor:
    face = NamedLatent("face", way([face.latent for face in faces], progress))
    style = NamedLatent("style", way([style.latent for style in styles], progress))
    return session.blend(face, style)


@contextmanager
def video_file(path: Path, side: int, fps: int) -> Iterator[Write]:
    """A video in the format of its suffix (`CODECS`) that appears when it is complete."""
    import cv2

    written = 0

    def write(pixels: np.ndarray) -> None:
        nonlocal written
        writer.write(pixels[:, :, ::-1].copy())
        written += 1

    temporary = path.with_name(f".tmp-{path.name}")
    writer = cv2.VideoWriter(str(temporary), cv2.VideoWriter.fourcc(*CODECS[path.suffix]), fps, (side, side))
    try:
        if not writer.isOpened():
            raise UserError("this OpenCV cannot write MPEG-4 video; use --frames and a video program of your own")
        yield write
        writer.release()
        if (readable := frames_in(temporary)) != written:  # OpenCV does not say that a disk is full
            raise UserError(
                f"{path} could not be written: {readable} of {written} frames can be read back, most likely for want "
                "of space; free some and run the same command again"
            )
        temporary.replace(path)
    finally:
        writer.release()
        temporary.unlink(missing_ok=True)


@contextmanager
def png_files(results: Results) -> Iterator[Write]:
    """frame-000000.png, frame-000001.png, ..."""
    written = 0
    results.replace_earlier("frame-*.png")

    def write(pixels: np.ndarray) -> None:
        nonlocal written
        results.save(pixels, f"frame-{written:06d}.png")
        written += 1

    yield write


def frames_in(path: Path) -> int:
    """Frames of a video that can be decoded."""
    import cv2

    video, count = cv2.VideoCapture(str(path)), 0
    while video.grab():
        count += 1
    video.release()
    return count
