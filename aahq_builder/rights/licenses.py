"""Licences: from the words and addresses that sites use to SPDX ids, and which of them are open."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

OPEN = re.compile(r"CC0-1\.0|LicenseRef-PDM|CC-BY(-SA)?-\d\.\d(-[A-Z]{2,3})?|GPL-[23]\.0(-only|-or-later)?|FAL-1\.3")
"""Licences that allow copies, changes and any use. NC (not commercial) and ND (no changes) are never open."""
PUBLIC_DOMAIN = "LicenseRef-PDM"
"""Creative Commons' Public Domain Mark and its like: a statement, not a licence, so SPDX has no id for it."""
NO_KNOWN_COPYRIGHT = "LicenseRef-no-known-copyright"
"""A museum's statement; open only when the museum itself makes it."""

_ADDRESSES = {
    "creativecommons.org": (
        (r"/publicdomain/zero/1\.0(?=/|$)", "CC0-1.0"),
        (r"/publicdomain/mark/1\.0(?=/|$)", PUBLIC_DOMAIN),
        (r"/licenses/(?P<cc>by[a-z-]*)/(?P<version>\d\.\d)(/(?P<country>[a-z]{2,3})(?=/|$))?(?=/|$)", ""),
    ),
    "gnu.org": (
        (r"/licenses/(old-licenses/)?gpl-2\.0", "GPL-2.0-only"),
        (r"/licenses/gpl(-3\.0)?(-standalone)?(\.[a-z.]+)?$", "GPL-3.0-only"),
    ),
    "artlibre.org": ((r"/licen[cs]e\b", "FAL-1.3"),),
    "rightsstatements.org": (
        (r"/(vocab|page)/nkc\b", NO_KNOWN_COPYRIGHT),
        (r"/(vocab|page)/(?P<statement>inc|noc|cne|und)\b", ""),
    ),
}
"""What the paths of each host's addresses mean. Only the host and path count: whoever links to a licence in a query or
within the path of another site has not granted it."""
_NAMES = (
    (r"cc[- ]?(0|zero)([- ]1\.0)?( universal)?", "CC0-1.0"),
    (r"(cc[- ])?pdm?([- ]1\.0)?|pd-[a-z0-9-]+|public domain( mark)?( 1\.0)?", PUBLIC_DOMAIN),
    (r"cc[- ](?P<cc>by[a-z-]*)[- ](?P<version>\d\.\d)([- ](?P<country>[a-z]{2,3}))?", ""),
    (r"gpl-?v?(?P<gpl>[23])(\.0)?(?P<later>\+|-or-later)", ""),
    (r"gpl-?v?(?P<gpl>[23])(\.0)?(-only)?", ""),
    (r"(licenseref-pdm)", PUBLIC_DOMAIN),
    (r"(fal|lal)[- ]1\.3|free art license( 1\.3)?|licence art libre( 1\.3)?", "FAL-1.3"),
    (r"(licenseref-)?no[- ]known[- ]copyright([- ]restrictions?)?", NO_KNOWN_COPYRIGHT),
)
_FREE_OF_COPYRIGHT = re.compile(r"\b(no|not|out of|without|free of)( any| in| known| under)* copyright\b")
"""Words about copyright that say that there is none."""
_CLOSED = re.compile(
    r"\ball rights (are )?reserved\b|\b(in|under|protected by|subject to) copyright\b|^copyrighted$|\brights managed\b"
    r"|\bproprietary\b|\b(nc|nd)\b|\bno(n|t for)? ?commercial|\bno derivat"
    r"|\bcommercial use (is )?(not|prohibited|forbidden)|\bfair use\b"
    r"|\b(personal|private|editorial|educational|research|study) (use|purposes?)\b"
    r"|\bpermission (is )?(required|needed)\b|\brestricted\b|\b(may|must|do) not\b|\bno (re)?use\b|\bnot for\b"
    r"|\btous droits r[ée]serv[ée]s|\balle rechte vorbehalten|\btodos (los derechos|os direitos) reservados"
    r"|\btutti i diritti riservati|\balle rechten voorbehouden|все права защищены|無断転載|版权所有|版權所有|著作権所有"
)
"""Words that keep rights back, whatever else is stated beside them."""


