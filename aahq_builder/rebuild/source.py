"""The pictures of a published list, each once, with the hashes that the list expects."""

from collections.abc import Iterator
from itertools import islice

from aahq_builder.rebuild.published_list import ListedFace, PublishedList
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

    def listing(self) -> str:
        """`rebuild: NAME (8 digits of its hash)`: a list that was changed is read again."""
        return f"rebuild: {self.published.origin or self.published.path.name} ({self.published.digest})"

    def ids(self, web: Web, cursor: Json | None) -> Iterator[ListingPage]:
        """By the number of the picture; a picture that the release has removed is not asked for."""
        following = int(cursor["picture"]) if isinstance(cursor, dict) else 0
        pictures = islice(self.published.pictures(), following, None)
        page = list(islice(pictures, PICTURES_PER_PAGE))
        while True:
            following += len(page)
            after = list(islice(pictures, PICTURES_PER_PAGE))
            found = [_found(face) for face in page if not self.published.has_removed(face)]
            yield whole(found, {"picture": following} if after else None)
            if not after:
                return
            page = after


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
