"""Files of a release are the bytes that were given, and their hashes those of the bytes, however threads share work."""

import hashlib
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from aahq_builder.publish import hashed_file
from aahq_builder.publish.hashed_file import BLOCK_BYTES, MOST_BEHIND_BYTES
from aahq_builder.publish.release_files import COPIERS, MOST_BEGUN, ReleaseFiles
from tests.full_disk import files_of_at_most


def content_of(seed: int, size: int) -> bytes:
    return np.random.default_rng(seed).bytes(size)


def test_copies_and_streams_are_the_given_bytes_under_their_hashes(tmp_path: Path):
    sizes = [0, 1, 7, BLOCK_BYTES - 1, BLOCK_BYTES, 3, 5 * BLOCK_BYTES + 1, MOST_BEHIND_BYTES + 1]
    pieces = [content_of(seed, size) for seed, size in enumerate(sizes)]
    sources = [tmp_path / f"{seed}.png" for seed in range(3 * MOST_BEGUN)]
    for seed, source in enumerate(sources):
        source.write_bytes(content_of(seed, 1000 + seed))
    with ReleaseFiles(tmp_path / "out") as files, files.create("a/stream") as stream:
        for piece, source in zip(pieces, sources, strict=False):
            assert stream.write(memoryview(piece)) == len(piece)
            files.copy(f"b/{source.name}", source)
        for source in sources[len(pieces) :]:
            files.copy(f"b/{source.name}", source)
        assert stream.tell() == sum(sizes)
        with files.create_text("words.txt") as text:
            text.write("Zoë\n" * 1000)
        files.write("card/whole", pieces[2])
        files.complete()
    expected = {"a/stream": b"".join(pieces), "words.txt": "Zoë\n".encode() * 1000, "card/whole": pieces[2]}
    expected |= {f"b/{source.name}": source.read_bytes() for source in sources}
    assert {name: (tmp_path / "out" / name).read_bytes() for name in files.hashes} == expected
    assert files.hashes == {name: hashlib.sha256(content).hexdigest() for name, content in expected.items()}


def test_a_stream_waits_for_a_slow_disk_instead_of_filling_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    behind, written, write_all = [], [0], hashed_file.write_all

    def slowly(file, content):
        behind.append(stream.tell() - written[0])
        time.sleep(0.01)
        write_all(file, content)
        written[0] += len(content)

    monkeypatch.setattr(hashed_file, "write_all", slowly)
    with ReleaseFiles(tmp_path) as files, files.create("stream") as stream:
        for _ in range(2 * MOST_BEHIND_BYTES // BLOCK_BYTES):
            stream.write(bytes(BLOCK_BYTES))
    assert BLOCK_BYTES < max(behind) <= MOST_BEHIND_BYTES + BLOCK_BYTES
    assert (tmp_path / "stream").stat().st_size == 2 * MOST_BEHIND_BYTES


def test_a_full_disk_is_the_systems_error_for_copies_and_for_streams(tmp_path: Path):
    (tmp_path / "large.png").write_bytes(bytes(200_000))
    with files_of_at_most(100_000):
        with pytest.raises(OSError, match="too large"), ReleaseFiles(tmp_path / "out") as files:
            files.copy("a.png", tmp_path / "large.png")
            files.complete()
        too_large = pytest.raises(OSError, match="too large")
        with too_large, ReleaseFiles(tmp_path / "out") as files, files.create("stream") as stream:
            stream.write(bytes(200_000))
    assert files.hashes == {}, "what is not whole has no hash"


def test_a_missing_picture_is_told_and_no_thread_writes_behind_a_failure(tmp_path: Path):
    (tmp_path / "face.png").write_bytes(bytes(100_000))
    before = threading.active_count()
    with pytest.raises(FileNotFoundError, match=r"gone\.png"), ReleaseFiles(tmp_path / "out") as files:
        files.copy("gone.png", tmp_path / "gone.png")
        for number in range(10 * MOST_BEGUN):
            files.copy(f"{number}.png", tmp_path / "face.png")
    assert threading.active_count() == before
    assert len(list((tmp_path / "out").iterdir())) <= MOST_BEGUN + COPIERS
