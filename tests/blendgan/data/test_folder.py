from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from blendgan.data.folder import open_folder
from blendgan.errors import UserError


def save(path: Path, *, size: tuple[int, int] = (32, 32), mode: str = "RGB") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, 90).save(path)
    return path


def test_bad_files_are_refused_with_a_reason_and_the_others_are_found_in_order(tmp_path: Path):
    save(tmp_path / "b" / "good.png")
    save(tmp_path / "a.jpg")
    save(tmp_path / "grey.png", mode="L")
    save(tmp_path / "wide.png", size=(64, 32))
    save(tmp_path / "small.png", size=(16, 16))
    (tmp_path / "page.png").write_text("<html>")
    (tmp_path / "empty.png").touch()
    whole = save(tmp_path / "torn.png", size=(256, 256)).read_bytes()
    (tmp_path / "torn.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "notes.txt").write_text("not looked at")

    folder = open_folder(tmp_path, 32)

    assert [folder.name(index) for index in range(len(folder))] == ["a.jpg", "b/good.png", "grey.png"]
    reasons = {refusal.path.name: refusal.reason for refusal in folder.refused}
    assert "not square" in reasons["wide.png"]
    assert "smaller than the training size of 32 px" in reasons["small.png"]
    assert all("cannot be read" in reasons[name] for name in ("page.png", "empty.png", "torn.png"))


def test_larger_pictures_are_averaged_over_areas(tmp_path: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "noise.png")
    expected = pixels.reshape(16, 4, 16, 4, 3).astype(float).mean(axis=(1, 3))
    assert np.abs(open_folder(tmp_path, 16).read(0) - expected).max() <= 1  # Pillow rounds once per direction


def test_grey_and_transparent_files_become_rgb(tmp_path: Path):
    save(tmp_path / "grey.png", mode="L")
    assert (open_folder(tmp_path, 32).read(0) == 90).all()


def test_a_missing_folder_is_named(tmp_path: Path):
    with pytest.raises(UserError, match="nowhere is not a folder"):
        open_folder(tmp_path / "nowhere", 32)
