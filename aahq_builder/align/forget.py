"""What align has left of an artwork: its faces."""

from collections import Counter
from collections.abc import Sequence

from aahq_builder.build import Build
from aahq_builder.forgetting import unlink_named_after
from aahq_builder.records import Face


def forget(build: Build, artwork_ids: Sequence[str]) -> Counter[str]:
    """Delete the faces of these artworks: files, then rows."""
    files = unlink_named_after(build.workdir.root / "faces", frozenset(artwork_ids))
    with build.journal.transaction():
        rows = build.journal.delete(Face, "artwork_id", artwork_ids)
    return Counter(files=files, faces=rows)
