"""The pictures that one run of a command leaves in a folder."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from blendgan.console import Console
from blendgan.inference.pictures import WRITER, save_picture, short_hash
from blendgan.out_folder import held


class Results:
    """A folder that one run writes to. Its pictures carry the name of the command."""

    def __init__(self, folder: Path, command: str, console: Console) -> None:
        self.folder, self.writer, self.console = folder, f"blendgan-generate {command}", console
        self.names: set[str] = set()

    def save(self, pixels: UInt8[np.ndarray, "height width 3"], name: str) -> None:
        """Write a PNG under a file name."""
        save_picture(pixels, self.folder / name, self.writer)
        self.names.add(name)

    def earlier(self, pattern: str) -> list[Path]:
        """Pictures that an earlier run of the same command has left under such names."""
        found = (path for path in sorted(self.folder.glob(pattern)) if path.name not in self.names)
        return [path for path in found if written_by(path) == self.writer]

    def replace_earlier(self, pattern: str) -> None:
        """Remove what an earlier run left under such names: a shorter run would else be taken for a longer one.

        To be called before the first picture is written. Files that the command did not write stay.
        """
        earlier = self.earlier(pattern)
        for path in earlier:
            path.unlink()
        if earlier:
            self.console.info(f"removed {len(earlier)} pictures of an earlier run from {self.folder}")


@contextmanager
def results_in(folder: Path, command: str, console: Console) -> Iterator[Results]:
    """The results of a run, in a folder that no other command writes to meanwhile."""
    with held(folder):
        yield Results(folder, command, console)


def written_by(path: Path) -> str:
    """The command that wrote a PNG; empty where none of ours did."""
    try:
        with Image.open(path, formats=("PNG",)) as image:
            return str(image.info.get(WRITER, ""))
    except (OSError, ValueError, SyntaxError):
        return ""


def pair_names(pairs: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
    """`FACE_in_STYLE` for every pair; where two pairs would share that name, each gets a hash of its own two."""
    plain = {pair: f"{pair[0]}_in_{pair[1]}" for pair in pairs}
    counts = Counter(name.casefold() for name in plain.values())
    return {
        pair: name if counts[name.casefold()] == 1 else f"{name}~{short_hash('/'.join(pair))}"
        for pair, name in plain.items()
    }
