"""Licences: from the words and addresses that sites use to SPDX ids, and which of them are open."""

import re
from dataclasses import dataclass

OPEN = re.compile(r"CC0-1\.0|LicenseRef-PDM|CC-BY(-SA)?-\d\.\d(-[A-Z]{2,3})?|GPL-[23]\.0(-only|-or-later)?|FAL-1\.3")
"""Licences that allow copies, changes and any use. NC (not commercial) and ND (no changes) are never open."""
PUBLIC_DOMAIN = "LicenseRef-PDM"
"""Creative Commons' Public Domain Mark and its like: a statement, not a licence, so SPDX has no id for it."""
NO_KNOWN_COPYRIGHT = "LicenseRef-no-known-copyright"
"""A museum's statement; open only when the museum itself makes it."""

_ADDRESSES = (
    (r"creativecommons\.org/publicdomain/zero/1\.0", "CC0-1.0"),
    (r"creativecommons\.org/publicdomain/mark/1\.0", PUBLIC_DOMAIN),
    (r"creativecommons\.org/licenses/(?P<cc>by[a-z-]*)/(?P<version>\d\.\d)(/(?P<country>[a-z]{2,3})\b)?", ""),
    (r"gnu\.org/licenses/(old-licenses/)?gpl-2\.0", "GPL-2.0-only"),
    (r"gnu\.org/licenses/gpl(-3\.0)?(\.|$|-|#)", "GPL-3.0-only"),
    (r"artlibre\.org/licen[cs]e", "FAL-1.3"),
    (r"rightsstatements\.org/vocab/NKC", NO_KNOWN_COPYRIGHT),
)
_NAMES = (
    (r"cc[- ]?(0|zero)([- ]1\.0)?( universal)?", "CC0-1.0"),
    (r"(cc[- ])?pdm?([- ]1\.0)?|pd-[a-z0-9-]+|public domain( mark)?( 1\.0)?", PUBLIC_DOMAIN),
    (r"cc[- ](?P<cc>by[a-z-]*)[- ](?P<version>\d\.\d)([- ](?P<country>[a-z]{2,3}))?", ""),
    (r"gpl-?v?(?P<gpl>[23])(\.0)?(?P<later>\+|-or-later)", ""),
    (r"gpl-?v?(?P<gpl>[23])(\.0)?(-only)?", ""),
    (r"(licenseref-pdm)", PUBLIC_DOMAIN),
    (r"(fal|lal)[- ]1\.3|free art license( 1\.3)?|licence art libre( 1\.3)?", "FAL-1.3"),
    (r"no known copyright( restrictions?)?", NO_KNOWN_COPYRIGHT),
)


@dataclass(frozen=True)
class License:
    """A licence as a row stores it."""

    spdx: str | None
    """SPDX id, `LicenseRef-…` for one that has none, None if nothing was stated."""
    url: str | None = None


def read_license(name: str | None = None, url: str | None = None) -> License:
    """The licence that a name and an address state. Where they disagree, the one that is not open counts."""
    name, url = (name or "").strip(), (url or "").strip()
    by_name, by_url = _lookup(name, _NAMES, whole=True), _lookup(url, _ADDRESSES, whole=False)
    known = [spdx for spdx in (by_name, by_url) if spdx]
    if known:
        return License(next((spdx for spdx in known if not is_open(spdx)), known[0]), url or None)
    stated = name or url
    return License(f"LicenseRef-{_slug(stated)}" if stated else None, url or None)


def is_open(spdx: str | None, *, stated_by_museum: bool = False) -> bool:
    """Whether rows of this licence are `open`."""
    return bool(spdx) and (bool(OPEN.fullmatch(spdx or "")) or (stated_by_museum and spdx == NO_KNOWN_COPYRIGHT))


def is_share_alike(spdx: str) -> bool:
    """Whether works made from it must carry the same licence."""
    return spdx.startswith(("CC-BY-SA", "GPL", "FAL"))


def _lookup(text: str, table: tuple[tuple[str, str], ...], whole: bool) -> str:
    text = re.sub(r"[\s_]+", " ", text.lower())
    for pattern, spdx in table:
        found = re.fullmatch(pattern, text) if whole else re.search(pattern, text)
        if found:
            return spdx or _compose(found.groupdict())
    return ""


def _compose(parts: dict[str, str | None]) -> str:
    if parts.get("gpl"):
        return f"GPL-{parts['gpl']}.0-{'or-later' if parts.get('later') else 'only'}"
    country = f"-{parts['country'].upper()}" if parts.get("country") else ""  # type: ignore[union-attr]
    return f"CC-{str(parts['cc']).upper()}-{parts['version']}{country}"


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-")[:60] or "unnamed"
