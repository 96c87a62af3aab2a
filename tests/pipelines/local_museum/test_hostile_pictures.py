"""The eight hostile pictures are what they claim to be, and each has its own outcome."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aahq_builder.errors import ErrorKind, ItemError
from aahq_builder.images import decode
from pipelines.local_museum.hostile_pictures import write_hostile_pictures


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("hostile")
    rows, columns = np.mgrid[0:60, 0:40]
    picture = np.stack([rows * 4, columns * 6, rows + columns, np.full_like(rows, 255)], axis=-1).astype(np.uint8)
    Image.fromarray(picture).save(folder / "portrait.png")
    return {path.name: path for path in write_hostile_pictures(folder / "hostile", folder / "portrait.png")}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("truncated.png", ErrorKind.TRUNCATED),
        ("page-not-picture.jpg", ErrorKind.NOT_AN_IMAGE),
        ("empty.png", ErrorKind.EMPTY),
        ("bomb.png", ErrorKind.TOO_MANY_PIXELS),
    ],
)
def test_broken_files_have_a_reason_each(files: dict[str, Path], name: str, kind: ErrorKind) -> None:
    with pytest.raises(ItemError) as refusal:
        decode(files[name])
    assert refusal.value.kind == kind


@pytest.mark.parametrize("name", ["cmyk.jpg", "sixteen-bit.png", "rotated.jpg"])
def test_odd_files_decode_to_the_portraits_own_orientation(files: dict[str, Path], name: str) -> None:
    pixels = decode(files[name]).pixels.astype(float)
    assert pixels.shape == (60, 40, 3)
    # the drawn portrait grows brighter downwards and to the right, in whatever colour mode
    assert pixels[-10:].mean() > pixels[:10].mean() + 50
    assert pixels[:, -10:].mean() > pixels[:, :10].mean() + 20


def test_one_name_tries_quotes_and_markup(files: dict[str, Path]) -> None:
    assert any("<script>" in name and '"' in name and "'" in name for name in files)
