"""One zip as StyleGAN2-ADA and StyleGAN3 read it: numbered PNGs, `dataset.json`; provenance in `metadata.jsonl`."""

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from aahq_builder.errors import UserError
from aahq_builder.publish.formats.read_ahead import with_pictures
from aahq_builder.publish.release_files import ReleaseFiles
from aahq_builder.publish.rows import ReleaseRow
from aahq_builder.publish.splits import TRAIN

FILES_PER_FOLDER = 1000
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip can state."""


def write(files: ReleaseFiles, rows: Sequence[ReleaseRow]) -> None:
    """`faces.zip`, and `faces-validation.zip` where there is such a split: the reader wants one file, however large."""
    for split in sorted({row.split for row in rows if row.pixels}):
        name = "faces.zip" if split == TRAIN else f"faces-{split}.zip"
        _write_zip(files.written(name), [row for row in rows if row.pixels and row.split == split])
        files.note(name)


def _write_zip(path: Path, shown: Sequence[ReleaseRow]) -> None:
    """Pictures are stored as they are, PNG does not shrink twice."""
    names = [f"{index // FILES_PER_FOLDER:05}/img{index:08}.png" for index in range(len(shown))]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        side = 0
        for name, (row, content) in zip(names, with_pictures(shown), strict=True):
            side = _checked_side(content, row, side)
            archive.writestr(_member(name), content)
        archive.writestr(_member("dataset.json"), b'{"labels": null}')
        with archive.open(_member("metadata.jsonl"), "w", force_zip64=True) as lines:
            for name, row in zip(names, shown, strict=True):
                lines.write(json.dumps({"file_name": name, **row.facts}, ensure_ascii=False).encode() + b"\n")


def _checked_side(content: bytes, row: ReleaseRow, first: int) -> int:
    """StyleGAN's loader wants squares of one size and dies late on others; `first` is 0 for the first picture."""
    with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
        side = first or image.size[0]
        if image.size != (side, side) or image.mode != "RGB" or side & (side - 1):
            raise UserError(
                f"{row.face_id} is {image.size[0]} x {image.size[1]} {image.mode}, the zip needs RGB squares "
                f"of one power of two ({side} px here); align everything again with one --size"
            )
    return side


def _member(name: str) -> zipfile.ZipInfo:
    """An entry without a clock or a machine."""
    member = zipfile.ZipInfo(name, EARLIEST)
    member.external_attr = 0o644 << 16
    return member
