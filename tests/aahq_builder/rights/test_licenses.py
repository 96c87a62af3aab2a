"""Licences in the words of sites."""

import pytest

from aahq_builder.rights.licenses import NO_KNOWN_COPYRIGHT, is_open, is_share_alike, read_license


@pytest.mark.parametrize(
    ("name", "url", "spdx"),
    [
        ("CC0", None, "CC0-1.0"),
        ("CC0-1.0", None, "CC0-1.0"),
        ("cc-by-sa-4.0", None, "CC-BY-SA-4.0"),
        ("CC BY 2.0", None, "CC-BY-2.0"),
        ("CC BY-SA 3.0 de", None, "CC-BY-SA-3.0-DE"),
        ("CC BY-NC-ND 4.0", None, "CC-BY-NC-ND-4.0"),
        ("Public domain", None, "LicenseRef-PDM"),
        ("pd-old-100", None, "LicenseRef-PDM"),
        (None, "https://creativecommons.org/publicdomain/mark/1.0/", "LicenseRef-PDM"),
        (None, "http://creativecommons.org/licenses/by-sa/4.0/deed.en", "CC-BY-SA-4.0"),
        (None, "https://creativecommons.org/licenses/by-nc/4.0/", "CC-BY-NC-4.0"),
        ("GPL-2.0-or-later", "https://www.gnu.org/licenses/old-licenses/gpl-2.0.html", "GPL-2.0-or-later"),
        (None, "https://www.gnu.org/licenses/gpl-3.0.html", "GPL-3.0-only"),
        ("FAL-1.3", None, "FAL-1.3"),
        ("No known copyright restrictions", None, NO_KNOWN_COPYRIGHT),
        ("All rights reserved", None, "LicenseRef-All-rights-reserved"),
        (None, None, None),
        ("", "", None),
    ],
)
def test_names_and_addresses_become_spdx_ids(name: str | None, url: str | None, spdx: str | None) -> None:
    assert read_license(name, url).spdx == spdx


def test_where_name_and_address_disagree_the_closed_one_counts() -> None:
    assert read_license("CC BY 4.0", "https://creativecommons.org/licenses/by-nc/4.0/").spdx == "CC-BY-NC-4.0"


OPEN = ("CC0-1.0", "LicenseRef-PDM", "CC-BY-4.0", "CC-BY-SA-3.0-DE", "GPL-2.0-or-later", "GPL-3.0", "FAL-1.3")
CLOSED = ("CC-BY-NC-4.0", "CC-BY-ND-4.0", "CC-BY-NC-SA-4.0", "MIT-0", "LicenseRef-museum", "", None, NO_KNOWN_COPYRIGHT)


@pytest.mark.parametrize("spdx", OPEN)
def test_open_licences(spdx: str) -> None:
    assert is_open(spdx)


@pytest.mark.parametrize("spdx", CLOSED)
def test_all_others_are_closed(spdx: str | None) -> None:
    assert not is_open(spdx)


def test_no_known_copyright_is_open_only_from_a_museum() -> None:
    assert is_open(NO_KNOWN_COPYRIGHT, stated_by_museum=True)


@pytest.mark.parametrize(
    ("spdx", "expected"), [("CC-BY-SA-4.0", True), ("GPL-2.0-only", True), ("CC-BY-4.0", False), ("CC0-1.0", False)]
)
def test_share_alike(spdx: str, expected: bool) -> None:
    assert is_share_alike(spdx) is expected
