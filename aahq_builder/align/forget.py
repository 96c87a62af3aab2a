"""What align has left of an artwork: its faces, here and where `--files` led."""

from collections import Counter
from collections.abc import Sequence

from aahq_builder.build import Build
from aahq_builder.files import FolderFiles
from aahq_builder.forgetting import files_elsewhere, remove_named_after
from aahq_builder.records import Face


def forget(build: Build, artwork_ids: Sequence[str]) -> Counter[str]:
    """Delete the faces of these artworks: files, then rows."""
    going = frozenset(artwork_ids)
    done = Counter(files=remove_named_after(FolderFiles(build.workdir.root), "faces", going))
    for files in files_elsewhere(build):
        done["files"] += remove_named_after(files, "faces", going)
    with build.journal.transaction():
        done["faces"] = build.journal.delete(Face, "artwork_id", artwork_ids)
    return done
