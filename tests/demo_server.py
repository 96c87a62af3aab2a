"""The demo page over a tiny untrained model, with a face finder that cuts pictures into squares."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from blendgan.checkpoints.store import save_network
from blendgan.command import Command
from blendgan.command import run as run_command
from blendgan.console import Console
from blendgan.data.decode import decode
from blendgan.demo.config import PageConfig
from blendgan.demo.stage import run
from blendgan.networks.generator import Generator, GeneratorConfig
from blendgan.networks.inversion import InversionConfig, InversionEncoder
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig

FACE_PX = 64


def write_model(folder: Path) -> Path:
    """A 32-px model of all three networks, seeded."""
    torch.manual_seed(0)
    size = {"size": 32, "latent_dim": 16, "style_dim": 16, "mapping_layers": 2, "channel_base": 512, "channel_max": 16}
    generator = Generator(GeneratorConfig(**size))  # type: ignore[arg-type]
    with torch.no_grad():
        generator.blending.face_weight.fill_(0.5)
    save_network(generator, folder / "generator")
    encoder = StyleEncoder(StyleEncoderConfig(image_size=64, taps=("relu1_2",), latent_dim=16))
    save_network(encoder, folder / "style_encoder")
    widths = {"widths": (8, 8, 16, 16), "depths": (1, 1, 1, 1), "squeeze": 4}
    inversion = InversionEncoder(InversionConfig(num_layers=8, latent_dim=16, image_size=32, **widths))  # type: ignore[arg-type]
    save_network(inversion.eval(), folder / "inversion")
    return folder


def squares(content: bytes) -> list[np.ndarray]:
    """In place of faces: the squares that stand side by side in a picture; none in one of a single colour."""
    pixels = decode(content).pixels
    if pixels.std() == 0:
        return []
    side = pixels.shape[0]
    parts = (pixels[:, left : left + side] for left in range(0, pixels.shape[1] - side + 1, side))
    return [np.asarray(Image.fromarray(np.ascontiguousarray(part)).resize((FACE_PX, FACE_PX))) for part in parts]


def ramps(count: int, side: int = 48) -> np.ndarray:
    """`count` squares side by side, each of another colour that fades downwards."""
    colours = np.random.default_rng(count).uniform(60, 255, (1, count, 3)).repeat(side, axis=1)
    fading: np.ndarray = (np.linspace(0.2, 1, side)[:, None, None] * colours).astype(np.uint8)
    return fading


def png(pixels: np.ndarray) -> bytes:
    """The bytes of a PNG."""
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, format="PNG")
    return content.getvalue()


@contextmanager
def running_demo(*flags: object) -> Iterator[str]:
    """Serve in a process of its own, since Gradio leaves sockets and loops to the garbage; gives the address."""
    words = [sys.executable, "-m", "tests.demo_server", *map(str, flags), "--port", "0", "--json", "--quiet"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["address"]
        finally:
            process.terminate()


def one_after_the_other(places: np.ndarray, side: int) -> np.ndarray:
    """In place of the builder's way to lay out a map."""
    return np.array([[k % side, k // side] for k in range(len(places))])


def serve(config: PageConfig, console: Console) -> None:
    """The demo with stand-ins for what the builder brings."""
    run(config, console, lambda size: squares, one_after_the_other, ())


if __name__ == "__main__":
    command = Command("blendgan.demo.config:PageConfig", "tests.demo_server:serve", "A demo to test.", "")
    sys.exit(run_command("demo", command, sys.argv[1:]))
