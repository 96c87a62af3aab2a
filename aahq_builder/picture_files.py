"""Which files of a folder are pictures, by their names."""

from pathlib import Path

from blendgan.data.formats import SUFFIXES as PICTURE_SUFFIXES

__all__ = ["PICTURE_SUFFIXES", "is_picture", "picture_files"]


def is_picture(path: Path) -> bool:
    """Whether the name ends as a picture's; the case of letters does not matter."""
    return path.suffix.lower() in PICTURE_SUFFIXES


def picture_files(folder: Path) -> list[Path]:
    """The pictures in a folder and below it, sorted."""
    return sorted(path for path in folder.rglob("*") if is_picture(path) and path.is_file())
