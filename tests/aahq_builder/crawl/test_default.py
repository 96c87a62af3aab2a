"""A crawl that names no source takes every open one, side by side; each has its share, and fails for itself."""

from collections import Counter
from pathlib import Path

import pytest

from aahq_builder.crawl import stage
from aahq_builder.crawl.config import CrawlConfig
from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork
from aahq_builder.rights.rules import Rules
from aahq_builder.sources.base import ArtworkSource
from aahq_builder.sources.smk import Smk
from aahq_builder.sources.table import BY_DEFAULT, SourceSettings, make_source
from aahq_builder.workdir import WorkDir
from blendgan.console import Console
from tests.aahq_builder.conftest import FAST, Serve
from tests.aahq_builder.gallery_pictures import write_gallery


@pytest.fixture
def every_site(tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> str:
    """One server that stands in for all sites."""
    write_gallery(tmp_path / "gallery", 12)
    url = serve(tmp_path / "gallery").url

    def made(name: str, settings: SourceSettings, rules: Rules) -> ArtworkSource:
        here = SourceSettings(settings.query, url, kinds=settings.kinds)
        return make_source(name, here, rules)

    monkeypatch.setattr(stage, "make_source", made)
    monkeypatch.setattr(CrawlConfig, "named_hosts", lambda config: (url,))
    return url


def crawled(work: Path, **settings: object) -> Counter[str]:
    """How many artworks of each source a crawl of none by name has fetched."""
    stage.run(CrawlConfig(work=work, **{**FAST, **settings}), Console())  # type: ignore[arg-type]
    with Journal(WorkDir(work).database) as journal:
        return Counter(row.source for row in journal.select(Artwork) if row.status == "fetched")


def test_every_open_source_is_crawled_and_says_how_much_it_lists(
    every_site: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert crawled(tmp_path / "work") == dict.fromkeys(BY_DEFAULT, 12)
    said = capsys.readouterr().err
    for name in set(BY_DEFAULT) - {"commons"}:  # whose interface does not tell
        assert f"{name} lists 12 works" in said


def test_each_source_has_its_share_of_a_limit_that_may_be_raised(every_site: str, tmp_path: Path) -> None:
    assert crawled(tmp_path / "work", limit=8) == {name: 1 + (position < 2) for position, name in enumerate(BY_DEFAULT)}
    assert crawled(tmp_path / "work", limit=30) == dict.fromkeys(BY_DEFAULT, 5)


def test_a_source_out_of_reach_costs_its_own_sentence(
    every_site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stage.make_source

    def one_away(name: str, settings: SourceSettings, rules: Rules) -> ArtworkSource:
        source = made(name, settings, rules)
        return Smk(endpoint="http://127.0.0.1:9") if name == "smk" else source

    monkeypatch.setattr(stage, "make_source", one_away)
    with pytest.raises(UserError, match=r"^smk: portræt stopped: [^;]*; run the same command again later$"):
        crawled(tmp_path / "work")
    monkeypatch.setattr(stage, "make_source", made)
    assert crawled(tmp_path / "work") == dict.fromkeys(BY_DEFAULT, 12)


def test_no_endpoint_stands_in_for_several_sources() -> None:
    with pytest.raises(UserError, match="exactly one source"):
        CrawlConfig(endpoint="http://127.0.0.1:9").check()