@dataclass(frozen=True)
class License:
    """A licence as a row stores it."""

    spdx: str | None
    """SPDX id, `LicenseRef-…` for one that has none, None if nothing was stated."""
    url: str | None = None


CC0 = License("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/")
"""What museums give their pictures under, most often."""


def read_license(name: str | None = None, url: str | None = None, beside: str | None = None) -> License:
    """The licence that a name, an address, and other words beside them state.

    Where they disagree, the one that is not open counts.
    """
    texts = [text for text in ((name or "").strip(), (beside or "").strip()) if text]
    url = (url or "").strip()
    closed = next((text for text in texts if keeps_rights(text)), None)
    known = [spdx for spdx in (*map(_by_text, texts), _by_address(url)) if spdx]
    not_open = next((spdx for spdx in known if not is_open(spdx)), None)
    if closed and not not_open:
        return License(f"LicenseRef-{_slug(closed)}", url or None)
    if known:
        return License(not_open or known[0], url or None)
    stated = next(iter(texts), url)
    return License(f"LicenseRef-{_slug(stated)}" if stated else None, url or None)


def keeps_rights(text: str) -> bool:
    """Whether words say that rights are kept: "All rights reserved", "In copyright", "not for commercial use", …"""
    words = re.sub(r"[\s_-]+", " ", text.casefold()).strip()
    return bool(_CLOSED.search(_FREE_OF_COPYRIGHT.sub(" ", words)))


def is_open(spdx: str | None, *, stated_by_museum: bool = False) -> bool:
    """Whether rows of this licence are `open`."""
    return bool(spdx) and (bool(OPEN.fullmatch(spdx or "")) or (stated_by_museum and spdx == NO_KNOWN_COPYRIGHT))


def is_share_alike(spdx: str) -> bool:
    """Whether works made from it must carry the same licence."""
    return spdx.startswith(("CC-BY-SA", "GPL", "FAL"))


def _by_text(text: str) -> str:
    """The id that a licence's name means, or its address where the name is one; '' for what is neither."""
    words = re.sub(r"[\s_]+", " ", text.lower())
    found = ((re.fullmatch(pattern, words), spdx) for pattern, spdx in _NAMES)
    return next((spdx or _compose(match.groupdict()) for match, spdx in found if match), "") or _by_address(text)


def _by_address(url: str) -> str:
    """The id of a licence whose own address this is; '' for any other address."""
    if not url:
        return ""
    try:
        address = urlsplit(url if re.match(r"([a-z]+:)?//", url, re.IGNORECASE) else f"//{url}")
        host = (address.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    path = address.path.lower()
    if ".." in path:
        return ""
    found = ((re.match(pattern, path), spdx) for pattern, spdx in _ADDRESSES.get(host, ()))
    return next((spdx or _compose(match.groupdict()) for match, spdx in found if match), "")


def _compose(parts: dict[str, str | None]) -> str:
    if parts.get("statement"):
        return f"LicenseRef-rightsstatements.org-{parts['statement']}"
    if parts.get("gpl"):
        return f"GPL-{parts['gpl']}.0-{'or-later' if parts.get('later') else 'only'}"
    country = f"-{parts['country'].upper()}" if parts.get("country") else ""  # type: ignore[union-attr]
    return f"CC-{str(parts['cc']).upper()}-{parts['version']}{country}"


def _slug(text: str) -> str:
    words = text.removeprefix("LicenseRef-")
    return re.sub(r"[^A-Za-z0-9.]+", "-", words).strip("-")[:60] or "unnamed"
