"""`aahq-build review`: serve the review page on this machine until Ctrl-C."""

import secrets
import signal
import socket
import threading
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from aahq_builder.build import Build, open_build
from aahq_builder.errors import UserError
from aahq_builder.review.app import make_app
from aahq_builder.review.config import ReviewConfig
from aahq_builder.review.exchange import add_decisions, read_decisions
from aahq_builder.review.face_list import read_face_list
from aahq_builder.review.queue import FaceIndex, read_index
from aahq_builder.review.session import open_session
from blendgan.console import Console

if TYPE_CHECKING:
    import uvicorn

HOST = "127.0.0.1"


def run(config: ReviewConfig, console: Console) -> None:
    """Serve; the address with its token is the one line of output."""
    import uvicorn

    wanted = None if config.faces is None else read_face_list(config.faces)
    with open_build(config, console) as build:
        # a decision that was acknowledged is on the disk, whatever happens to the machine
        build.journal.execute("PRAGMA synchronous = FULL")
        if config.replay is not None:
            _replay(build, config.replay, dry_run=config.dry_run)
        if config.dry_run:
            index = read_index(build.journal)
            num_faces = len(index.face_ids if wanted is None else _known(build, index, wanted))
            console.result(f"would show {num_faces} faces", faces=num_faces)
            return
        session = open_session(build.journal, build.workdir, config.reviewer)
        shown, place = session.index.face_ids, ""
        if config.faces is not None and wanted is not None:
            shown = _known(build, session.index, wanted)
            place = f"#among={session.groups.add(shown, f'of {config.faces.name}').key}"
        with _listening(config.port) as listener:
            port, token = listener.getsockname()[1], secrets.token_urlsafe(24)
            address = f"http://{HOST}:{port}/?token={token}{place}"
            settings = uvicorn.Config(make_app(session, token, port), log_level="warning", access_log=False)
            server = uvicorn.Server(settings)
            with _ended_by_signals(server):
                console.result(f"review {len(shown)} faces at {address} (Ctrl-C ends)", address=address)
                if config.open:
                    webbrowser.open(address)
                server.run(sockets=[listener])
        build.counts.update({"decided": session.progress(config.reviewer)["decided"]})


@contextmanager
def _ended_by_signals(server: "uvicorn.Server") -> Iterator[None]:
    """From the first moment a signal asks the server to end; once it has, whoever had the signal before is told.

    An exception could hit the event loop while it is made or closed.
    """
    asked: list[int] = []

    def ask(signum: int, frame: FrameType | None) -> None:
        asked.append(signum)
        server.handle_exit(signum, frame)

    ends = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    before = {signum: signal.signal(signum, ask) for signum in ends}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
    if asked:
        signal.raise_signal(asked[0])


def _known(build: Build, index: FaceIndex, face_ids: Sequence[str]) -> list[str]:
    """Those of a list that are faces of the build; says how many are not."""
    known = index.known_among(face_ids)
    if not known:
        raise UserError(f"none of the {len(face_ids)} ids of --faces is a face of {build.workdir.root}; check --work")
    if unknown := len(face_ids) - len(known):
        build.console.warn(f"{unknown} of the {len(face_ids)} ids of --faces are no faces of this build; left out")
    return known


def _replay(build: Build, path: Path, dry_run: bool) -> None:
    rows = read_decisions(path)
    if dry_run:
        build.console.info(f"would replay {len(rows)} rows of {path}")
        return
    new = add_decisions(build.journal, rows)
    build.console.info(f"{len(rows)} rows in {path}: {new} are new and about faces of this build")


def _listening(port: int) -> socket.socket:
    # asyncio sends small answers at once (TCP_NODELAY) only where the protocol is named; else each costs 40 ms
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()  # before the address is printed, so that whoever reads it is never refused
    except OSError as error:
        listener.close()
        raise UserError(f"--port {port} is taken ({error.strerror}); give another, or 0 for any free one") from error
    return listener
