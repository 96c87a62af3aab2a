from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from blendgan.data.folder import open_folder, picture_files
from blendgan.errors import UserError
from blendgan.inference.pictures import Unreadable, picture_paths, read_picture, to_pixels
from tests.icc_profiles import PROPHOTO, encoded, profile


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


def test_the_pictures_of_a_releases_card_are_no_data(tmp_path: Path):
    for name in ("release/card/sheet.png", "release/train/ab/face.png", "card/mine.png"):
        save(tmp_path / name)
    (tmp_path / "release" / "release.json").write_text("{}")
    for found in (picture_files(tmp_path), picture_paths(tmp_path).values()):
        assert [path.name for path in found] == ["mine.png", "face.png"]


def test_the_split_for_validation_is_not_trained_on_unless_it_is_named(tmp_path: Path):
    for name in ("train/face.png", "validation/held_out.png"):
        save(tmp_path / name)
    assert len(picture_files(tmp_path)) == 2, "no release, but somebody's folders"
    (tmp_path / "release.json").write_text("{}")
    assert [path.name for path in picture_files(tmp_path)] == ["face.png"]
    assert [path.name for path in picture_files(tmp_path / "validation")] == ["held_out.png"]


def test_larger_pictures_are_averaged_over_areas(tmp_path: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "noise.png")
    expected = pixels.reshape(16, 4, 16, 4, 3).astype(float).mean(axis=(1, 3))
    assert np.abs(open_folder(tmp_path, 16).read(0) - expected).max() <= 1  # Pillow rounds once per direction


def odd_files(folder: Path) -> dict[str, np.ndarray]:
    """Pictures of every kind that was read otherwise in training than elsewhere, and what they show."""
    y, x = np.mgrid[0:64, 0:64]
    drawn = np.dstack([x * 4, y * 4, 255 - x * 2]).astype(np.uint8)
    grey = np.repeat(drawn[..., :1], 3, axis=2)
    visible = np.dstack([drawn, np.where(y < 32, 255, 0).astype(np.uint8)])
    shown = np.where(y[..., None] < 32, drawn, 128)
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(drawn[..., 0].astype(np.uint16) * 257).save(folder / "grey16.png")
    Image.fromarray(drawn[..., 0].astype(np.uint16) * 257).save(folder / "grey16.tif")
    Image.fromarray(visible).save(folder / "alpha.png")
    Image.fromarray(np.dstack([x * 4, visible[..., 3]]).astype(np.uint8)).save(folder / "grey-alpha.png")
    Image.fromarray(visible).quantize(256).save(folder / "palette-alpha.png")
    Image.fromarray(drawn[::-1, ::-1]).save(folder / "held-upside-down.jpg", exif=exif, quality=97)
    Image.fromarray(drawn).convert("CMYK").save(folder / "cmyk.jpg", quality=97)
    Image.fromarray(encoded(drawn, PROPHOTO, 1.8)).save(folder / "wide.png", icc_profile=profile("P", PROPHOTO, 1.8))
    Image.fromarray(drawn).save(folder / "modern.avif", quality=95)
    return {
        "grey16.png": grey,
        "grey16.tif": grey,
        "alpha.png": shown,
        "grey-alpha.png": np.where(y[..., None] < 32, grey, 128),
        "palette-alpha.png": shown,
        "held-upside-down.jpg": drawn,
        "cmyk.jpg": drawn,
        "wide.png": drawn,
        "modern.avif": drawn,
    }


def test_training_and_generation_read_the_same_pictures(tmp_path: Path):
    expected = odd_files(tmp_path)
    folder = open_folder(tmp_path, 64)
    assert {folder.name(index) for index in range(len(folder))} == set(expected)
    for index in range(len(folder)):
        pixels = folder.read(index)
        difference = np.abs(pixels - expected[folder.name(index)].astype(float)).mean()
        assert difference < 6, folder.name(index)
        picture = read_picture(folder.paths[index])
        assert not isinstance(picture, Unreadable)
        np.testing.assert_array_equal(to_pixels(picture).numpy(), pixels)


def test_a_picture_that_is_held_upright_is_measured_as_it_is_shown(tmp_path: Path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (64, 32)).save(tmp_path / "wide.jpg", exif=exif)
    assert "32x64 px is not square" in open_folder(tmp_path, 32).refused[0].reason


def test_a_picture_that_vanishes_is_named(tmp_path: Path):
    save(tmp_path / "a.png")
    folder = open_folder(tmp_path, 32)
    (tmp_path / "a.png").unlink()
    with pytest.raises(UserError, match=r"a\.png could be read when training began"):
        folder.read(0)


def test_a_missing_folder_is_named(tmp_path: Path):
    with pytest.raises(UserError, match="nowhere is not a folder"):
        open_folder(tmp_path / "nowhere", 32)


def test_pictures_behind_links_are_found_and_circles_end(tmp_path: Path):
    save(tmp_path / "elsewhere" / "a.png")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(tmp_path / "set")
    folder = open_folder(tmp_path / "set", 32)
    assert [folder.name(index) for index in range(len(folder))] == ["linked/a.png"]


def test_pictures_of_every_common_name_are_trained_on(tmp_path: Path):
    for name in ("a.bmp", "b.gif", "c.tif", "d.WEBP", "e.jfif"):
        Image.new("RGB", (32, 32), (200, 60, 60)).save(tmp_path / name, format="JPEG" if "jfif" in name else None)
    folder = open_folder(tmp_path, 32)
    assert [folder.name(index)[0] for index in range(len(folder))] == list("abcde")
    assert not folder.refused
