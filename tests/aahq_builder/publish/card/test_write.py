"""The card of a release as a whole: what it says, what it shows, and what the Hub makes of it."""

import dataclasses
import io
import re
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import DatasetCard
from markdown_it import MarkdownIt
from PIL import Image

from aahq_builder.cli import COMMANDS
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork
from aahq_builder.workdir import WorkDir
from blendgan.command import run
from tests.aahq_builder.publish.card.conftest import Published, publish
from tests.drawn_build import drawn_face, make_build, portraits

PAGE = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
LIMIT_BYTES = 100_000
"""The Hub stores 10 MiB of text and its check of a card refuses less than that; pages are read by people anyway."""


def card(folder: Path) -> str:
    return (folder / "README.md").read_text()


def test_a_release_with_pixels_shows_openly_licensed_faces_and_credits_each(published: Published):
    text = card(published.pixels)
    credited = re.findall(r"^(\d+)\. (.*)$", text.partition("<details>")[2].partition("</details>")[0], re.MULTILINE)
    assert [int(number) for number, _ in credited] == list(range(1, 8))
    pages = [re.search(r"museum\.example/(\d+)", line) for _, line in credited]
    numbers = [int(page[1]) for page in pages if page]
    assert sorted(numbers) == [0, 1, 2, 3, 4, 5, 9], "neither research nor one's own folder"
    sheet = np.asarray(Image.open(published.pixels / "card" / "contact-sheet.jpg"), dtype=float)
    for place, number in enumerate(numbers):
        tile = np.asarray(
            Image.fromarray(sheet[6:134, 6 + place * 134 :][:, :128].astype(np.uint8)).resize((64, 64)), float
        )
        others = [np.abs(tile - np.asarray(drawn_face(other), float)).mean() for other in range(10)]
        assert int(np.argmin(others)) == number


def test_a_release_of_addresses_shows_no_face(published: Published):
    assert sorted(path.name for path in (published.urls / "card").iterdir()) == [
        "scores.png",
        "shares.png",
        "style-map.png",
    ]
    assert "contact-sheet" not in card(published.urls)


def test_every_picture_of_the_page_is_there(published: Published):
    for folder in (published.pixels, published.urls):
        shown = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", card(folder))
        assert sorted(shown) == sorted(f"card/{path.name}" for path in (folder / "card").iterdir())


def test_the_card_answers_a_datasheet(published: Published):
    text = card(published.pixels)
    for answer in (
        "Collected on 2026-11-01.",
        "**Who looked**: 2 people decided about 2 of the faces found; of the faces in this release they have seen 2",
        "About 1 they disagree",
        "| commons | Wikimedia Commons: files of a category or of a search | 2 |",
        "17th 33.3 %, 18th 11.1 %",
        "22.2 % of the measured faces are greyscale",
        "write to art@example.org",
        "no gender, age, ethnicity, skin tone, emotion or identity was estimated",
        "aahq-build rebuild PATH --work rebuilt",
        "@misc{artistic-portraits-2026,",
        "at least 0.42",
        "within 0.75",
    ):
        assert answer in text, answer
    assert "ann" not in re.findall(r"\w+", text), "reviewers stay unnamed"


def test_what_strangers_wrote_stays_text(published: Published):
    page = PAGE.render(card(published.pixels).split("---\n", 2)[2])
    assert not re.search(r"<(script|img (?!src=\"card/))", page)
    links = re.findall('href="(.*?)"', page)
    assert links and all(not address.startswith(("javascript:", "http://evil")) for address in links)


@pytest.mark.parametrize("name", ["pixels", "urls"])
def test_the_hub_reads_the_front_matter(published: Published, name: str):
    data = DatasetCard.load(getattr(published, name) / "README.md").data
    assert data.license == "other" and data.license_name == "per-row"
    assert data.size_categories == ["n<1K"]
    assert [config["config_name"] for config in data.configs] == (["urls", "pixels"] if name == "pixels" else ["urls"])
    assert DatasetCard(card(getattr(published, name))).data.to_dict() == data.to_dict()


def test_the_page_stays_within_the_hubs_limits_whatever_strangers_wrote(tmp_path: Path):
    (face,) = make_build(tmp_path / "work", portraits(1))
    with Journal(WorkDir(tmp_path / "work").database) as journal, journal.transaction():
        (work,) = journal.select(Artwork)
        for number in range(400):
            facts = {"license": f"LicenseRef-{number}-{'x' * 400}", "artist": f"{number} {'y' * 4000}"}
            facts |= {"source": f"source-{number}", "date": str(number)}
            other = f"other-{number:016x}"
            journal.insert([dataclasses.replace(work, artwork_id=other, source_id=other, **facts)])
            journal.insert(
                [dataclasses.replace(face, face_id=f"{other}-0", artwork_id=other, detector=f"d{number} {'z' * 4000}")]
            )
    publish(tmp_path / "work", tmp_path / "out")
    assert (tmp_path / "out" / "README.md").stat().st_size < LIMIT_BYTES
    assert (tmp_path / "out" / "croissant.json").stat().st_size < LIMIT_BYTES


def test_the_same_rows_give_the_same_card_whatever_path_day_or_time_zone(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shutil.copytree(published.work, tmp_path / "elsewhere" / "work")
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    again = publish(
        tmp_path / "elsewhere" / "work", tmp_path / "again", "--content", "pixels", "--contact", "art@example.org"
    )
    monkeypatch.undo()
    time.tzset()
    for path in (*published.pixels.glob("card/*"), published.pixels / "README.md", published.pixels / "croissant.json"):
        assert (again / path.relative_to(published.pixels)).read_bytes() == path.read_bytes(), path.name


def test_an_empty_release_has_a_card(tmp_path: Path):
    make_build(tmp_path / "work", portraits(1, rejected="blur"))
    publish(tmp_path / "work", tmp_path / "out")
    assert "0 artistic faces" in card(tmp_path / "out")
    assert io.BytesIO((tmp_path / "out" / "card" / "shares.png").read_bytes()).read(4) == b"\x89PNG"


def test_a_takedown_draws_the_contact_sheet_anew(tmp_path: Path):
    make_build(tmp_path / "work", portraits(2))
    publish(tmp_path / "work", tmp_path / "out", "--content", "pixels")
    sheet = tmp_path / "out" / "card" / "contact-sheet.jpg"
    before = np.asarray(Image.open(sheet)).shape[1]
    words = ["--work", str(tmp_path / "work"), "--quiet", "Artist 0"]
    assert run("aahq-build takedown", COMMANDS["takedown"], words) == 0
    assert np.asarray(Image.open(sheet)).shape[1] < before
    assert "Artist 0" not in card(tmp_path / "out")
    assert "Artist 1" in card(tmp_path / "out")
