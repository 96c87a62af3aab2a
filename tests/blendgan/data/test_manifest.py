import hashlib
import os
from pathlib import Path

import pytest

from blendgan.data.manifest import Manifest, load, save, take
from blendgan.errors import UserError


def make(folder: Path, **contents: bytes) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return sorted(folder.iterdir())


def facts(folder: Path, known: Manifest | None = None) -> dict[str, int | str]:
    return take(folder, sorted(path for path in folder.rglob("*") if path.is_file()), known or Manifest()).facts()


def test_the_facts_are_those_of_names_sizes_and_contents_written_out(tmp_path: Path):
    files = make(tmp_path / "set", b=b"two", a=b"one")
    hashes = [hashlib.sha256(content).hexdigest() for content in (b"one", b"two")]
    lines = "".join(f"{name}\0{3}\0{sha256}\n" for name, sha256 in zip("ab", hashes, strict=True))
    expected = {"files": 2, "bytes": 6, "sha256": hashlib.sha256(lines.encode()).hexdigest()}
    assert take(tmp_path / "set", files[::-1], Manifest()).facts() == expected


def test_a_set_is_the_same_wherever_it_lies_and_whenever_it_was_touched(tmp_path: Path):
    make(tmp_path / "set" / "oil", a=b"one", b=b"two")
    before = facts(tmp_path / "set")
    (tmp_path / "set").rename(tmp_path / "moved")
    os.utime(tmp_path / "moved" / "oil" / "a", (1, 1))
    assert facts(tmp_path / "moved") == before


@pytest.mark.parametrize("change", ["content", "name", "more", "fewer", "folder"])
def test_every_change_of_a_set_is_another_set(tmp_path: Path, change: str):
    folder = tmp_path / "set"
    make(folder, a=b"one", b=b"two")
    before = facts(folder)
    if change == "content":
        (folder / "a").write_bytes(b"eno")
    elif change == "name":
        (folder / "a").rename(folder / "c")
    elif change == "more":
        make(folder, c=b"three")
    elif change == "fewer":
        (folder / "a").unlink()
    else:
        make(folder / "oil")
        (folder / "a").rename(folder / "oil" / "a")
    assert facts(folder)["sha256"] != before["sha256"]


def test_the_name_of_a_single_file_does_not_count(tmp_path: Path):
    first, second = make(tmp_path, a=b"one", b=b"one")
    assert take(first, [first], Manifest()).facts() == take(second, [second], Manifest()).facts()


def test_contents_are_read_again_only_where_size_or_times_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    files = make(tmp_path / "set", a=b"one", b=b"two")
    save(take(tmp_path / "set", files, Manifest()), tmp_path / "set.json")
    read: list[str] = []
    digest = hashlib.file_digest

    def watched(file, name):  # type: ignore[no-untyped-def]
        read.append(Path(file.name).name)
        return digest(file, name)

    monkeypatch.setattr(hashlib, "file_digest", watched)
    known = load(tmp_path / "set.json")
    assert take(tmp_path / "set", files, known) == known
    assert read == []
    times = (tmp_path / "set" / "a").stat()
    (tmp_path / "set" / "a").write_bytes(b"eno")
    os.utime(tmp_path / "set" / "a", ns=(times.st_atime_ns, times.st_mtime_ns))  # as tools that copy times do
    assert facts(tmp_path / "set", known) != known.facts()
    assert read == ["a"]


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"format": 1, "files": [[1]]}', b"\xff", b'{"format": 2}'])
def test_a_stored_manifest_that_cannot_be_read_is_taken_anew(tmp_path: Path, content: bytes):
    (tmp_path / "set.json").write_bytes(content)
    assert load(tmp_path / "set.json") == Manifest()
    assert load(tmp_path / "none.json") == Manifest()


def test_a_file_that_is_gone_is_one_sentence(tmp_path: Path):
    with pytest.raises(UserError, match=r"gone.png cannot be read \(No such file or directory\); mend or remove it"):
        take(tmp_path, [tmp_path / "gone.png"], Manifest())


def test_every_file_is_counted_for_the_progress(tmp_path: Path):
    counted: list[None] = []
    take(tmp_path / "set", make(tmp_path / "set", a=b"1", b=b"2", c=b"3"), Manifest(), lambda: counted.append(None))
    assert len(counted) == 3


def test_names_are_those_below_the_folder_however_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    make(tmp_path / "set" / "oil", a=b"one")
    monkeypatch.chdir(tmp_path / "set")
    for source in (Path(), Path("oil/.."), Path("../set"), tmp_path / "set"):
        assert [entry.name for entry in take(source, [source / "oil" / "a"], Manifest()).entries] == ["oil/a"]
