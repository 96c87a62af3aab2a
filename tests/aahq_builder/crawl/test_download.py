"""One picture: which address is taken, what keeps it out, and that every way to a file is judged alike."""

import io
from pathlib import Path

import pytest

from aahq_builder.crawl.download import Downloader
from aahq_builder.crawl.outcomes import Denied, Failed, Fetched, HeldBack, Outcome
from aahq_builder.errors import ErrorKind
from aahq_builder.records import Artwork
from aahq_builder.rights.rules import Rules, Signal, evidence
from aahq_builder.rights.tombstones import Tombstones
from aahq_builder.web.site_files import SiteRules
from aahq_builder.web.waiting import finish
from aahq_builder.workdir import WorkDir
from tests.aahq_builder.gallery_pictures import drawn
from tests.aahq_builder.written_site import Answer, NewSite, Site, client_of

ROBOTS, TDMREP = "/robots.txt", "/.well-known/tdmrep.json"
XMP = b"<rdf:RDF><rdf:Description plus:DataMining='http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED'/></rdf:RDF>"


def png(number: int = 1, **options: object) -> bytes:
    content = io.BytesIO()
    drawn(number).save(content, "PNG", **options)
    return content.getvalue()


def jpeg(**options: object) -> bytes:
    content = io.BytesIO()
    drawn(1).save(content, "JPEG", **options)
    return content.getvalue()


@pytest.fixture
def site(new_site: NewSite) -> Site:
    return new_site()


def downloader_of(root: Path, *sites: Site, tombstones: Tombstones | None = None) -> Downloader:
    client = client_of(*sites)
    return Downloader(
        workdir=WorkDir(root),
        client=client,
        sites=SiteRules(client, "aahq-build", lambda file: None),
        rules=Rules(),
        tombstones=tombstones or Tombstones(b"key", frozenset()),
        read_local=lambda source_id: (root / source_id).read_bytes(),
    )


def row(*urls: str, source: str = "html", **facts: object) -> Artwork:
    """A row as the listing leaves it: licence, tags and page were read and are fine."""
    read = [Signal("license", "license", "CC0-1.0"), Signal("tags", "silent"), Signal("page", "silent")]
    return Artwork(
        artwork_id=f"{source}-1",
        source=source,
        image_url=urls[0] if urls else None,
        candidates=[{"url": url} for url in urls],
        license="CC0-1.0",
        rights_evidence=evidence(read),
        **facts,  # type: ignore[arg-type]
    )


def outcome_of(downloader: Downloader, artwork: Artwork, twin: Artwork | None = None) -> Outcome:
    return finish(downloader.visit(artwork, twin))


def test_the_best_size_is_taken_and_kept_by_its_content(site: Site, tmp_path: Path) -> None:
    urls = (
        site.put("/large.png", Answer(body=png(1), headers={"ETag": '"a"'})),
        site.put("/small.png", Answer(body=png(2))),
    )
    outcome = outcome_of(downloader_of(tmp_path, site), row(*urls))
    assert isinstance(outcome, Fetched)
    assert (outcome.file.image_url, outcome.file.etag, outcome.rights) == (urls[0], '"a"', "open")
    assert (tmp_path / outcome.file.path).read_bytes() == png(1)
    assert site.paths == [ROBOTS, TDMREP, "/ai.txt", "/large.png"]


BROKEN = {
    "400": Answer(400),
    "401": Answer(401),
    "403": Answer(403),
    "404": Answer(404),
    "410": Answer(410),
    "429": Answer(429),
    "500": Answer(500),
    "a page": Answer(body=b"<html>sorry</html>"),
    "nothing": Answer(),
    "cut short": Answer(body=png()[:60]),
    "damaged": Answer(body=png()[:40] + b"\0" * 20 + png()[60:]),
    "too large": Answer(headers={"Content-Length": "99999999999"}),
    "circles": Answer(302, headers={"Location": "/large.png"}),
    "nonsense": Answer(302, headers={"Location": "javascript:alert(1)"}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_after_every_technical_error_the_next_size_is_tried(name: str, site: Site, tmp_path: Path) -> None:
    urls = site.put("/large.png", BROKEN[name]), site.put("/small.png", Answer(body=png()))
    outcome = outcome_of(downloader_of(tmp_path, site), row(*urls))
    assert isinstance(outcome, Fetched), outcome
    assert outcome.file.image_url == urls[1]


def test_a_host_that_cannot_be_reached_is_not_asked_for_its_other_sizes(site: Site, tmp_path: Path) -> None:
    dead = "http://127.0.0.1:9"
    downloader = downloader_of(tmp_path, site, Site(url=dead))
    urls = f"{dead}/large.png", f"{dead}/middle.png", site.put("/small.png", Answer(body=png()))
    assert isinstance(outcome_of(downloader, row(*urls)), Fetched)
    assert downloader.client.num_retries == 4  # of robots.txt: five tries in all


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ((Answer(404), Answer(410)), ErrorKind.HTTP_404),
        ((Answer(404), Answer(503)), ErrorKind.HTTP_5XX),
        ((Answer(body=b"<html>"), Answer(404)), ErrorKind.NOT_AN_IMAGE),
    ],
)
def test_where_all_sizes_fail_the_row_names_what_may_pass_or_else_the_best_ones_cause(
    answers: tuple[Answer, Answer], kind: ErrorKind, site: Site, tmp_path: Path
) -> None:
    outcome = outcome_of(downloader_of(tmp_path, site), row(site.put("/1", answers[0]), site.put("/2", answers[1])))
    assert isinstance(outcome, Failed)
    assert outcome.kind is kind


