"""What a rebuild has left of an artwork: faces under the names of the published list, the list, and the report."""

import shutil
from collections import Counter
from collections.abc import Sequence

from aahq_builder.build import Build
from aahq_builder.errors import ErrorKind
from aahq_builder.forgetting import faces_of, unlink
from aahq_builder.rebuild.cutter import FOLDER
from aahq_builder.rebuild.release import ReleaseNotes
from aahq_builder.rebuild.report import REPORT
from aahq_builder.records import Artwork, Face
from aahq_builder.workdir import clear_temporary

LISTS = "lists"
"""Lists that were fetched from the Hub lie here."""


def forget(build: Build, artwork_ids: Sequence[str]) -> Counter[str]:
    """Delete the faces of these artworks, and the lists and the report, which name works; a rerun makes them anew."""
    paths = {path for path in faces_of(build.journal, artwork_ids).values() if path and path.startswith(f"{FOLDER}/")}
    files = unlink(build.workdir.root, {*paths, REPORT})
    clear_temporary(build.workdir.root / FOLDER)
    shutil.rmtree(build.workdir.root / LISTS, ignore_errors=True)
    return Counter(files=files)


def forget_removed(build: Build, notes: ReleaseNotes) -> None:
    """Let go of what an earlier release held and this one says it has removed: faces, and pictures none is left of."""
    for face in list(build.journal.select(Face, "path LIKE ?", [f"{FOLDER}/%"])) if notes.removed else ():
        artwork = next(build.journal.select(Artwork, "artwork_id = ?", [face.artwork_id]))
        face_id = (face.path or "").removeprefix(f"{FOLDER}/").rpartition(".")[0]
        if notes.names_removed(face_id, artwork.sha256):
            _let_go(build, face, artwork)


def _let_go(build: Build, face: Face, artwork: Artwork) -> None:
    """One face, and its picture with the last one. The row goes on saying why, so that nothing asks for it again."""
    unlink(build.workdir.root, {face.path or "", REPORT})
    build.journal.delete(Face, "face_id", [face.face_id])
    if build.journal.count(Face, "artwork_id = ?", [artwork.artwork_id]):
        return
    denied = {"status": "denied", "rights": "denied", "error": str(ErrorKind.TOMBSTONE)}
    build.journal.update(Artwork, artwork.artwork_id, **denied, error_detail="the release has removed it")
    if not build.journal.count(Artwork, "path = ? AND status = 'fetched'", [artwork.path]):
        unlink(build.workdir.root, {artwork.path or ""})
