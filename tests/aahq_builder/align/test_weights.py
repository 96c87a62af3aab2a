"""Weights are used from a cache without a network, never without their hash, and a missing file names its remedy."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from aahq_builder.align.weights import ensure, hash_prefix, locate
from aahq_builder.errors import UserError

CONTENT = b"weights"
NAME = f"net-{hashlib.sha256(CONTENT).hexdigest()[:10]}.pth"


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        """Say nothing."""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "served"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_cached_file_needs_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    path = locate(NAME, None)
    assert path == tmp_path / "hub" / "checkpoints" / NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    ensure(path, "http://127.0.0.1:9")  # nothing listens there


def test_a_missing_file_is_fetched_once_and_checked(tmp_path: Path, host: str) -> None:
    (tmp_path / "served" / NAME).write_bytes(CONTENT)
    path = tmp_path / "cache" / NAME
    ensure(path, host)
    assert path.read_bytes() == CONTENT
    assert [file.name for file in path.parent.iterdir()] == [NAME]


def test_a_download_with_another_hash_is_not_kept(tmp_path: Path, host: str) -> None:
    (tmp_path / "served" / NAME).write_bytes(b"something else")
    with pytest.raises(UserError, match="hash"):
        ensure(tmp_path / "cache" / NAME, host)
    assert not list((tmp_path / "cache").iterdir())


def test_without_cache_and_network_one_line_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--fan-weights") as stop:
        ensure(tmp_path / NAME, "http://127.0.0.1:9")
    assert "\n" not in str(stop.value)
    assert NAME in str(stop.value)


def test_a_damaged_file_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(CONTENT[:-1])
    with pytest.raises(UserError, match="damaged"):
        ensure(tmp_path / NAME)


def test_a_folder_may_hold_the_same_model_under_another_hash(tmp_path: Path) -> None:
    other = tmp_path / "net-00112233.pth"
    other.touch()
    (tmp_path / "net-00112233.pth.txt").touch()
    assert locate(NAME, tmp_path) == other
    with pytest.raises(UserError, match="2 files"):
        (tmp_path / "net-44556677.pth").touch()
        locate(NAME, tmp_path)
    with pytest.raises(UserError, match="0 files"):
        locate("other-00112233.pth", tmp_path)


@pytest.mark.parametrize("name", ["net.pth", "net-abc.pth"])
def test_a_name_without_a_hash_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="SHA-256"):
        hash_prefix(Path(name))
