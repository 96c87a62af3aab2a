"""Which faces a card may show, and that the numbers lead to the right ones."""

import dataclasses
import io
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from aahq_builder.publish.card.contact_sheet import MARGIN_PX, MOST_FACES, TILE_PX, choose, contact_sheet, draw
from aahq_builder.publish.card.summary import SummedRow
from aahq_builder.publish.rows import ReleaseRow
from tests.drawn_build import drawn_face

ROW = SummedRow("met-1-0", "dlib", "dlib-68", 100.0, "met-1", "met", "Ann", "1665", "CC0-1.0", "open", None, True)
OPEN = {"CC0-1.0", "LicenseRef-PDM", "CC-BY-SA-4.0", "GPL-2.0-or-later"}
LICENSES = [None, *OPEN, "CC-BY-NC-4.0", "CC-BY-ND-4.0", "LicenseRef-mine", "LicenseRef-no-known-copyright"]
rows_of_any_kind = st.lists(
    st.builds(
        SummedRow,
        *(st.integers(0, 10**6).map(lambda n: f"met-{n}-0"), st.just("dlib"), st.just("dlib-68"), st.just(100.0)),
        *(st.just("met-1"), st.sampled_from(["met", "html", "folder"]), st.sampled_from(["Ann", "Ben", None])),
        *(st.none(), st.sampled_from(LICENSES), st.sampled_from(["open", "permitted", "research"])),
        *(st.none(), st.booleans()),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(rows_of_any_kind)
def test_only_faces_with_pixels_under_open_licences_are_shown(rows: list[SummedRow]):
    shown = choose(rows)
    assert len(shown) <= MOST_FACES
    for row in shown:
        assert row.has_pixels
        assert row.license in OPEN or (row.license == "LicenseRef-no-known-copyright" and row.rights == "open")
    may = [row for row in rows if row.has_pixels and row.license in OPEN]
    assert len(shown) >= min(len(may), MOST_FACES)


def test_every_source_and_artist_has_its_turn():
    many = [dataclasses.replace(ROW, face_id=f"met-{n:02}-0") for n in range(50)]
    others = [dataclasses.replace(ROW, face_id="met-99-0", artist="Ben"), dataclasses.replace(ROW, source="smk")]
    shown = choose([*many, *others])
    assert {row.source for row in shown[:2]} == {"met", "smk"}
    assert {row.artist for row in shown[:3]} == {"Ann", "Ben"}


def test_a_face_stands_over_its_number():
    faces = [np.asarray(drawn_face(number, TILE_PX)) for number in range(11)]
    sheet = np.asarray(Image.open(io.BytesIO(draw(faces))), dtype=float)
    wide, high = (sheet.shape[1] - MARGIN_PX) // 8, (sheet.shape[0] - MARGIN_PX) // 2
    for index in range(len(faces)):
        left, top = MARGIN_PX + index % 8 * wide, MARGIN_PX + index // 8 * high
        tile = sheet[top : top + TILE_PX, left : left + TILE_PX]
        distances = [np.abs(tile - other).mean() for other in faces]
        assert int(np.argmin(distances)) == index
        assert distances[index] < 4, "no more than JPEG's error"
        assert (sheet[top + TILE_PX : top + TILE_PX + 14, left : left + TILE_PX] < 128).any(), "a number below"


def test_a_face_that_cannot_be_read_is_left_out_with_its_credit(tmp_path: Path):
    drawn_face(0).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_text("no picture")
    rows = [dataclasses.replace(ROW, face_id=name) for name in ("bad", "good")]
    released = {
        row.face_id: ReleaseRow(row.face_id, tmp_path / f"{row.face_id}.png", lambda name: {"id": name}) for row in rows
    }
    sheet, shown = contact_sheet(rows, released)
    assert [facts["id"] for facts in shown] == ["good"]
    assert Image.open(io.BytesIO(sheet)).width == TILE_PX + 2 * MARGIN_PX
    assert contact_sheet([], {}) == (b"", [])
