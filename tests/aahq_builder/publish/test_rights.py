"""No row without the right to it reaches pixels: random rows, policies and scopes, and the bytes of every format."""

import random
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from aahq_builder.cli import COMMANDS
from aahq_builder.journal import Journal
from aahq_builder.publish.config import PublishConfig
from aahq_builder.publish.rows import select
from aahq_builder.records import Artwork, Face
from aahq_builder.workdir import WorkDir
from blendgan.command import run

SCOPES = ("", "training", "pixels", "training, pixels", "Pixels;training", "pixels of others", "no pixels", "training+")
GRANTS_PIXELS = {"pixels", "training, pixels", "Pixels;training"}
FINDINGS = ("silent", "license", "noted", "opt_out", "forbidden", "unread", "platform_default")
READ = ("license", "tags", "page", "robots", "image_headers")
PERMISSION = {"signal": "permission", "finding": "permission"}
SIGNALS = st.one_of(
    st.fixed_dictionaries({"signal": st.sampled_from(READ), "finding": st.sampled_from(FINDINGS)}),
    st.sampled_from([{**PERMISSION, "scope": scope} for scope in SCOPES]),
    st.just({"signal": "local_folder", "finding": "permission"}),
)
WORKS = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["met", "folder", "html", "artstation", "urls"]),
        "status": st.sampled_from(["fetched"] * 4 + ["denied", "removed", "failed", "found"]),
        "rights": st.sampled_from(["open", "open", "permitted", "permitted", "research", "unknown", "denied", None]),
        "license": st.sampled_from([None, "CC0-1.0", "CC-BY-4.0", "LicenseRef-mine"]),
        "rights_evidence": st.one_of(st.none(), st.just([]), st.lists(SIGNALS, min_size=1, max_size=3)),
    }
)
SETTINGS = st.fixed_dictionaries(
    {
        "format": st.sampled_from(["parquet", "imagefolder"]),
        "license": st.sampled_from([None, "CC-BY-4.0"]),
        "include_research": st.booleans(),
        "split_share": st.sampled_from([0.0, 0.5]),
    }
)


def fill(work: Path, works: list[dict[str, Any]], rejected: list[int]) -> None:
    """A face of its own colour for each of these works."""
    (work / "faces").mkdir(parents=True)
    point, square = [0.0, 0.0], [[0.0, 0.0]] * 4
    points = dict.fromkeys(("eye_left", "eye_right", "mouth_left", "mouth_right"), point)
    with Journal(WorkDir(work).database) as journal, journal.transaction():
        for number, facts in enumerate(works):
            artwork_id = f"{facts['source']}-{number:016x}"
            path = f"faces/{artwork_id}-0.png"
            pixels = np.random.default_rng(number).integers(0, 256, (16, 16, 3), np.uint8)
            Image.fromarray(pixels).save(work / path)
            face = Face(
                face_id=f"{artwork_id}-0", artwork_id=artwork_id, detector="d", landmark_model="l", confidence=1.0,
                path=path, landmarks=[point] * 68, quad=square, face_px=16.0, pad_fraction=0.0, **points,
                rejected="blur" if number in rejected else "",
            )  # fmt: skip
            url = f"https://x.example/{number}"
            journal.insert([Artwork(artwork_id=artwork_id, source_id=str(number), image_url=url, **facts), face])


def may_show(work: Mapping[str, Any], own_license: str | None) -> bool:
    """Said anew, by what is forbidden: the first thing that is wrong with a work keeps its pixels in."""
    signals = work["rights_evidence"] or []
    findings = [signal["finding"] for signal in signals]
    scopes = [signal.get("scope") for signal in signals if signal["signal"] == "permission"]
    if work["status"] != "fetched" or not signals:
        return False
    if {"opt_out", "forbidden", "unread"} & set(findings) or (
        "platform_default" in findings and "permission" not in findings
    ):
        return False
    if work["rights"] == "open":
        return work["license"] is not None
    if work["rights"] != "permitted":
        return False
    stated = own_license or work["license"]
    return bool(stated) if work["source"] == "folder" else bool(GRANTS_PIXELS & set(scopes))


@settings(max_examples=40, deadline=None)
@given(st.lists(WORKS, min_size=1, max_size=12), SETTINGS, st.sets(st.integers(0, 11), max_size=3))
def test_pixels_are_chosen_for_exactly_the_works_with_the_right_to_them(
    works: list[dict[str, Any]], flags: dict[str, Any], rejected: set[int]
):
    folder = Path(tempfile.mkdtemp())
    try:
        fill(folder, works, sorted(rejected))
        config = PublishConfig(work=folder, content="pixels", **flags)
        with Journal(WorkDir(folder).database) as journal:
            selection = select(journal, config, folder)
    finally:
        shutil.rmtree(folder)
    shown = {int(row.artwork_id.rpartition("-")[2], 16) for row in selection.with_pixels}
    assert shown == {n for n, work in enumerate(works) if n not in rejected and may_show(work, flags["license"])}
    rows = {int(row.artwork_id.rpartition("-")[2], 16) for row in selection.rows}
    assert not [n for n in rows if works[n]["rights"] == "research" and not flags["include_research"]]
    assert not [n for n in rows if not works[n]["rights_evidence"] or works[n]["status"] != "fetched"]
    assert len(rows) + selection.left_out.total() == len(works) - len([n for n in rejected if n < len(works)])


@pytest.mark.parametrize("form", ["parquet", "imagefolder", "webdataset", "stylegan-zip"])
def test_the_bytes_of_a_release_hold_no_face_without_the_right_to_it(tmp_path: Path, form: str):
    draw = random.Random(3)
    good = {"source": "met", "status": "fetched", "rights": "open", "license": "CC0-1.0"}
    silent = {"signal": "tags", "finding": "silent"}
    spoiled = [
        {"rights_evidence": None},
        {"rights_evidence": [silent, {"signal": "page", "finding": "opt_out"}]},
        {"rights": "research", "license": None},
        {"rights": "permitted", "rights_evidence": [{**PERMISSION, "scope": "training"}]},
        {"status": "removed"},
    ]
    works = [{"rights_evidence": [silent], **good} | draw.choice([{}, *spoiled]) for _ in range(30)]
    fill(tmp_path / "work", works, [])
    flags = [
        "--work",
        str(tmp_path / "work"),
        "--to",
        str(tmp_path / "out"),
        "--content",
        "pixels",
        "--include-research",
    ]
    assert run("aahq-build publish", COMMANDS["publish"], [*flags, "--format", form, "--quiet"]) == 0
    released = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    found = {n for n in range(30) if (tmp_path / "work" / "faces" / f"met-{n:016x}-0.png").read_bytes() in released}
    assert found == {n for n, work in enumerate(works) if may_show(work, None)}
    assert 0 < len(found) < 30
