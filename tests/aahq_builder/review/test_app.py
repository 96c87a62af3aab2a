"""The server over real HTTP: who is let in, what is refused, what survives a kill."""

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import requests
from PIL import Image

import aahq_builder
from aahq_builder.decisions import decide, standing_of
from aahq_builder.images import hash_of_pixels
from aahq_builder.journal import Journal
from aahq_builder.records import Face, Review
from tests.drawn_build import drawn_face, make_build, portraits
from tests.review_server import ReviewServer, review_server


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("review") / "work"
    make_build(folder, portraits(6))
    return folder


@pytest.fixture(scope="module")
def server(work: Path) -> Iterator[ReviewServer]:
    with review_server(work) as running:
        yield running


def face_ids(work: Path) -> list[str]:
    return list(aahq_builder.open(work).faces.face_id)


@pytest.mark.parametrize(
    "path", ["/", "/api/session", "/static/main.js", "/images/face/met-0-0", "/map", "/?token=guess"]
)
def test_nothing_is_shown_without_the_token(server: ReviewServer, path: str):
    assert requests.get(server.base + path, timeout=10).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1.evil.example"])
def test_other_hosts_are_refused_even_with_the_token(server: ReviewServer, host: str):
    for path in ("/api/session", f"/?token={server.token}"):
        answer = server.session().get(server.base + path, headers={"Host": host}, timeout=10)
        assert answer.status_code == 403


def test_the_token_becomes_a_cookie_and_leaves_the_address(server: ReviewServer):
    answer = requests.get(server.address, allow_redirects=False, timeout=10)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "samesite=strict" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json", "Origin": "http://evil.example"},
        {"Content-Type": "application/json", "Origin": "null"},
    ],
)
def test_another_site_cannot_decide(server: ReviewServer, work: Path, headers: dict[str, str]):
    body = json.dumps({"face_ids": face_ids(work)[:1], "decision": "reject"})
    answer = server.session().post(f"{server.base}/api/decisions", data=body, headers=headers, timeout=10)
    assert answer.status_code == 403


def test_the_page_may_load_only_from_itself(server: ReviewServer):
    policy = server.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_map_runs_its_own_scripts_as_a_stranger_and_reaches_nothing(server: ReviewServer, work: Path):
    assert server.get("/map").status_code == 404
    assert "aahq-build tsne" in server.get("/api/map").json()["note"]
    page = work / "map" / "map.html"
    page.parent.mkdir(exist_ok=True)
    page.write_text("<!doctype html>")
    answer = server.get("/map")
    page.unlink()
    assert answer.text == "<!doctype html>"
    rules = [rule.split() for rule in answer.headers["content-security-policy"].split(";")]
    policy = {name: values for name, *values in rules}
    assert policy["default-src"] == ["'none'"]
    assert "connect-src" not in policy
    assert policy["frame-ancestors"] == ["'self'"]
    assert "allow-scripts" in policy["sandbox"]
    assert "allow-same-origin" not in policy["sandbox"]
    assert not [value for values in policy.values() for value in values if "http" in value or "*" in value]


def test_another_site_cannot_choose(server: ReviewServer, work: Path):
    body = json.dumps({"face_ids": face_ids(work)[:1]})
    headers = {"Content-Type": "application/json", "Origin": "null"}
    answer = server.session().post(f"{server.base}/api/groups", data=body, headers=headers, timeout=10)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2f..%2fcli.py",
        "/images/face/..%2f..%2faahq.sqlite",
        "/images/original/..%2faahq.sqlite",
        "/images/thumbnail/%2fetc%2fpasswd",
    ],
)
def test_no_address_leads_out_of_the_pages(server: ReviewServer, path: str):
    session = server.session()
    request = session.prepare_request(requests.Request("GET", server.base))
    request.url = server.base + path  # as an attacker writes it, not as requests would tidy it up
    assert session.send(request, timeout=10).status_code in (400, 403, 404)


