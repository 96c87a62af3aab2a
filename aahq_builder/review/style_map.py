"""The style map beside the grid: its page, what that page may do, and what the map lacks.

The page shows titles of strangers, so it runs as a stranger itself: in a frame of an origin of its own, from which it
reaches neither the review page nor its cookie nor any address. The two send each other face ids as messages.
"""

import shlex
from pathlib import Path

from aahq_builder.journal import Journal
from aahq_builder.review.queue import KEPT, FaceIndex
from aahq_builder.workdir import WorkDir

ADDRESS = "/map"
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
    "worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-scripts allow-downloads allow-popups allow-popups-to-escape-sandbox"
)
"""Its scripts stand in the page; without `allow-same-origin` they belong to no site, and nothing may be fetched."""


def page_of(workdir: WorkDir) -> Path:
    """Where `aahq-build tsne` writes the page."""
    return workdir.map / "map.html"


def version_of(workdir: WorkDir) -> str:
    """Changes when the page is written anew; empty if there is none."""
    page = page_of(workdir)
    return str(page.stat().st_mtime_ns) if page.is_file() else ""


def note_on_map(index: FaceIndex, journal: Journal, workdir: WorkDir) -> str:
    """What the map lacks and the command that mends it; empty if it shows every kept face."""
    command = command_for_map(journal, workdir)
    if not page_of(workdir).is_file():
        return f"There is no style map yet. This makes one, then open the map again: {command}"
    missing = int(((index.verdict == KEPT) & ~index.on_map).sum())
    if not missing:
        return ""
    faces = "1 kept face is" if missing == 1 else f"{missing} kept faces are"
    return f"{faces} not on the map yet. This adds them, the others keep their places: {command}"


def command_for_map(journal: Journal, workdir: WorkDir) -> str:
    """`aahq-build tsne` for this build, with the style encoder of the last map: codes of another make another map."""
    words = ["aahq-build", "tsne", "--work", str(workdir.root)]
    encoder = "json_extract(config, '$.style_encoder')"
    runs = f"SELECT {encoder} FROM runs WHERE json_type(config, '$.style_encoder') IS NOT NULL"
    last = journal.execute(f"{runs} ORDER BY run_id DESC LIMIT 1").fetchone()
    return shlex.join([*words, "--style-encoder", last[0]] if last and last[0] else words)


def decisions_for_map(index: FaceIndex) -> dict[str, str]:
    """`keep`, `reject`, or nothing where all were taken back, of every face that people ever decided about."""
    verdicts = {face_id: state.verdict for face_id, state in index.standing.items()}
    return {face_id: verdict.decision if verdict else "" for face_id, verdict in verdicts.items()}
