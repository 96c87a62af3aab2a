"""A museum of one's own machine: real portraits behind the test server, so that a recipe crawls over real HTTP here."""

import contextlib
import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aahq_builder.picture_files import picture_files
from aahq_builder.workdir import write_atomic
from blendgan.console import Console
from blendgan.errors import UserError
from pipelines.commands import program
from pipelines.local_museum.hostile_pictures import write_hostile_pictures
from pipelines.local_museum.portraits import fetch_portraits


@dataclass(frozen=True)
class LocalMuseum:
    """What is served, and where it lies."""

    served: Path
    """The folder that is served: made once, from the pictures below."""
    port: Path
    """File with the port, which is the same at every rerun: another port would be another site to the crawler."""
    portraits: Path
    """The portraits of Battle for Wesnoth, as fetched."""
    images: Path | None = None
    """A folder of pictures to serve instead."""
    license: str = "CC0-1.0"
    """SPDX licence that the server states for these."""
    usual_port: int = 0
    """Taken where it is free. Names of works follow from addresses: with one port everybody's faces have the same."""

    @classmethod
    def below(
        cls,
        out: Path,
        images: Path | None,
        license: str,  # noqa: A002 (as the flag)
        usual_port: int = 0,
    ) -> "LocalMuseum":
        """The museum of a recipe whose folder is `out`; the port is noted in its work folder."""
        return cls(out / "served", out / "work" / "port.txt", out / "portraits", images, license, usual_port)

    def prepare(self, console: Console) -> None:
        """Fill the folder to serve: portraits, and eight pictures as the worst of the web serves them."""
        if self.served.exists():
            return
        portraits = self.images or self.portraits
        if self.images is None:
            console.info("fetching the portraits of Battle for Wesnoth (146 MB, once)")
            fetch_portraits(portraits)
        pictures = picture_files(portraits)
        if not pictures:
            raise UserError(f"{portraits} holds no pictures; give another folder")
        unfinished = self.served.with_name(f"{self.served.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(portraits, unfinished)
        write_hostile_pictures(unfinished / "hostile", pictures[len(pictures) // 2])
        unfinished.replace(self.served)

    @contextlib.contextmanager
    def serve(self) -> Iterator[str]:
        """Serve the pictures on a loopback port while the block runs; gives the URL of the listing."""
        port = remembered_port(self.port, self.usual_port)
        words = [program("aahq-build"), "testserver", "--path", str(self.served), "--port", str(port), "--json"]
        words += ["--license", self.license] if self.images else []
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                ready = server.stdout.readline()
                if not ready:
                    raise UserError(f"the test server did not start on port {port}; delete {self.port}")
                yield json.loads(ready)["url"]
            finally:
                server.terminate()


def remembered_port(note: Path, usual: int) -> int:
    """The usual port or, where another program has it, a free one; chosen once."""
    if not note.exists():
        write_atomic(note, str(free_port(usual)).encode())
    return int(note.read_text())


def free_port(usual: int) -> int:
    """A port that nobody listens on."""
    for port in (usual, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # it may have been left a minute ago
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise UserError("no port is free on 127.0.0.1; end a program that holds some")
