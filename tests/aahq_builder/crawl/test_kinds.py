"""A crawl asks for kinds of works: what is of another kind becomes no row, is counted, and is read once."""

from collections import Counter
from pathlib import Path

import pytest

from aahq_builder.crawl.config import CrawlConfig
from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.records import Cursor
from aahq_builder.workdir import WorkDir
from tests.aahq_builder.conftest import aahq_build, artworks, crawl_here, last_line
from tests.aahq_builder.small_site import SmallSite

API = "/public/collection/v1"
CLASSES = ("Paintings", "Photographs", "Coins", "")
QUICK = ("--rate", "0", "--contact", "tests@example.org")


def museum(num_works: int) -> SmallSite:
    """Objects of which every second and third of four is a photograph or a coin, and the fourth does not say."""
    site = SmallSite()
    site.answer(f"{API}/search", {"objectIDs": list(range(num_works))})
    for number in range(num_works):
        record = {"isPublicDomain": True, "primaryImage": f"{site.url}/img/{number}.png"}
        site.answer(f"{API}/objects/{number}", {**record, "classification": CLASSES[number % 4]})
    return site


def records_read(site: SmallSite) -> Counter[str]:
    return Counter(path for path in site.asked if "/objects/" in path)


def test_works_of_another_kind_are_counted_and_become_no_row(tmp_path: Path) -> None:
    words = ("--work", tmp_path / "work", "--json", *QUICK)
    with museum(8) as site:
        done = aahq_build("crawl", "met", "--endpoint", site.url, *words)
        assert last_line(done) == {"total": 4, "fetched": 4, "skipped": {"photograph": 2, "other": 2}}
        assert "skipped: 2 photographs, 2 coins and others" in done.stderr
        assert set(artworks(tmp_path / "work")) == {"0", "3", "4", "7"}
        done = aahq_build("crawl", "met", "--endpoint", site.url, "--kind", "photograph", *words)
        assert last_line(done) == {"total": 2, "fetched": 2, "skipped": {"other": 2}}
        assert set(artworks(tmp_path / "work")) == {"0", "1", "3", "4", "5", "7"}


def test_a_work_that_was_skipped_is_not_read_again_when_the_limit_rises(tmp_path: Path) -> None:
    with museum(40) as site:
        for limit in (1, 5, 9, None):
            crawl_here("met", site.url, tmp_path / "work", limit=limit)
            assert len(artworks(tmp_path / "work")) == (limit or 20)
        assert set(records_read(site).values()) == {1}
        assert len(records_read(site)) == 40


def test_a_listing_of_before_there_were_kinds_goes_on_as_that_of_any_kind(tmp_path: Path) -> None:
    before = Cursor(listing="met: portrait", cursor={"last_id": 35}, finished=False, num_listed=36, updated_at="now")
    with Journal(WorkDir(tmp_path / "work").database) as journal:
        journal.insert([before])
    with museum(40) as site:
        crawl_here("met", site.url, tmp_path / "work", kind="any")
        assert set(artworks(tmp_path / "work")) == {"36", "37", "38", "39"}
        crawl_here("met", site.url, tmp_path / "work")
        assert set(records_read(site).values()) == {1}
        rows = artworks(tmp_path / "work").values()
    assert {row.listing for row in rows} == {"met: portrait", "met: portrait [painting, drawing, print]"}


def test_sources_without_kinds_refuse_them_by_name(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    settings: dict[str, object] = {"work": tmp_path, "path": tmp_path / "mine", "sources": ("met", "folder")}
    CrawlConfig(**settings).check()  # type: ignore[arg-type]
    with pytest.raises(UserError, match="folder does not say of what kind its works are; leave out --kind print"):
        CrawlConfig(**settings, kind="print").check()  # type: ignore[arg-type]
    with pytest.raises(UserError, match="no 'poem'"):
        CrawlConfig(kind="poem").check()
