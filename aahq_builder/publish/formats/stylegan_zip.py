"""One zip as StyleGAN2-ADA and StyleGAN3 read it: numbered PNGs, `dataset.json`; provenance in `metadata.jsonl`."""

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from aahq_builder.errors import UserError
from aahq_builder.publish.rows import ReleaseRow

FILES_PER_FOLDER = 1000
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip can state."""


def write(folder: Path, rows: Sequence[ReleaseRow]) -> None:
    """`faces.zip`; pictures are stored as they are, PNG does not shrink twice."""
    shown = [row for row in rows if row.pixels]
    lines = []
    with zipfile.ZipFile(folder / "faces.zip", "w", zipfile.ZIP_STORED) as archive:
        for index, row in enumerate(shown):
            assert row.pixels is not None
            name = f"{index // FILES_PER_FOLDER:05}/img{index:08}.png"
            content = row.pixels.read_bytes()
            _check_same_square(content, row, shown[0])
            _add(archive, name, content)
            lines.append(json.dumps({"file_name": name, **row.facts}, ensure_ascii=False) + "\n")
        _add(archive, "dataset.json", b'{"labels": null}')
        _add(archive, "metadata.jsonl", "".join(lines).encode())


def _check_same_square(content: bytes, row: ReleaseRow, first: ReleaseRow) -> None:
    """StyleGAN's loader wants squares of one size and dies late on others."""
    with Image.open(io.BytesIO(content), formats=["PNG"]) as image, Image.open(first.pixels or "") as reference:
        side = reference.size[0]
        if image.size != (side, side) or image.mode != "RGB" or side & (side - 1):
            raise UserError(
                f"{row.facts['face_id']} is {image.size[0]} x {image.size[1]} {image.mode}, the zip needs RGB squares "
                f"of one power of two ({side} px here); align everything again with one --size"
            )


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    member = zipfile.ZipInfo(name, EARLIEST)
    member.external_attr = 0o644 << 16
    archive.writestr(member, content)
