"""Verdicts on pictures: whether a file can be trained on, found by decoding it once and remembered by its content."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from blendgan.data.decode import decode
from blendgan.errors import PictureError

FORMAT = 1
"""Also of what `decode` makes of a file: raise it where other files can be read, or their pixels are others."""


@dataclass(frozen=True)
class FileVerdict:
    """Width and height in px, or what is wrong with the file."""

    width: int = 0
    height: int = 0
    fault: str = ""
    transient: bool = False
    """The file could not be read this time: no fact about the picture, so it is not remembered."""

    def against(self, size: int) -> str:
        """Why the picture cannot be trained on at `size` px; empty where it can."""
        if self.fault:
            return f"cannot be read as a picture ({self.fault})"
        if self.width != self.height:
            return f"{self.width}x{self.height} px is not square; `aahq-build align` makes aligned square faces"
        small = f"{self.width}x{self.height} px is smaller than the training size of {size} px"
        return small if self.width < size else ""


def look(path: Path) -> tuple[FileVerdict, np.ndarray | None]:
    """Decode a picture: the verdict, and the pixels that were decoded."""
    try:
        pixels = decode(path).pixels
    except PictureError as error:
        return FileVerdict(fault=str(error)), None
    except OSError as error:
        return FileVerdict(fault=str(error), transient=True), None
    height, width = pixels.shape[:2]
    return FileVerdict(width, height), pixels


Verdicts = dict[str, FileVerdict]
"""By the SHA-256 of the file."""


class VerdictFile:
    """Verdicts of one process, one line each, added as they come: a kill loses none but the last."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file: IO[str] = path.open("a", encoding="utf-8")
        if self.file.tell():
            self.file.write("\n")  # a line that was torn must not tear the next one

    def add(self, verdicts: Mapping[str, FileVerdict]) -> None:
        """Write some verdicts down."""
        rows = (
            json.dumps([FORMAT, sha256, verdict.width, verdict.height, verdict.fault])
            for sha256, verdict in verdicts.items()
            if not verdict.transient
        )
        self.file.write("".join(f"{row}\n" for row in rows))
        self.file.flush()
        os.fsync(self.file.fileno())

    def close(self) -> None:
        """No more verdicts."""
        self.file.close()


def load(paths: Iterable[Path]) -> Verdicts:
    """The verdicts in some files; lines that cannot be read count for nothing."""
    return dict(found for path in paths for line in _lines(path) if (found := _verdict(line)))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


def _verdict(line: str) -> tuple[str, FileVerdict] | None:
    try:
        number, sha256, width, height, fault = json.loads(line)
        return (str(sha256), FileVerdict(int(width), int(height), str(fault))) if number == FORMAT else None
    except (ValueError, TypeError):
        return None
