"""A release on the Hub over real HTTP: killed and resumed, gated, verified, edited by people, corrected, withdrawn."""

import hashlib
import io
import json
import subprocess
import time
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from aahq_builder.cli import COMMANDS
from blendgan.command import run
from tests.aahq_builder.on_the_hub import READER, STRANGER, environment, words_of
from tests.drawn_build import Portrait, make_build, portraits
from tests.fake_hub import Hub, fake_hub, is_large

REPO = "org/faces"
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning")
"""`huggingface_hub` sends large files in a way that `httpx` will give up."""


def aahq(name: str, *words: object) -> int:
    return run(f"aahq-build {name}", COMMANDS[name], list(map(str, words)))


def publish(work: Path, *words: object) -> int:
    return aahq("publish", "--work", work, "--repo-id", REPO, "--quiet", *words)


def uploaded(hub: Hub) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in hub.files.items()}


def tree(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def artists(hub: Hub) -> Counter[str]:
    """Whose faces the current revision holds, in all Parquet files together."""
    found: Counter[str] = Counter()
    for name, content in hub.files.items():
        if name.endswith(".parquet"):
            found.update(pq.read_table(io.BytesIO(content), columns=["artist"]).column("artist").to_pylist())
    return found


@pytest.mark.slow
def test_a_killed_upload_goes_on_where_it_stopped(tmp_path: Path) -> None:
    make_build(tmp_path / "work", portraits(12))
    words = words_of(
        "publish", "--work", tmp_path / "work", "--repo-id", REPO, "--content", "pixels", "--format", "imagefolder"
    )
    with fake_hub() as hub:
        hub.stall_after = 5
        process = subprocess.Popen(words, env=environment(hub, tmp_path), stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 300
        while len(hub.sent) < 5 and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.05)
        process.kill()
        process.wait()
        assert len(hub.sent) == 5
        assert (hub.files, hub.private) == ({}, True), "nobody sees half a release"
        hub.stall_after = None
        done = subprocess.run(words, env=environment(hub, tmp_path), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert Counter(hub.sent).most_common(1)[0][1] == 1, "nothing was sent twice"
        assert uploaded(hub) == (released := tree(tmp_path / "work" / "release"))
        assert len(hub.sent) == sum(map(is_large, released)) > 12
        assert "hf_test" not in done.stdout + done.stderr
    assert b"hf_test" not in (tmp_path / "work" / "aahq.sqlite").read_bytes()


@pytest.mark.slow
def test_pixels_go_behind_a_gate_and_are_verified_before_they_are_public(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_build(tmp_path / "work", portraits(6))
    hub.commit({".gitattributes": b"*.parquet lfs", "data/urls/train-00001-of-00002.parquet": b"of an older version"})
    assert publish(tmp_path / "work", "--content", "pixels", "--public") == 0
    said = [(verb, value) for verb, _, value in hub.calls]
    assert said[0][1]["visibility"] == "private"
    assert said[1:] == [
        ("PUT", {"gated": "auto"}),
        ("COMMIT", "Publish pixels"),
        ("PUT", {"visibility": "public"}),
    ]
    assert hub.deleted == ["data/urls/train-00001-of-00002.parquet"]
    assert set(uploaded(hub)) - set(tree(tmp_path / "work" / "release")) == {".gitattributes"}
    hub.readers.add(READER)
    assert load(READER) == 6
    with pytest.raises(Exception, match=r"(?i)gated|access|authenticated"):
        load(STRANGER)
    commits = len(hub.commits)
    assert publish(tmp_path / "work", "--content", "pixels") == 0
    assert len(hub.commits) == commits, "nothing has changed, so there is nothing to commit"
    assert (hub.private, hub.gated) == (False, "auto"), "what was not asked for stays"


def load(token: str) -> int:
    from datasets import load_dataset

    rows = load_dataset(REPO, "pixels", split="train", streaming=True, token=token)
    return sum(row["image"].size == (64, 64) for row in rows)


@pytest.mark.slow
def test_what_a_reader_cannot_read_is_not_made_public(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_build(tmp_path / "work", portraits(2))

    def spoiled(files: dict[str, bytes]) -> object:
        damaged = {name: b"PAR1" if name.endswith(".parquet") else content for name, content in files.items()}
        return commit(damaged)

    commit = hub.commit
    monkeypatch.setattr(hub, "commit", spoiled)
    assert publish(tmp_path / "work", "--public") == 1
    assert "does not hold what was uploaded (data/urls/" in capsys.readouterr().err
    assert hub.private


@pytest.mark.slow
def test_peoples_words_stay_and_a_takedown_reaches_the_current_revision(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    make_build(work, [*portraits(4), Portrait(7, artist="Jane Doe", title="Sitter of hers")])
    assert publish(work, "--content", "pixels", "--title", "First") == 0
    card = hub.files["README.md"].decode() + "\n## Thanks\n\nTo Jane Doe and the museum.\n"
    hub.commit({**hub.files, "README.md": card.encode(), "cover.txt": b"a person's own file"})
    assert publish(work, "--content", "pixels", "--title", "Second") == 0
    card = hub.files["README.md"].decode()
    assert "# Second" in card and "First" not in card and "To Jane Doe and the museum." in card
    assert artists(hub)["Jane Doe"] == 2, "in urls and in pixels"

    monkeypatch.delenv("HF_TOKEN")
    capsys.readouterr()
    assert aahq("takedown", "artist:Jane Doe", "--work", work) == 1
    assert "hf://datasets/org/faces" in (error := capsys.readouterr().err) and "HF_TOKEN" in error
    assert artists(hub)["Jane Doe"] == 2, "the Hub could not be reached"

    monkeypatch.setenv("HF_TOKEN", "hf_test")
    assert aahq("takedown", "artist:Jane Doe", "--work", work) == 0
    assert "super_squash_history('org/faces'" in capsys.readouterr().err
    assert "Jane Doe" not in artists(hub) and artists(hub).total() == 8
    assert b'load_dataset("org/faces", "pixels"' in hub.files["README.md"]
    files = {name: content for name, content in hub.files.items() if not name.endswith(".parquet")}
    assert not [name for name, content in files.items() if b"Jane" in content or b"Sitter of hers" in content]
    assert b"To [removed] and the museum." in hub.files["README.md"]
    assert hub.files["cover.txt"] == b"a person's own file"
    assert set(uploaded(hub).items()) >= set(tree(work / "release").items())
    assert b"Jane" in hub.commits[-2].files["README.md"], "history is the owner's to delete"


@pytest.mark.slow
def test_a_release_that_lies_on_the_hub_only_is_corrected_and_the_last_row_withdraws_it(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work = tmp_path / "work"
    make_build(work, [Portrait(0, artist="Jane Doe"), Portrait(1, artist="Mary Moe")])
    assert publish(work, "--content", "pixels") == 0
    assert aahq("publish", "--work", work, "--quiet") == 0  # in the same place, and not uploaded
    assert aahq("takedown", "artist:Jane Doe", "--work", work) == 0
    assert artists(hub) == {"Mary Moe": 2}
    assert b'load_dataset("org/faces", "pixels"' in hub.files["README.md"]
    assert json.loads(hub.files["release.json"])["settings"]["content"] == "pixels"
    assert list(work.glob(".tmp-*")) == []
    hub.commit({**hub.files, "cover.txt": b"a person's own file"})
    assert aahq("takedown", "artist:Mary Moe", "--work", work) == 0
    assert set(hub.files) == {"cover.txt"}


@pytest.mark.slow
@pytest.mark.parametrize("token", ["hf_stranger", ""])
def test_who_may_not_write_is_told_so_in_one_sentence(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    make_build(tmp_path / "work", portraits(1))
    monkeypatch.setenv("HF_TOKEN", token)
    assert publish(tmp_path / "work") == 1
    error = capsys.readouterr().err
    assert "Traceback" not in error
    assert "the release itself is complete" in error if token else "HF_TOKEN" in error
    assert hub.commits[0] is hub.commits[-1]


@pytest.mark.slow
def test_two_revisions_are_compared_by_their_names(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_build(tmp_path / "work", portraits(3))
    commits = []
    for limit in (2, 3):
        assert aahq("publish", "--work", tmp_path / "work", "--limit", limit, "--quiet") == 0
        files = tree(tmp_path / "work" / "release")
        commits.append(hub.commit({name: (tmp_path / "work" / "release" / name).read_bytes() for name in files}))
    capsys.readouterr()
    assert aahq("diff", f"{REPO}@{commits[0].oid}", REPO) == 0
    assert "3 rows: 1 added, 0 removed, 0 changed" in capsys.readouterr().out
    hub.private = True
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("HF_TOKEN")
        assert aahq("diff", REPO, REPO) == 1
    assert "there is no dataset org/faces on the Hub, or it is private" in capsys.readouterr().err
