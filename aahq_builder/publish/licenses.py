"""What a release must say about each licence: its full name, its text, and what it asks of whoever passes a work on."""

import re
from dataclasses import dataclass

from aahq_builder.rights.licenses import NO_KNOWN_COPYRIGHT, PUBLIC_DOMAIN, is_share_alike

CREATIVE_COMMONS = re.compile(r"CC-(?P<kind>BY(-SA)?)-(?P<version>\d\.\d)(-(?P<country>[A-Z]{2,3}))?")
NAMES = {
    "CC0-1.0": ("Creative Commons Zero 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    PUBLIC_DOMAIN: ("Public Domain Mark 1.0", "https://creativecommons.org/publicdomain/mark/1.0/"),
    NO_KNOWN_COPYRIGHT: ("No known copyright", "https://rightsstatements.org/vocab/NKC/1.0/"),
    "GPL-2.0": ("GNU General Public License 2.0", "https://www.gnu.org/licenses/old-licenses/gpl-2.0.html"),
    "GPL-3.0": ("GNU General Public License 3.0", "https://www.gnu.org/licenses/gpl-3.0.html"),
    "FAL-1.3": ("Free Art License 1.3", "https://artlibre.org/licence/lal/en/"),
}
WITHOUT_CREDIT = ("CC0-1.0", PUBLIC_DOMAIN, NO_KNOWN_COPYRIGHT)


@dataclass(frozen=True)
class LicenseTerms:
    """A licence in words."""

    name: str
    url: str
    attribution: bool
    share_alike: bool


def license_facts(identifier: str) -> LicenseTerms:
    """Facts of an SPDX id; an unknown one is shown as it is, and asks for credit."""
    name, url = _name_and_address(identifier)
    return LicenseTerms(name, url, identifier not in WITHOUT_CREDIT, is_share_alike(identifier))


def _name_and_address(identifier: str) -> tuple[str, str]:
    found = CREATIVE_COMMONS.fullmatch(identifier)
    if found is None:
        base = identifier.removesuffix("-or-later").removesuffix("-only")
        name, url = NAMES.get(base, (identifier, ""))
        return (f"{name} or later" if identifier.endswith("-or-later") else name), url
    kind, version, country = found["kind"].lower(), found["version"], (found["country"] or "").lower()
    title = "Attribution-ShareAlike" if kind == "by-sa" else "Attribution"
    url = f"https://creativecommons.org/licenses/{kind}/{version}/" + (f"{country}/" if country else "")
    return f"Creative Commons {title} {version}" + (f" {country.upper()}" if country else ""), url
