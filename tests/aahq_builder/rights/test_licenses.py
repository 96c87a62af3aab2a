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
        (None, "http://www.creativecommons.org/licenses/by/4.0/legalcode.de", "CC-BY-4.0"),
        (None, "//creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by/4.0/", None, "CC-BY-4.0"),
        (None, "http://rightsstatements.org/vocab/NKC/1.0/", NO_KNOWN_COPYRIGHT),
        ("LicenseRef-museum", None, "LicenseRef-museum"),
        (None, None, None),
        ("", "", None),
    ],
)
def test_names_and_addresses_become_spdx_ids(name: str | None, url: str | None, spdx: str | None) -> None:
    assert read_license(name, url).spdx == spdx


def test_where_name_and_address_disagree_the_closed_one_counts() -> None:
    assert read_license("CC BY 4.0", "https://creativecommons.org/licenses/by-nc/4.0/").spdx == "CC-BY-NC-4.0"


CC_BY, CC0 = "https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/publicdomain/zero/1.0/"


@pytest.mark.parametrize("url", [CC_BY, CC0])
@pytest.mark.parametrize(
    "words",
    [
        "All rights reserved",
        "© 2019 Jane Doe. ALL RIGHTS RESERVED.",
        "In copyright",
        "in-copyright",
        "Copyrighted",
        "Rights managed",
        "for non-commercial use",
        "Noncommercial",
        "CC BY-NC-SA",
        "no derivatives",
        "personal use only",
        "Not for commercial use",
        "do not copy",
        "Permission required",
        "Tous droits réservés",
        "Alle Rechte vorbehalten",
    ],
)
def test_words_that_keep_rights_count_more_than_an_open_address_beside_them(words: str, url: str) -> None:
    assert not is_open(read_license(words, url).spdx)
    assert not is_open(read_license("CC0", url, words).spdx)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "licence",
        "Some rights reserved",
        "Creative Commons Attribution 4.0 International",
        "© 2019 Jane Doe",
        "No known copyright restrictions apply",
        "Not in copyright",
        "Public domain: out of copyright",
        "free for personal and commercial use",
    ],
)
def test_words_that_keep_nothing_back_leave_the_address_its_meaning(words: str) -> None:
    assert read_license(words, CC_BY).spdx == "CC-BY-4.0"


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/?next=creativecommons.org/publicdomain/zero/1.0/",
        "https://shop.example/?next=https://creativecommons.org/licenses/by/4.0/",
        "https://shop.example/creativecommons.org/licenses/by/4.0/",
        "https://shop.example/#creativecommons.org/licenses/by/4.0/",
        "https://creativecommons.org.shop.example/licenses/by/4.0/",
        "https://creativecommons.org@shop.example/licenses/by/4.0/",
        "https://creativecommons.org/share?url=/licenses/by/4.0/",
        "https://creativecommons.org/licenses/by/4.0/../../by-nc/4.0/",
        "https://creativecommons.org/licenses/by/4.0-nc/",
        "https://web.archive.org/web/2020/https://creativecommons.org/licenses/by/4.0/",
        "http://[creativecommons.org/licenses/by/4.0/",
    ],
)
def test_a_licence_inside_another_address_is_none(url: str) -> None:
    assert not is_open(read_license(None, url).spdx)


@pytest.mark.parametrize("statement", ["InC/1.0/", "InC-EDU/1.0/", "NoC-NC/1.0/", "CNE/1.0/", "UND/1.0/"])
def test_a_rights_statement_closes_what_a_name_calls_free(statement: str) -> None:
    assert not is_open(read_license("CC0", f"http://rightsstatements.org/vocab/{statement}").spdx)


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
