"""Boxes of the package's own network on a drawn face."""

from pathlib import Path

import numpy as np
import pytest

from aahq_builder.align.detectors.fan_s3fd import FanS3fd
from tests.fan_files import BOX_PX, QUAD_PX, draw_marked_face, write_fan_files


def test_a_drawn_face_has_its_box_and_an_empty_picture_none(tmp_path: Path) -> None:
    folder = write_fan_files(tmp_path)
    detector = FanS3fd(next(folder.glob("s3fd-*")), "cpu", 0.5)
    picture = np.zeros((200, 240, 3), dtype=np.uint8)
    assert detector.detect(picture) == []
    draw_marked_face(picture, (120, 90))
    (found,) = detector.detect(picture)
    assert found.side == pytest.approx(BOX_PX)
    # somewhere in the white nose, which lies below the middle of the crop
    assert np.hypot(*(found.centre - np.array([120, 90 + 0.085 * QUAD_PX]))) < 8
    assert 0.99 < found.score <= 1
