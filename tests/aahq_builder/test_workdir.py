"""Files are absent, old or complete; never half written."""

from pathlib import Path

import pytest

from aahq_builder.errors import UserError
from aahq_builder.workdir import WorkDir, atomic_path, write_atomic


def test_an_interrupted_write_leaves_the_old_file_and_no_temporary_one(tmp_path: Path) -> None:
    target = tmp_path / "faces" / "a.png"
    write_atomic(target, b"old")
    with pytest.raises(KeyboardInterrupt), atomic_path(target) as temporary:
        temporary.write_bytes(b"half of the new")
        raise KeyboardInterrupt
    assert target.read_bytes() == b"old"
    assert [path.name for path in target.parent.iterdir()] == ["a.png"]


def test_a_folder_without_a_build_is_refused_with_the_command_that_begins_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="aahq-build crawl --work"):
        WorkDir(tmp_path).existing()


def test_originals_are_named_by_their_content(tmp_path: Path) -> None:
    assert WorkDir(tmp_path).original("ab" + "0" * 62, "png") == "originals/ab/ab" + "0" * 62 + ".png"
