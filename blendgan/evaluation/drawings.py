"""Drawings of held-out faces as a grid: every face in every style."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from jaxtyping import Float
from torch import Tensor

from blendgan.data.folder import ImageFolder, open_folder
from blendgan.data.stream import read_batch
from blendgan.errors import UserError

MOST_FACES = 24
"""More faces than these are not looked at."""


@dataclass(frozen=True)
class Drawings:
    """Where the drawing of each face in each style lies: `STYLE/FACE.png`."""

    folder: ImageFolder
    styles: Sequence[str]
    faces: Sequence[str]

    def read(self, size: int | None = None) -> Float[Tensor, "styles faces 3 size size"]:
        """All drawings, in [-1, 1], averaged to `size` px where that is given."""
        folder = self.folder if size is None else replace(self.folder, size=size)
        place = {PurePath(self.folder.name(index)).with_suffix(""): index for index in range(len(self.folder))}
        chosen = [place[PurePath(style, face)] for style in self.styles for face in self.faces]
        pictures = read_batch(folder, chosen)
        return pictures.view(len(self.styles), len(self.faces), *pictures.shape[1:])


def open_drawings(root: Path, size: int, at_least: int) -> Drawings:
    """The drawings below `root` of the faces that were drawn in every style."""
    folder = open_folder(root, size)
    names = [PurePath(folder.name(index)) for index in range(len(folder))]
    styles = sorted({str(name.parent) for name in names if name.parent != PurePath()})
    drawn = [{name.stem for name in names if str(name.parent) == style} for style in styles]
    faces = sorted(set.intersection(*drawn)) if drawn else []
    if len(styles) < 2 or len(faces) < at_least:
        raise UserError(
            f"{root} holds {len(faces)} faces that were drawn in each of {len(styles)} styles; give STYLE/FACE.png of "
            f"{at_least} or more faces of {size} px in two or more styles"
        )
    return Drawings(folder, styles, faces[:MOST_FACES])


def natural_faces(root: Path, size: int, names: Sequence[str]) -> Float[Tensor, "faces 3 size size"]:
    """The faces of these names as they are, in [-1, 1]."""
    folder = open_folder(root, size)
    place = {PurePath(folder.name(index)).stem: index for index in range(len(folder))}
    missing = [name for name in names if name not in place]
    if missing:
        raise UserError(f"{root} lacks {len(missing)} faces that were drawn, {missing[0]} first; give their folder")
    return read_batch(folder, [place[name] for name in names])
