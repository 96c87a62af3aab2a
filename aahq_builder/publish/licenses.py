"""What a release must say about each licence, and which ones let the pixels out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class License:
    """Duties of whoever passes a work on."""

    name: str
    url: str
    attribution: bool = True
    share_alike: bool = False


def _creative_commons(kind: str, version: str, share_alike: bool) -> License:
    title = "Attribution-ShareAlike" if share_alike else "Attribution"
    url = f"https://creativecommons.org/licenses/{kind}/{version}/"
    return License(f"Creative Commons {title} {version}", url, share_alike=share_alike)


VERSIONS = ("1.0", "2.0", "2.5", "3.0", "4.0")
LICENSES: dict[str, License] = {
    "CC0-1.0": License(
        "Creative Commons Zero 1.0", "https://creativecommons.org/publicdomain/zero/1.0/", attribution=False
    ),
    "LicenseRef-PDM": License(
        "Public Domain Mark 1.0", "https://creativecommons.org/publicdomain/mark/1.0/", attribution=False
    ),
    **{f"CC-BY-{version}": _creative_commons("by", version, False) for version in VERSIONS},
    **{f"CC-BY-SA-{version}": _creative_commons("by-sa", version, True) for version in VERSIONS},
    "GPL-2.0": License("GNU GPL 2.0", "https://www.gnu.org/licenses/old-licenses/gpl-2.0.html", share_alike=True),
    "GPL-3.0": License("GNU GPL 3.0", "https://www.gnu.org/licenses/gpl-3.0.html", share_alike=True),
    "FAL-1.3": License("Free Art License 1.3", "https://artlibre.org/licence/lal/en/", share_alike=True),
}


def license_facts(identifier: str) -> License | None:
    """Facts of an SPDX id; `GPL-2.0-only` and `GPL-2.0-or-later` are read as `GPL-2.0`."""
    return LICENSES.get(identifier.removesuffix("-or-later").removesuffix("-only"))