REFUSED = Answer(403)
HERE = Answer(body=png(1))


def known_site(site: Site, tmp_path: Path, *later: Answer) -> Downloader:
    """A downloader of a site that has given a picture, which it answers with `later` from then on."""
    downloader = downloader_of(tmp_path, site)
    assert isinstance(outcome_of(downloader, row(site.put("/known.png", HERE, *later))), Fetched)
    site.asked.clear()
    return downloader


def test_a_refused_size_costs_no_question_where_another_is_given(site: Site, tmp_path: Path) -> None:
    downloader = known_site(site, tmp_path)
    outcome = outcome_of(downloader, row(site.put("/large.png", REFUSED), site.put("/small.png", HERE)))
    assert isinstance(outcome, Fetched)
    assert site.paths == ["/large.png", "/small.png"]


def test_where_all_sizes_are_refused_the_site_is_asked_whether_it_is_a_wall(site: Site, tmp_path: Path) -> None:
    downloader = known_site(site, tmp_path)
    outcome = outcome_of(downloader, row(site.put("/large.png", REFUSED), site.put("/small.png", REFUSED)))
    assert isinstance(outcome, Failed)
    assert outcome.kind is ErrorKind.HTTP_403
    assert site.paths == ["/large.png", "/small.png", "/large.png", "/known.png", "/large.png"]


def test_a_refused_size_beside_a_dead_one_is_no_wall(site: Site, tmp_path: Path) -> None:
    downloader = known_site(site, tmp_path)
    outcome = outcome_of(downloader, row(site.put("/large.png", REFUSED), site.put("/small.png", Answer(404))))
    assert isinstance(outcome, Failed)
    assert outcome.kind is ErrorKind.HTTP_403
    assert site.paths == ["/large.png", "/small.png"]


def test_behind_a_wall_no_smaller_size_is_taken(site: Site, tmp_path: Path) -> None:
    downloader = known_site(site, tmp_path, REFUSED, HERE)
    urls = site.put("/large.png", REFUSED, REFUSED, HERE), site.put("/small.png", REFUSED, HERE)
    outcome = outcome_of(downloader, row(*urls))
    assert isinstance(outcome, Fetched)
    assert outcome.file.image_url == urls[0]


def test_a_wall_that_stays_holds_the_row_back(site: Site, tmp_path: Path) -> None:
    downloader = known_site(site, tmp_path, REFUSED)
    urls = site.put("/large.png", REFUSED), site.put("/small.png", REFUSED)
    assert isinstance(outcome_of(downloader, row(*urls)), HeldBack)


@pytest.mark.parametrize("path", [ROBOTS, TDMREP, "/1.png"])
def test_a_challenge_holds_a_row_back_wherever_it_comes(path: str, site: Site, tmp_path: Path) -> None:
    urls = site.put("/1.png", HERE), site.put("/2.png", HERE)
    site.put(path, Answer(403, headers={"Cf-Mitigated": "challenge"}))
    assert isinstance(outcome_of(downloader_of(tmp_path, site), row(*urls)), HeldBack)
    assert "/2.png" not in site.paths


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=png(), headers={"X-Robots-Tag": "noai"}),
        Answer(body=png(), headers={"X-Robots-Tag": "DisallowAITraining"}),
        Answer(body=png(), headers={"Content-Usage": "bots=n"}),
        Answer(302, headers={"Location": "/small.png", "TDM-Reservation": "true"}),
        Answer(body=jpeg(xmp=XMP)),
        Answer(body=png()[:60] + XMP),
    ],
    ids=["header", "training", "usage", "redirect", "metadata", "metadata of a damaged file"],
)
def test_an_opt_out_is_final_whatever_other_sizes_say(answer: Answer, site: Site, tmp_path: Path) -> None:
    urls = site.put("/large.png", answer), site.put("/small.png", Answer(body=png()))
    outcome = outcome_of(downloader_of(tmp_path, site), row(*urls))
    assert isinstance(outcome, Denied)
    assert outcome.kind is ErrorKind.OPT_OUT
    assert not list(tmp_path.rglob("*.png"))


