"""Drawn pictures for the tests of the crawl: cheap, distinct, and hostile ones."""

import csv
import io
from pathlib import Path

import numpy as np
from PIL import Image

from aahq_builder.testserver.faults import bomb_png


def drawn(number: int, size: int = 48) -> Image.Image:
    """A small picture that no other number gives."""
    rng = np.random.default_rng(number)
    coarse = rng.integers(0, 255, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC)


def write_gallery(folder: Path, count: int, license: str = "CC0-1.0") -> Path:  # noqa: A002
    """A folder of `count` PNG files with a `credits.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number in range(1, count + 1):
        name = f"portrait-{number:04d}.png"
        drawn(number).save(folder / name)
        rows.append({"file": name, "title": f"Portrait {number}", "artist": f"Artist {number % 7}", "license": license})
    write_credits(folder, rows)
    return folder


def write_credits(folder: Path, rows: list[dict[str, str]]) -> None:
    with (folder / "credits.csv").open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, ["file", "title", "artist", "license"])
        writer.writeheader()
        writer.writerows(rows)


def encoded(image: Image.Image, format: str, **options: object) -> bytes:  # noqa: A002
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def write_hostile(folder: Path) -> dict[str, str | None]:
    """The files that real collections hold; gives the error kind expected for each, None for a good one."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = encoded(drawn(1, 400), "PNG")
    rotated = Image.Exif()
    rotated[0x0112] = 6
    sixteen = Image.fromarray(np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16))
    files: dict[str, tuple[bytes, str | None]] = {
        "truncated.png": (whole[: len(whole) // 2], "truncated"),
        "page.jpg": (b"<!doctype html><script>alert(1)</script>", "not_an_image"),
        "nothing.png": (b"", "empty"),
        "bomb.png": (bomb_png(30_000, 30_000), "too_many_pixels"),
        "cmyk.jpg": (encoded(drawn(2).convert("CMYK"), "JPEG"), None),
        "sixteen-bit.png": (encoded(sixteen, "PNG"), None),
        "rotated.jpg": (encoded(drawn(3).resize((60, 40)), "JPEG", exif=rotated), None),
        "'quotes\" & <script>.png": (encoded(drawn(4), "PNG"), None),
    }
    for name, (content, _) in files.items():
        (folder / name).write_bytes(content)
    title = "\"Portrait\" of 'O'Hara' <script>alert(1)</script> & friends"
    write_credits(folder, [{"file": n, "title": title, "artist": 'A "B" <c>', "license": "CC0-1.0"} for n in files])
    return {name: kind for name, (_, kind) in files.items()}
