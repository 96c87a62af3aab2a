"""Which pictures of Wesnoth's package become portraits of the demo."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pipelines.local_museum.portraits import PORTRAITS_INSIDE, _unpack_portraits

CONTROL = (
    "Package: wesnoth-9.9-data\nVersion: 1\nArchitecture: all\nMaintainer: Nobody <n@example.org>\nDescription: none\n"
)
FILES = ("ARTISTS", "humans/mage.webp", "humans/transparent/mage.png", "wolves/wolf.webp", "monsters/young/ogre.webp")


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="no dpkg-deb on this machine")
def test_people_are_unpacked_and_animals_are_left_in_the_package(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    tree = tmp_path / "tree"
    music = tree / "usr/share/games/wesnoth/9.9/data/core/music/battle.ogg"  # follows the pictures, and is not read
    music.parent.mkdir(parents=True)
    music.write_bytes(os.urandom(4_000_000))
    for name in FILES:
        path = tree / f"usr/share/games/wesnoth/9.9{PORTRAITS_INSIDE}{name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN/control").write_text(CONTROL)
    package = tmp_path / "wesnoth.deb"
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", tree, package], check=True, capture_output=True)
    assert _unpack_portraits(package, tmp_path / "portraits") == 2
    unpacked = {str(path.relative_to(tmp_path / "portraits")) for path in (tmp_path / "portraits").rglob("*.*")}
    assert unpacked | {"ARTISTS"} == {"ARTISTS", "humans/mage.webp", "humans/transparent/mage.png"}
    assert (tmp_path / "portraits/ARTISTS").read_text() == "ARTISTS"
    assert capfd.readouterr().err == ""
