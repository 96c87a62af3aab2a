"""Which files count as pictures."""

from pathlib import Path

from aahq_builder.picture_files import picture_files


def test_pictures_are_found_at_any_depth_by_their_suffix_in_any_case_and_sorted(tmp_path: Path) -> None:
    for name in ("b.png", "a/c.JPG", "a/deep/d.Tiff", "notes.txt", "png", "e.svg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    assert [path.relative_to(tmp_path).as_posix() for path in picture_files(tmp_path)] == [
        "a/c.JPG",
        "a/deep/d.Tiff",
        "b.png",
    ]
