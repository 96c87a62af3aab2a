"""Which style a picture is of, by the folder it lies in, and when folders do not say."""

from pathlib import Path

import pytest

from blendgan.data.folder import ImageFolder
from blendgan.errors import UserError
from blendgan.training.style_encoder.folders import styles_of

ROOT = Path("artworks")


def folder(*names: str) -> ImageFolder:
    return ImageFolder(ROOT, 32, [ROOT / name for name in names], [])


def test_pictures_of_one_sub_folder_are_of_one_style() -> None:
    styles = styles_of(folder("ink/a.png", "ink/b.png", "oil/a.png", "oil/late/a.png", "oil/late/b.png"), ROOT)
    assert styles.tolist() == [0, 0, 1, 2, 2]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["a.png", "b.png"], r"artworks has no sub-folders \(a published set never has\); put each style into"),
        (["ink/a.png", "ink/b.png", "c.png"], r"1 of 3 pictures in artworks lie in no sub-folder \(c.png\); put each"),
        (["ink/a.png", "ink/b.png"], r"all pictures in artworks lie in one sub-folder \(ink\); put each style"),
        (["ink/a.png", "oil/b.png"], "no sub-folder of artworks holds two pictures, so none has a companion; put each"),
    ],
)
def test_where_folders_tell_no_styles_apart_one_sentence_says_so(names: list[str], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence + ".*or take --positives views"):
        styles_of(folder(*names), ROOT)
