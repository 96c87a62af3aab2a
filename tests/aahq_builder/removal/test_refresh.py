"""A second look: what is stated removes a work, what is only absent does not."""

import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from aahq_builder.cli import COMMANDS
from aahq_builder.errors import UserError
from aahq_builder.journal import Journal
from aahq_builder.records import Artwork, Tombstone
from aahq_builder.removal.config import RefreshConfig
from aahq_builder.removal.refresh import run as refresh
from aahq_builder.rights.rules import signals_of
from aahq_builder.rights.tombstones import CHECK
from aahq_builder.workdir import WorkDir
from blendgan.command import run
from blendgan.console import Console
from tests.aahq_builder.conftest import FAST, crawl_here
from tests.aahq_builder.small_site import SmallSite
from tests.drawn_build import Portrait, face_of
from tests.fake_hub import Hub

CC0 = '<a rel="license" href="https://creativecommons.org/publicdomain/zero/1.0/">CC0</a>'
NC = '<a rel="license" href="https://creativecommons.org/licenses/by-nc/4.0/">CC BY-NC</a>'
MET = "/public/collection/v1"
MAINTENANCE = '<title>Back soon</title><meta name="robots" content="noindex"><h1>We are improving our site</h1>'


def page(number: int, license_: str = CC0, head: str = "") -> str:
    figure = f'<figure><img src="/img/{number}.png"></figure>'
    return f'<head>{head}</head><h1>Work {number}</h1><span class="artist">Ann</span>{figure}{license_}'


def portrait_site(num_works: int) -> SmallSite:
    """A site of HTML pages, and the Met's and Commons' interfaces to the same works."""
    site = SmallSite()
    site.answer("/", "".join(f'<a class="artwork" href="/work/{number}">w</a>' for number in range(num_works)))
    site.answer(f"{MET}/search", {"objectIDs": list(range(num_works))})
    for number in range(num_works):
        site.answer(f"/work/{number}", page(number))
        site.answer(f"{MET}/objects/{number}", met_record(site, number))
    site.answer("/w/api.php", lambda query: commons_answer(site, query, num_works))
    return site


def met_record(site: SmallSite, number: int, **facts: object) -> dict[str, object]:
    return {"isPublicDomain": True, "primaryImage": f"{site.url}/img/{number}.png", "title": "T", **facts}


def commons_answer(site: SmallSite, query: dict[str, str], num_works: int) -> object:
    titles = [query["titles"]] if "titles" in query else [f"File:{number}.png" for number in range(num_works)]
    return {"query": {"pages": {str(number): commons_file(site, title) for number, title in enumerate(titles)}}}


def commons_file(site: SmallSite, title: str) -> dict[str, object]:
    number = title.removeprefix("File:").removesuffix(".png")
    facts = {"LicenseShortName": {"value": "CC0"}, "Artist": {"value": "Ann"}}
    info = {"url": f"{site.url}/img/{number}.png", "mediatype": "BITMAP", "extmetadata": facts}
    return {"title": title, "imageinfo": [info]}


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with portrait_site(6) as site:
        yield site


def crawled(source: str, site: SmallSite, work: Path, **settings: object) -> None:
    """Crawl all of a source, again if it was crawled before."""
    crawl_here(source, f"{site.url}/", work, relist=True, **settings)


def refreshed(site: SmallSite, work: Path, capsys: pytest.CaptureFixture[str], **settings: object) -> dict[str, int]:
    """The counts of a refresh."""
    capsys.readouterr()
    config = RefreshConfig(work=work, endpoint=site.url, **{**FAST, **settings})  # type: ignore[arg-type]
    refresh(config, Console(json=True, verbosity=-1))
    counts: dict[str, int] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return counts


def statuses(work: Path) -> dict[str, int]:
    with Journal(WorkDir(work).database) as journal:
        return dict(Counter(row.status for row in journal.select(Artwork)))


def signals_read(work: Path) -> set[frozenset[str]]:
    """Which signals the rows' evidence names."""
    with Journal(WorkDir(work).database) as journal:
        return {frozenset(signal.signal for signal in signals_of(row)) for row in journal.select(Artwork)}


