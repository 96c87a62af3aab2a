"""One zip as StyleGAN2-ADA and StyleGAN3 read it: numbered PNGs, `dataset.json`; provenance in `metadata.jsonl`."""

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from aahq_builder.errors import UserError
from aahq_builder.publish.rows import ReleaseRow
from aahq_builder.publish.splits import TRAIN

FILES_PER_FOLDER = 1000
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip can state."""


def write(folder: Path, rows: Sequence[ReleaseRow]) -> None:
    """`faces.zip`, and `faces-validation.zip` where there is such a split; PNG does not shrink twice."""
    for split in sorted({row.split for row in rows if row.pixels}):
        name = "faces.zip" if split == TRAIN else f"faces-{split}.zip"
        _write_zip(folder / name, [row for row in rows if row.pixels and row.split == split])


def _write_zip(path: Path, shown: Sequence[ReleaseRow]) -> None:
    names = [f"{index // FILES_PER_FOLDER:05}/img{index:08}.png" for index in range(len(shown))]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, row in zip(names, shown, strict=True):
            assert row.pixels is not None
            content = row.pixels.read_bytes()
            _check_same_square(content, row, shown[0])
            archive.writestr(_member(name), content)
        archive.writestr(_member("dataset.json"), b'{"labels": null}')
        with archive.open(_member("metadata.jsonl"), "w") as lines:
            for name, row in zip(names, shown, strict=True):
                lines.write(json.dumps({"file_name": name, **row.facts}, ensure_ascii=False).encode() + b"\n")


def _check_same_square(content: bytes, row: ReleaseRow, first: ReleaseRow) -> None:
    """StyleGAN's loader wants squares of one size and dies late on others."""
    with Image.open(io.BytesIO(content), formats=["PNG"]) as image, Image.open(first.pixels or "") as reference:
        side = reference.size[0]
        if image.size != (side, side) or image.mode != "RGB" or side & (side - 1):
            raise UserError(
                f"{row.face_id} is {image.size[0]} x {image.size[1]} {image.mode}, the zip needs RGB squares "
                f"of one power of two ({side} px here); align everything again with one --size"
            )


def _member(name: str) -> zipfile.ZipInfo:
    """An entry without a clock or a machine."""
    member = zipfile.ZipInfo(name, EARLIEST)
    member.external_attr = 0o644 << 16
    return member