def test_a_row_whose_path_leaves_the_work_folder_shows_nothing(tmp_path: Path):
    make_build(tmp_path / "work", portraits(1))
    drawn_face(9).save(tmp_path / "secret.png")
    with Journal(tmp_path / "work" / "aahq.sqlite") as journal:
        journal.execute("UPDATE faces SET path = '../secret.png'")
        journal.execute("UPDATE artworks SET path = ?", [str(tmp_path / "secret.png")])
        (face,) = journal.select(Face)
    with review_server(tmp_path / "work") as server:
        for kind, name in (("face", face.face_id), ("thumbnail", face.face_id), ("original", face.artwork_id)):
            assert server.get(f"/images/{kind}/{name}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"face_ids": [], "decision": "keep"},
        {"face_ids": ["met-none-0"], "decision": "keep"},
        {"face_ids": "all", "decision": "keep"},
        {"face_ids": ["x"] * 6000, "decision": "keep"},
        {"face_ids": [["nested"]], "decision": "keep"},
    ],
)
def test_malformed_decisions_are_refused_in_words(server: ReviewServer, work: Path, body: object):
    before = len(aahq_builder.open(work).reviews)
    answer = server.post("/api/decisions", body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert len(aahq_builder.open(work).reviews) == before


def test_a_large_request_is_refused(server: ReviewServer):
    assert server.post("/api/decisions", {"padding": "x" * 1_100_000}).status_code == 400


def test_pictures_are_the_builds_own(server: ReviewServer, work: Path):
    tables = aahq_builder.open(work)
    face = tables.faces.iloc[0]
    assert server.get(f"/images/face/{face.face_id}").content == (work / face.path).read_bytes()
    thumbnail = Image.open(io.BytesIO(server.get(f"/images/thumbnail/{face.face_id}").content))
    assert thumbnail.size == (128, 128)
    original = Image.open(io.BytesIO(server.get(f"/images/original/{face.artwork_id}").content))
    assert original.size == (200, 200)


def test_a_queue_stays_as_it_was_while_it_is_worked_through(server: ReviewServer, work: Path):
    started = server.get("/api/queue", state="undecided", order="id").json()
    before = server.get(f"/api/queue/{started['key']}", offset=0, limit=100).json()
    server.post("/api/decisions", {"face_ids": [before[0]["face_id"]], "decision": "reject"})
    after = server.get(f"/api/queue/{started['key']}", offset=0, limit=100).json()
    assert [card["face_id"] for card in after] == [card["face_id"] for card in before]
    assert after[0]["decision"] == "reject"
    assert server.get("/api/queue", state="undecided").json()["total"] == started["total"] - 1
    server.post("/api/undo", {})


def test_an_unknown_queue_asks_the_page_to_start_again(server: ReviewServer):
    assert server.get("/api/queue/0123456789abcdef").status_code == 410


def points(face: Face, shift: float = 0.0) -> dict[str, list[float]]:
    names = ("eye_left", "eye_right", "mouth_left", "mouth_right")
    return {name: [float(getattr(face, name)[0]) + shift, float(getattr(face, name)[1])] for name in names}


def row_of(work: Path, face_id: str) -> Face:
    with Journal(work / "aahq.sqlite") as journal:
        return next(journal.select(Face, "face_id = ?", [face_id]))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_repair_changes_row_and_pixels_and_undo_brings_both_back(server: ReviewServer, work: Path):
    face_id = face_ids(work)[1]
    started = row_of(work, face_id)
    picture = work / str(started.path)
    assert server.post("/api/repair", {"face_id": face_id, "points": points(started, 0.5)}).status_code == 200
    assert server.post("/api/undo", {}).status_code == 200
    before, before_pixels = row_of(work, face_id), digest(picture)
    assert replace(before, crop_pixel_sha256=None) == started
    assert before.crop_pixel_sha256 == hash_of_pixels(np.asarray(Image.open(picture)))
    moved = points(before, 12)
    preview = server.post("/api/preview", {"face_id": face_id, "points": moved})
    assert digest(picture) == before_pixels, "a preview changes nothing"
    answer = server.post("/api/repair", {"face_id": face_id, "points": moved}).json()
    after = row_of(work, face_id)
    np.testing.assert_allclose(np.array(after.quad) - np.array(before.quad), [[12, 0]] * 4, atol=0.02)
    assert answer["face"]["quad"] == after.quad
    assert digest(picture) != before_pixels
    with Image.open(picture) as cut:
        assert cut.size == (64, 64)
    assert Image.open(io.BytesIO(preview.content)).size == (256, 256)
    server.post("/api/undo", {})
    assert row_of(work, face_id) == before
    assert digest(picture) == before_pixels


def test_a_bad_repair_is_refused_and_logs_nothing(server: ReviewServer, work: Path):
    face_id = face_ids(work)[2]
    before = len(aahq_builder.open(work).reviews)
    for bad in ({}, {"eye_left": [0, 0]}, points(row_of(work, face_id), 5000)):
        assert server.post("/api/repair", {"face_id": face_id, "points": bad}).status_code == 400
    assert len(aahq_builder.open(work).reviews) == before


def test_a_killed_server_loses_no_acknowledged_decision(tmp_path: Path):
    faces = make_build(tmp_path, portraits(8))
    with review_server(tmp_path) as server:
        for number, face in enumerate(faces[:5]):
            body = {"face_ids": [face.face_id], "decision": "reject" if number % 2 else "keep"}
            assert server.post("/api/decisions", body).status_code == 200
        server.process.kill()
    with review_server(tmp_path) as server:
        assert server.get("/api/session").json()["progress"]["decided"] == 5
        assert server.get("/api/queue", state="rejected").json()["total"] == 2


def test_a_repair_that_a_kill_cut_short_is_finished_at_the_next_start(tmp_path: Path):
    (face,) = make_build(tmp_path, portraits(1))
    with review_server(tmp_path) as server:
        server.post("/api/repair", {"face_id": face.face_id, "points": points(face, 9)})
        done, pixels = row_of(tmp_path, face.face_id), digest(tmp_path / str(face.path))
    with Journal(tmp_path / "aahq.sqlite") as journal:  # as if the kill had come between the log and the crop
        journal.update(Face, face.face_id, landmarks=face.landmarks, quad=face.quad)
    drawn_face(0).save(tmp_path / str(face.path))
    with review_server(tmp_path):
        pass
    assert row_of(tmp_path, face.face_id).quad == done.quad
    assert digest(tmp_path / str(face.path)) == pixels


def test_two_reviewers_and_their_dispute(server: ReviewServer, work: Path):
    face_id = face_ids(work)[4]
    server.post("/api/decisions", {"face_ids": [face_id], "decision": "keep", "reviewer": "anna"})
    server.post("/api/decisions", {"face_ids": [face_id], "decision": "reject", "reason": "blurred", "reviewer": "ben"})
    assert server.get("/api/queue", state="disputed").json()["total"] == 1
    log = server.get(f"/api/faces/{face_id}").json()["log"]
    assert [(row["reviewer"], row["decision"], row["reason"]) for row in log][-2:] == [
        ("anna", "keep", None),
        ("ben", "reject", "blurred"),
    ]
    with Journal(work / "aahq.sqlite") as journal:
        assert standing_of(journal, face_id).disputed
        assert journal.count(Review, "face_id = ?", [face_id]) == 3


def test_a_taken_port_is_one_sentence(server: ReviewServer, work: Path):
    port = server.base.rpartition(":")[2]
    words = [sys.executable, "-m", "aahq_builder", "review", "--work", str(work), "--port", port]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"--port {port} is taken" in done.stderr


def test_a_dry_run_serves_nothing(work: Path):
    words = [sys.executable, "-m", "aahq_builder", "review", "--work", str(work), "--dry-run"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    assert "would show 6 faces" in done.stdout


def test_a_list_of_faces_is_checked_before_anything_is_served(work: Path, tmp_path: Path):
    path = tmp_path / "faces.txt"
    words = [sys.executable, "-m", "aahq_builder", "review", "--work", str(work), "--dry-run", "--faces", str(path)]
    unknown = "met-0000000000000000-0"
    for lines, code, said in (
        ([*face_ids(work)[:2], unknown], 0, "1 of the 3 ids of --faces are no faces of this build"),
        ([unknown], 1, "none of the 1 ids of --faces is a face"),
    ):
        path.write_text("\n".join(lines))
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == code
        assert said in done.stderr
        assert ("would show 2 faces" in done.stdout) == (code == 0)


def test_after_two_hundred_decisions_likely_rejects_come_first(tmp_path: Path):
    faces = make_build(tmp_path, portraits(260))
    with Journal(tmp_path / "aahq.sqlite") as journal:
        # a curator who rejects what is not sharp; the drawn faces' sharpness is their number
        for start, decision in ((0, "reject"), (130, "keep")):
            for face in faces[start : start + 105]:
                decide(journal, [face.face_id], "anna", decision)
    with review_server(tmp_path) as server:
        started = server.get("/api/queue", order="expected", state="undecided").json()
        cards = server.get(f"/api/queue/{started['key']}", offset=0, limit=100).json()
        learned = server.get("/api/learning").json()
    unsharp = {face.face_id for face in faces[105:130]}
    assert {card["face_id"] for card in cards[:25]} == unsharp
    assert learned["ready"]
    assert learned["decisions"] == 210
    assert [result["trained_on"] for result in learned["agreement"]] == [200]
