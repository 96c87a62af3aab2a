"""Eight pictures as the web serves them: broken, lying, enormous or oddly coloured. The demo must survive them all."""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

BOMB_PX = 30_000
EXIF_ORIENTATION = 0x0112
ROTATED_90_CLOCKWISE_TO_VIEW = 6


def write_hostile_pictures(folder: Path, portrait: Path) -> list[Path]:
    """Write the eight files into `folder`; those that hold a picture show `portrait`."""
    folder.mkdir(parents=True, exist_ok=True)
    with Image.open(portrait) as opened:
        picture = opened.convert("RGBA")
    plain = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")

    (folder / "truncated.png").write_bytes(portrait.read_bytes()[: portrait.stat().st_size // 2])
    (folder / "page-not-picture.jpg").write_bytes(b"<!doctype html><title>Just a moment...</title>")
    (folder / "empty.png").write_bytes(b"")
    (folder / "bomb.png").write_bytes(_bomb_png(BOMB_PX))
    plain.convert("CMYK").save(folder / "cmyk.jpg", quality=95)
    grey = np.asarray(plain.convert("L"), dtype=np.uint16) * 257
    Image.fromarray(grey).save(folder / "sixteen-bit.png")
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = ROTATED_90_CLOCKWISE_TO_VIEW
    plain.transpose(Image.Transpose.ROTATE_90).save(folder / "rotated.jpg", quality=95, exif=exif)
    plain.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / """"quoted" 'name' <script>alert(1)<.png""")
    return sorted(folder.iterdir())


def _bomb_png(side: int) -> bytes:
    """A valid greyscale PNG of `side` x `side` black pixels in about a megabyte."""
    row = b"\0" * (side + 1)
    compressor = zlib.compressobj(9)
    pixels = b"".join(compressor.compress(row) for _ in range(side)) + compressor.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