def num_tombstones(work: Path) -> int:
    with Journal(WorkDir(work).database) as journal:
        return journal.count(Tombstone, "kind != ?", [CHECK])


@pytest.mark.parametrize("source", ["html", "met", "commons"])
@pytest.mark.parametrize(
    "answer",
    [403, 404, 410, MAINTENANCE, {"error": {"code": "internal_api_error_DBQueryError", "info": "x"}}, {}, [], None],
)
def test_a_site_that_is_out_of_order_loses_no_work(
    source: str, answer: object, site: SmallSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crawled(source, site, tmp_path)
    site.broken = [answer]
    assert refreshed(site, tmp_path, capsys) == {"total": 6, "not_reached": 6}
    site.broken = []
    assert refreshed(site, tmp_path, capsys) == {"total": 6, "confirmed": 6}
    assert statuses(tmp_path) == {"fetched": 6}


MISSING_FILE = {"query": {"pages": {"-1": {"title": "File:2.png", "missing": ""}}}}


def withdraw(site: SmallSite, source: str) -> None:
    """Take work 2 off the site."""
    others = site.answers["/w/api.php"]
    assert callable(others)
    site.answer("/work/2", 404)
    site.answer(f"{MET}/objects/2", 404)
    site.answer("/w/api.php", lambda query: MISSING_FILE if query.get("titles") == "File:2.png" else others(query))


@pytest.mark.parametrize("source", ["html", "met", "commons"])
def test_a_work_that_is_gone_beside_others_goes_and_may_come_back(
    source: str, site: SmallSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crawled(source, site, tmp_path)
    before = dict(site.answers)
    withdraw(site, source)
    assert refreshed(site, tmp_path, capsys) == {"total": 6, "confirmed": 5, "withdrawn": 1}
    assert statuses(tmp_path) == {"fetched": 5, "removed": 1}
    assert num_tombstones(tmp_path) == 0
    site.answers = before
    crawled(source, site, tmp_path)
    assert statuses(tmp_path) == {"fetched": 6}


def answer_project(site: SmallSite, *pictures: int) -> None:
    """ArtStation's channel with one project that shows these pictures."""
    channels = "/api/v2/community/channels"
    card = {"hash_id": "abc", "title": "Sitters", "user": {"full_name": "Ann"}}
    assets = [{"id": number, "has_image": True, "image_url": f"{site.url}/img/{number}.png"} for number in pictures]
    site.answer(f"{channels}/channels.json", {"data": [{"id": 113, "uri": "portraits"}]})
    site.answer(f"{channels}/projects.json", {"data": [card]})
    site.answer("/projects/abc.json", {**card, "assets": assets})
    site.answer("/artwork/abc", "<h1>Sitters</h1>")


def test_a_picture_that_is_back_in_its_project_is_taken_up_again(
    site: SmallSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    research = {"policy": "research", "i_have_a_legal_basis": True}
    answer_project(site, 1, 2, 3)
    crawled("artstation", site, tmp_path, **research)
    answer_project(site, 1, 3)
    assert refreshed(site, tmp_path, capsys) == {"total": 3, "confirmed": 2, "withdrawn": 1}
    crawled("artstation", site, tmp_path, **research)
    assert statuses(tmp_path) == {"fetched": 2, "removed": 1}
    answer_project(site, 1, 2, 3)
    crawled("artstation", site, tmp_path, **research)
    assert statuses(tmp_path) == {"fetched": 3}
    asked = site.asked.count("/projects/abc.json")
    crawled("artstation", site, tmp_path, **research)
    assert site.asked.count("/projects/abc.json") == asked


@pytest.mark.parametrize("source", ["html", "met"])
def test_a_confirmed_work_keeps_every_piece_of_its_evidence(
    source: str, site: SmallSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crawled(source, site, tmp_path)
    before = signals_read(tmp_path)
    assert refreshed(site, tmp_path, capsys) == {"total": 6, "confirmed": 6}
    assert signals_read(tmp_path) == before


def test_a_work_that_is_gone_where_nothing_else_answers_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with portrait_site(1) as site:
        crawled("html", site, tmp_path)
        site.answer("/work/0", 404)
        assert refreshed(site, tmp_path, capsys) == {"total": 1, "not_reached": 1}


def test_more_than_a_few_withdrawn_at_once_is_a_question(
    site: SmallSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crawled("html", site, tmp_path)
    for number in (0, 1):
        site.answer(f"/work/{number}", 404)
    for number in (2, 3):
        site.answer(f"/work/{number}", page(number, NC))
    with pytest.raises(UserError, match=r"2 are gone and 2 are under a licence .* refresh --yes"):
        refreshed(site, tmp_path, capsys)
    assert json.loads(capsys.readouterr().out) == {"total": 6, "confirmed": 2, "withdrawn_unconfirmed": 4}
    assert statuses(tmp_path) == {"fetched": 6}
    assert refreshed(site, tmp_path, capsys, yes=True) == {"total": 6, "confirmed": 2, "withdrawn": 4}
    assert statuses(tmp_path) == {"fetched": 2, "removed": 4}


def test_opt_outs_are_obeyed_at_once_however_many_and_for_ever(
    site: SmallSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crawled("html", site, tmp_path)
    for number in range(5):
        site.answer(f"/work/{number}", page(number, head='<meta name="robots" content="noai">'))
    assert refreshed(site, tmp_path, capsys) == {"total": 6, "confirmed": 1, "withdrawn": 5}
    assert num_tombstones(tmp_path) == 3 * 5  # id, bytes and pixels
    for number in range(5):
        site.answer(f"/work/{number}", page(number))
    asked = len(site.asked)
    crawled("html", site, tmp_path)
    assert statuses(tmp_path) == {"fetched": 1, "removed": 5}
    assert not [path for path in site.asked[asked:] if path.startswith("/work/")]


@pytest.mark.parametrize(
    ("license_", "counts"),
    [
        ("", {"confirmed": 5, "not_reached": 1}),
        ('<a rel="license" href="/terms"></a>', {"confirmed": 5, "withdrawn": 1}),
        (NC, {"confirmed": 5, "withdrawn": 1}),
        (CC0.replace("CC0<", "All rights reserved<"), {"confirmed": 5, "withdrawn": 1}),
        (CC0.replace("publicdomain/zero/1.0", "licenses/by/4.0"), {"confirmed": 6}),
    ],
)
def test_only_another_stated_licence_withdraws(
    license_: str, counts: dict[str, int], site: SmallSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crawled("html", site, tmp_path)
    site.answer("/work/3", page(3, license_))
    assert refreshed(site, tmp_path, capsys) == {"total": 6, **counts}


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"isPublicDomain": None}, "not_reached"),
        ({"isPublicDomain": "true"}, "not_reached"),
        ({"isPublicDomain": False}, "withdrawn"),
        ({"isPublicDomain": False, "primaryImage": ""}, "withdrawn"),
        ({"isPublicDomain": None, "primaryImage": ""}, "not_reached"),
        ({"primaryImage": ""}, "not_reached"),
        ({"title": None, "tags": None}, "confirmed"),
        ({"tags": [{"term": "NoAI"}]}, "withdrawn"),
    ],
)
def test_a_missing_field_is_unread(
    facts: dict[str, object], outcome: str, site: SmallSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crawled("met", site, tmp_path)
    site.answer(f"{MET}/objects/4", met_record(site, 4, **facts))
    counts = refreshed(site, tmp_path, capsys)
    assert counts == {"total": 6, **Counter({"confirmed": 5}) + Counter({outcome: 1})}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning")  # `huggingface_hub` sends files so
def test_a_withdrawn_work_leaves_the_release_here_and_on_the_hub(
    site: SmallSite, hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crawled("met", site, tmp_path)
    with Journal(WorkDir(tmp_path).database) as journal, journal.transaction():
        works = {work.source_id: work for work in journal.select(Artwork)}
        journal.insert([face_of(work, Portrait(int(name)), WorkDir(tmp_path)) for name, work in works.items()])
    flags = ["--work", str(tmp_path), "--content", "pixels", "--repo-id", "org/faces", "--quiet"]
    assert run("publish", COMMANDS["publish"], flags) == 0
    names = ("data/urls/train-00000-of-00001.parquet", "data/pixels/train-00000-of-00001.parquet")
    expected = sorted(work.artwork_id for work in works.values())
    assert [artwork_ids(hub.files[name]) for name in names] == [expected, expected]
    site.answer(f"{MET}/objects/4", met_record(site, 4, isPublicDomain=False))
    counts = refreshed(site, tmp_path, capsys)
    assert (counts["confirmed"], counts["withdrawn"]) == (5, 1)
    expected.remove(works["4"].artwork_id)
    assert [artwork_ids(hub.files[name]) for name in names] == [expected, expected]
    for name in (*names, "removed.csv", "release.json"):
        assert hub.files[name] == (tmp_path / "release" / name).read_bytes()


def artwork_ids(parquet: bytes) -> list[str]:
    """Of the rows of a file."""
    ids: list[str] = pq.read_table(io.BytesIO(parquet), columns=["artwork_id"]).column("artwork_id").to_pylist()
    return ids


def test_a_gone_picture_counts_only_beside_others_of_its_host(
    site: SmallSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crawled("html", site, tmp_path)
    site.answer("/img/1.png", 410)
    site.answer("/img/2.png", 404)  # a dead link is no withdrawal
    assert refreshed(site, tmp_path, capsys) == {"total": 6, "confirmed": 4, "not_reached": 1, "withdrawn": 1}
    for number in range(6):
        site.answer(f"/img/{number}.png", 410)
    assert refreshed(site, tmp_path, capsys) == {"total": 5, "not_reached": 5}


def test_a_robots_file_that_forbids_keeps_us_from_looking_and_one_that_opts_out_is_obeyed(
    site: SmallSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crawled("html", site, tmp_path)
    site.answer("/robots.txt", "User-agent: *\nDisallow: /\n")
    assert refreshed(site, tmp_path, capsys) == {"total": 6, "not_reached": 6}
    site.answer("/robots.txt", "User-agent: *\nContent-Signal: ai-train=no\n")
    assert refreshed(site, tmp_path, capsys) == {"total": 6, "withdrawn": 6}


def test_the_selectors_of_the_crawl_are_remembered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with portrait_site(3) as site:
        rights = CC0.replace('rel="license"', 'class="rights"')
        for number in range(3):
            site.answer(f"/work/{number}", page(number, rights))
        crawled("html", site, tmp_path, select=("license=.rights",))
        assert refreshed(site, tmp_path, capsys) == {"total": 3, "confirmed": 3}
        wrong = refreshed(site, tmp_path, capsys, select=("license=.elsewhere",))
        assert wrong == {"total": 3, "not_reached": 3}
        site.answer("/", '<a class="artwork" href="/work/7">w</a>')
        site.answer("/work/7", page(7, rights))
        crawled("html", site, tmp_path)  # the same command, --select forgotten
        assert statuses(tmp_path) == {"fetched": 4}


def test_what_a_picture_says_itself_is_kept_on_record_and_read_from_older_builds(
    site: SmallSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crawled("html", site, tmp_path)
    assert refreshed(site, tmp_path, capsys)["confirmed"] == 6
    with Journal(WorkDir(tmp_path).database) as journal:
        first, *others = journal.select(Artwork)
        assert all("picture_metadata" in str(row.rights_evidence) for row in (first, *others))
        evidence = [each for each in first.rights_evidence or [] if each["signal"] != "picture_metadata"]  # type: ignore[index,call-overload]
        journal.update(Artwork, first.artwork_id, rights_evidence=evidence)
        with (tmp_path / str(first.path)).open("ab") as file:
            file.write(b"<rdf:RDF><x plus:DataMining='DMI-PROHIBITED'/></rdf:RDF>")
    assert refreshed(site, tmp_path, capsys) == {"total": 6, "confirmed": 5, "withdrawn": 1}
    assert statuses(tmp_path) == {"fetched": 5, "removed": 1}