def test_an_opt_out_inside_a_file_of_ones_own_counts_too(tmp_path: Path) -> None:
    (tmp_path / "mine.jpg").write_bytes(jpeg(xmp=XMP))
    own = Signal("local_folder", "permission", "named by the user")
    artwork = Artwork(artwork_id="folder-1", source="folder", source_id="mine.jpg", rights_evidence=evidence([own]))
    outcome = outcome_of(downloader_of(tmp_path), artwork)
    assert isinstance(outcome, Denied)
    assert outcome.kind is ErrorKind.OPT_OUT


def test_a_site_that_does_not_tell_its_wishes_denies_and_is_asked_for_no_other_size(site: Site, tmp_path: Path) -> None:
    site.put(ROBOTS, Answer(503))
    outcome = outcome_of(downloader_of(tmp_path, site), row(f"{site.url}/1.png", f"{site.url}/2.png"))
    assert isinstance(outcome, Denied)
    assert outcome.kind is ErrorKind.HTTP_5XX
    assert set(site.paths) == {ROBOTS}


def test_a_host_that_is_left_alone_holds_its_rows_back(site: Site, tmp_path: Path) -> None:
    url = site.put("/1.png", Answer(429, headers={"Retry-After": "86400"}))
    downloader = downloader_of(tmp_path, site)
    assert isinstance(outcome_of(downloader, row(url)), HeldBack)
    assert isinstance(outcome_of(downloader, row(f"{site.url}/2.png")), HeldBack)
    assert "/2.png" not in site.paths


def fetched_row(outcome: Outcome) -> Artwork:
    """The row that a fetched outcome leaves in the journal."""
    assert isinstance(outcome, Fetched)
    values = {**vars(outcome.artwork), **outcome.columns()}
    return Artwork(**values)  # type: ignore[arg-type]


def test_a_row_with_a_known_address_shares_the_file_and_keeps_the_evidence(site: Site, tmp_path: Path) -> None:
    url = site.put("/1.png", Answer(body=png()))
    downloader = downloader_of(tmp_path, site)
    twin = fetched_row(outcome_of(downloader, row(url)))
    site.asked.clear()
    outcome = outcome_of(downloader, row(url, source="urls"), twin)
    assert isinstance(outcome, Fetched)
    assert site.asked == []
    assert outcome.file.sha256 == twin.sha256
    assert {"robots", "tdmrep", "image_headers", "picture_metadata"} <= {signal.signal for signal in outcome.signals}


def test_a_row_with_a_known_address_is_judged_like_any_other(site: Site, tmp_path: Path) -> None:
    url = site.put("/1.png", Answer(body=png()))
    twin = fetched_row(outcome_of(downloader_of(tmp_path, site), row(url)))
    site.put(TDMREP, Answer(body=b'[{"location": "/", "tdm-reservation": true}]'))
    reserved = outcome_of(downloader_of(tmp_path, site), row(url), twin)  # a later run: the files are read again
    assert isinstance(reserved, Denied)
    assert reserved.kind is ErrorKind.OPT_OUT
    site.put(TDMREP, Answer(404))
    tombstones = Tombstones(b"key", frozenset())
    taken = Tombstones(b"key", frozenset({("sha256", tombstones.keyed_hash("sha256", str(twin.sha256)))}))
    removed = outcome_of(downloader_of(tmp_path, site, tombstones=taken), row(url), twin)
    assert isinstance(removed, Denied)
    assert removed.kind is ErrorKind.TOMBSTONE
    other = outcome_of(downloader_of(tmp_path, site), row(url, sha256="0" * 64), twin)
    assert isinstance(other, Failed)
    assert other.kind is ErrorKind.HASH_MISMATCH


def test_a_twin_of_which_not_everything_was_read_is_asked_for_again(site: Site, tmp_path: Path) -> None:
    url = site.put("/1.png", Answer(body=png()))
    old = row(url, status="fetched", sha256="0" * 64, path="originals/00/0.png")
    outcome = outcome_of(downloader_of(tmp_path, site), row(url), old)
    assert isinstance(outcome, Fetched)
    assert "/1.png" in site.paths
