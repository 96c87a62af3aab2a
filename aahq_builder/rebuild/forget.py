"""What a rebuild has left of an artwork: faces under the names of the published list, and the report."""

from collections import Counter
from collections.abc import Sequence

from aahq_builder.build import Build
from aahq_builder.forgetting import faces_of, unlink
from aahq_builder.rebuild.cutter import FOLDER
from aahq_builder.rebuild.report import REPORT
from aahq_builder.workdir import clear_temporary


def forget(build: Build, artwork_ids: Sequence[str]) -> Counter[str]:
    """Delete the faces of these artworks and the report, which names works and addresses; a rerun writes it anew."""
    paths = {path for path in faces_of(build.journal, artwork_ids).values() if path and path.startswith(f"{FOLDER}/")}
    files = unlink(build.workdir.root, {*paths, REPORT})
    clear_temporary(build.workdir.root / FOLDER)
    return Counter(files=files)
