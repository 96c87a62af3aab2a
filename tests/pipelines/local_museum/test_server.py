"""The port of a museum on this machine: the usual one where it is free, and the same at every rerun."""

import socket
from pathlib import Path

from pipelines.local_museum.server import free_port, remembered_port


def test_a_port_that_somebody_listens_on_is_left_to_them(tmp_path: Path) -> None:
    usual = free_port(0)
    assert remembered_port(tmp_path / "first.txt", usual) == usual
    with socket.socket() as other:
        other.bind(("127.0.0.1", usual))
        other.listen()
        assert remembered_port(tmp_path / "second.txt", usual) != usual
        assert remembered_port(tmp_path / "first.txt", usual) == usual, "chosen once"
