"""The pictures of a published list, each once, with the hashes that the list expects."""

import hashlib
from collections.abc import Iterator

from aahq_builder.rebuild.published_list import ListedFace, PublishedList, by_picture
from aahq_builder.records import Json
from aahq_builder.rights.licenses import read_license
from aahq_builder.sources.base import ListingPage, Web, whole
from aahq_builder.sources.found import FoundArtwork, PictureAddress
from aahq_builder.web.rate import RatePolicy

PICTURES_PER_PAGE = 1000


class Rebuild:
    """The list's pictures in order."""

    name = "rebuild"
    rate_policy = RatePolicy()

    def __init__(self, published: PublishedList) -> None:
        self.published = published
        path = published.path
        files = [path] if path.is_file() else sorted(path.rglob("*.parquet"))
        self.digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:8]

    def listing(self) -> str:
        """`rebuild: NAME (8 digits of its hash)`: a list that was changed is read again."""
        return f"rebuild: {self.published.path.name} ({self.digest})"

    def ids(self, web: Web, cursor: Json | None) -> Iterator[ListingPage]:
        """By the number of the picture."""
        first = int(cursor["picture"]) if isinstance(cursor, dict) else 0
        pictures = list(by_picture(self.published.faces()).values())
        for start in range(first, len(pictures), PICTURES_PER_PAGE):
            following = start + PICTURES_PER_PAGE
            found = [_found(face) for face in pictures[start:following]]
            yield whole(found, {"picture": following} if following < len(pictures) else None)
        if first >= len(pictures):
            yield whole([], None)


def _found(face: ListedFace) -> FoundArtwork:
    facts = face.facts
    return FoundArtwork(
        source_id=face.image_url,
        page_url=facts.get("page_url"),
        candidates=[PictureAddress(face.image_url)],
        title=facts.get("title"),
        artist=facts.get("artist"),
        date=facts.get("date"),
        attribution=facts.get("attribution"),
        license=read_license(facts.get("license"), facts.get("license_url")),
        sha256=facts.get("sha256"),
        pixel_sha256=facts.get("pixel_sha256"),
    )
