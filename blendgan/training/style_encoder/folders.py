"""Styles by folder: pictures that lie in one sub-folder are of one style."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePath

import torch
from torch import Tensor

from blendgan.data.folder import ImageFolder
from blendgan.errors import UserError

REMEDY = "put each style into a sub-folder of its own, or take --positives views"


def styles_of(artworks: ImageFolder, source: Path) -> Tensor:
    """The number of its style for every picture, int64; an error where folders do not tell styles apart."""
    folders = [folder_of(artworks.name(index)) for index in range(len(artworks))]
    counts = Counter(folders)
    outside = counts.get("", 0)
    if outside == len(folders):
        raise UserError(f"{source} has no sub-folders (a published set never has); {REMEDY}")
    if outside:
        first = artworks.name(folders.index(""))
        raise UserError(f"{outside} of {len(folders)} pictures in {source} lie in no sub-folder ({first}); {REMEDY}")
    if len(counts) == 1:
        raise UserError(f"all pictures in {source} lie in one sub-folder ({folders[0]}); {REMEDY}")
    if max(counts.values()) == 1:
        raise UserError(f"no sub-folder of {source} holds two pictures, so none has a companion; {REMEDY}")
    return numbered(folders)


def folder_of(name: str) -> str:
    """The folder in a picture's name relative to its set; empty at the root."""
    parent = PurePath(name).parent
    return "" if parent == PurePath() else str(parent)


def numbered(labels: Sequence[str]) -> Tensor:
    """The same number for the same label."""
    numbers = {label: number for number, label in enumerate(sorted(set(labels)))}
    return torch.tensor([numbers[label] for label in labels])
