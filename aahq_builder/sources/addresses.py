"""Addresses as pages write them: relative, padded, half escaped, or none at all."""

import re
from urllib.parse import urldefrag, urljoin, urlsplit, urlunsplit

MAX_LENGTH = 4096
"""Longer ones are no addresses of works: servers refuse them."""
_NO_WORK = re.compile(
    r"(^|[/._-])(logo|favicon|(site|touch)-icon|placeholder|sprite|spacer|blank|no[_-]?(image|img|picture|photo)"
    r"|default[_-](image|img|picture|cover|thumb|avatar)|user[_-]avatar)"
    r"s?\d*([/._-]|$)"
)
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LINE_BREAKS = re.compile(r"[\t\r\n]+")
_NO_DOCUMENT = re.compile(r"(data|javascript|mailto|tel|blob|about):", re.IGNORECASE)
_TRACKING = re.compile(r"(?<=[?&])utm_\w*(=[^&]*)?(&|$)", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00-\x20\x7f\"<>\\^`{|}\ud800-\udfff]")


def absolute(base: str, link: str) -> str | None:
    """The address that `link` means on a page whose links are relative to `base`, as a client asks for it.

    Fragments are dropped, since no server sees them; spaces and stray `%` are escaped. None for what is no address of a
    document: `data:`, `mailto:` and their like, empty texts, those longer than `MAX_LENGTH`. What is malformed beyond
    that is given as it stands: asking for it fails, and its row says so.
    """
    link = _LINE_BREAKS.sub("", link).strip()
    if not link or len(link) > MAX_LENGTH or _NO_DOCUMENT.match(link):
        return None
    try:
        parts = urlsplit(urldefrag(urljoin(base, link)).url)
    except ValueError:
        return _escaped(link)
    url = without_tracking(urlunsplit(parts._replace(path=_escaped(parts.path), query=_escaped(parts.query))))
    return url if len(url) <= MAX_LENGTH else None


def without_tracking(url: str) -> str:
    """An address without its `utm_*` parameters, which make many addresses of one picture or page."""
    head, mark, fragment = url.partition("#")
    if not _TRACKING.search(head):
        return url
    return _TRACKING.sub("", head).rstrip("?&") + mark + fragment


def stands_for_no_work(url: str) -> bool:
    """Whether the path is that of a site's logo, or of what is shown where there is no picture.

    An icon may be a saint's portrait, and `default.jpg` ends every address of an IIIF server: neither says anything.
    """
    try:
        return bool(_NO_WORK.search(urlsplit(url).path.lower()))
    except ValueError:
        return False


def _escaped(part: str) -> str:
    """A path or query in which nothing is left that clients disagree about; letters of other scripts stay."""
    part = _STRAY_PERCENT.sub("%25", part)
    return _UNSAFE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace")), part)


def largest_first(srcset: str) -> list[str]:
    """The addresses of a `srcset`, by falling width or density: `a.jpg 400w, b.jpg 1600w` gives b, a."""
    found = [(match["url"].rstrip(","), _size(match["size"])) for match in _SRCSET_ENTRY.finditer(srcset[:MAX_SRCSET])]
    return [url for url, _ in sorted(found, key=lambda entry: -entry[1]) if url]


MAX_SRCSET = 1 << 16
_SRCSET_ENTRY = re.compile(r"\s*(?P<url>[^\s,]\S*)(?:\s+(?P<size>[0-9.]+[wx])(?:\s+[0-9]+h)?)?\s*(?:,|$)")


def _size(descriptor: str | None) -> float:
    try:
        return float((descriptor or "1x")[:-1])
    except ValueError:
        return 0.0
