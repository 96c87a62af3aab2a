"""What review has left of an artwork: people's decisions about its faces."""

from collections import Counter
from collections.abc import Sequence

from aahq_builder.build import Build
from aahq_builder.forgetting import faces_of
from aahq_builder.records import Review


def forget(build: Build, artwork_ids: Sequence[str]) -> Counter[str]:
    """Delete the decisions about these artworks' faces."""
    face_ids = faces_of(build.journal, artwork_ids)
    with build.journal.transaction():
        return Counter(reviews=build.journal.delete(Review, "face_id", face_ids))
