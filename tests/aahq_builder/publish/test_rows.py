"""Rights decide what goes out; nothing in a row tells about this machine."""

from dataclasses import replace
from pathlib import Path

import pytest

from aahq_builder.publish.licenses import LicenseTerms, license_facts
from aahq_builder.publish.rows import describe, may_publish_pixels, web_address, why_not, without_local_paths
from aahq_builder.records import Artwork
from aahq_builder.workdir import WorkDir
from tests.drawn_build import Portrait, artwork_of, face_of

EVIDENCE = [{"signal": "license_field"}]


def work(**facts: object) -> Artwork:
    plain = Artwork(
        artwork_id="met-0", source="met", status="fetched", rights="open", license="CC0-1.0", rights_evidence=EVIDENCE
    )
    return replace(plain, **facts)


def permission(scope: str) -> dict[str, str]:
    return {"signal": "permission", "finding": "permission", "scope": scope}


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, None),
        ({"rights": "permitted"}, None),
        ({"rights": "research"}, "research"),
        ({"rights": "unknown"}, "rights_unknown"),
        ({"rights": "denied"}, "denied_or_removed"),
        ({"rights": None}, "denied_or_removed"),
        ({"status": "removed"}, "denied_or_removed"),
        ({"status": "denied"}, "denied_or_removed"),
        ({"rights_evidence": None}, "no_evidence"),
        ({"rights_evidence": []}, "no_evidence"),
        ({"rights_evidence": [*EVIDENCE, {"signal": "page", "finding": "opt_out"}]}, "opted_out"),
        ({"rights_evidence": [*EVIDENCE, {"signal": "robots", "finding": "forbidden"}]}, "opted_out"),
        ({"rights_evidence": [*EVIDENCE, {"signal": "tdmrep", "finding": "unread"}]}, "opted_out"),
        ({"rights_evidence": [{"signal": "tags", "finding": "platform_default"}]}, "opted_out"),
        ({"rights_evidence": [{"signal": "tags", "finding": "platform_default"}, permission("training")]}, None),
    ],
)
def test_what_keeps_a_work_out(facts: dict[str, object], reason: str | None):
    assert why_not(work(**facts), include_research=False) == reason


def test_research_rows_go_out_only_when_asked_for_and_never_with_pixels():
    research = work(rights="research", license=None)
    assert why_not(research, include_research=True) is None
    assert not may_publish_pixels(research, "CC0-1.0")


@pytest.mark.parametrize(
    ("facts", "folder_license", "may"),
    [
        ({}, None, True),
        ({"license": None}, None, False),
        ({"rights": "permitted", "source": "folder", "license": None}, None, False),
        ({"rights": "permitted", "source": "folder", "license": None}, "CC-BY-4.0", True),
        ({"rights": "permitted", "source": "html", "license": None}, "CC-BY-4.0", False),
        (
            {"rights": "permitted", "rights_evidence": [{"signal": "permission", "scope": "training, pixels"}]},
            None,
            True,
        ),
        ({"rights": "permitted", "rights_evidence": [permission("pixels+training")]}, None, True),
        ({"rights": "permitted", "rights_evidence": [permission("training only, no pixels")]}, None, False),
        ({"rights": "permitted", "rights_evidence": [permission("pixels of other works")]}, None, False),
        ({"rights": "permitted", "rights_evidence": [permission("training"), permission("pixels")]}, None, True),
        ({"rights": "permitted", "rights_evidence": [{"signal": "license", "scope": "pixels"}]}, None, False),
        ({"rights": "permitted", "rights_evidence": [{"signal": "permission", "scope": "training"}]}, None, False),
        ({"rights": "unknown", "source": "folder"}, "CC0-1.0", False),
    ],
)
def test_which_pixels_may_go_out(facts: dict[str, object], folder_license: str | None, may: bool):
    assert may_publish_pixels(work(**facts), folder_license) is may


@pytest.mark.parametrize(
    ("url", "published"),
    [
        ("https://museum.example/a?b=1", "https://museum.example/a?b=1"),
        ("https://user:secret@museum.example/a", "https://museum.example/a"),
        ("file:///home/somebody/a.png", None),
        ("/home/somebody/a.png", None),
        (None, None),
    ],
)
def test_only_web_addresses_are_published(url: str | None, published: str | None):
    assert web_address(url) == published


def test_evidence_loses_local_paths_but_keeps_the_rest():
    evidence = [{"signal": "permission", "file": "/home/somebody/letters/anna.pdf", "where": ["C:\\Users\\x\\b.csv"]}]
    assert without_local_paths(evidence) == [{"signal": "permission", "file": "anna.pdf", "where": ["b.csv"]}]


def test_no_column_holds_a_path_of_the_work_folder(tmp_path: Path):
    portrait = Portrait(0, source="folder", rights="permitted", license=None)
    workdir = WorkDir(tmp_path)
    artwork = replace(artwork_of(portrait, workdir), page_url=None, image_url=f"file://{tmp_path}/x.png")
    facts = describe(face_of(artwork, portrait, workdir), artwork, "CC-BY-4.0")
    assert str(tmp_path) not in repr(facts)
    assert "source_id" not in facts
    assert "path" not in facts
    assert facts["license"] == "CC-BY-4.0"


@pytest.mark.parametrize(
    ("identifier", "name", "url", "attribution", "share_alike"),
    [
        ("CC0-1.0", "Creative Commons Zero 1.0", "https://creativecommons.org/publicdomain/zero/1.0/", False, False),
        ("CC-BY-4.0", "Creative Commons Attribution 4.0", "https://creativecommons.org/licenses/by/4.0/", True, False),
        (
            "CC-BY-SA-3.0-DE",
            "Creative Commons Attribution-ShareAlike 3.0 DE",
            "https://creativecommons.org/licenses/by-sa/3.0/de/",
            True,
            True,
        ),
        (
            "GPL-2.0-or-later",
            "GNU General Public License 2.0 or later",
            "https://www.gnu.org/licenses/old-licenses/gpl-2.0.html",
            True,
            True,
        ),
        ("LicenseRef-house-rules", "LicenseRef-house-rules", "", True, False),
    ],
)
def test_what_a_licence_asks_for(identifier: str, name: str, url: str, attribution: bool, share_alike: bool):
    assert license_facts(identifier) == LicenseTerms(name, url, attribution, share_alike)
