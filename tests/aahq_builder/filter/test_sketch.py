import numpy as np
import pytest

from aahq_builder.filter.sketch import Sketch, describe, mirror_descriptor, sketch_face, sketch_work
from tests.aahq_builder.filter.build import aligned_of, draw_portrait

FACE = aligned_of(draw_portrait(2))


def stripes(degrees: float, size: int = 128, period: float = 16.0) -> np.ndarray:
    """A plane wave whose slope points in this direction (0 is to the right, 90 down)."""
    rows, columns = np.indices((size, size))
    phase = (columns * np.cos(np.radians(degrees)) + rows * np.sin(np.radians(degrees))) * 2 * np.pi / period
    return np.repeat((127 + 100 * np.sin(phase))[..., None], 3, axis=2).astype(np.uint8)


@pytest.mark.parametrize("direction", range(8))
def test_a_plane_wave_fills_the_bin_of_its_direction(direction: int) -> None:
    descriptor = describe(stripes(direction * 22.5))
    assert (descriptor.argmax(axis=2) == direction).all()


def test_the_opposite_slope_is_the_same_direction() -> None:
    assert np.abs(describe(stripes(30.0)).astype(int) - describe(stripes(210.0))).max() <= 30
    assert (describe(stripes(30.0)).argmax(axis=2) == describe(stripes(210.0)).argmax(axis=2)).all()


def test_mirroring_a_descriptor_is_describing_the_mirror() -> None:
    expected = describe(FACE[:, ::-1]).astype(int)
    assert np.abs(mirror_descriptor(describe(FACE)) - expected).max() <= 1


def test_mirroring_twice_changes_nothing() -> None:
    assert (mirror_descriptor(mirror_descriptor(describe(FACE))) == describe(FACE)).all()


def test_permuting_the_channels_leaves_magnitude_and_directions() -> None:
    one, other = sketch_work(FACE), sketch_work(FACE[:, :, [1, 2, 0]])
    assert np.abs(one.magnitude.astype(int) - other.magnitude).max() <= 1
    assert np.abs(one.descriptor.astype(int) - other.descriptor).max() <= 1


def test_a_blank_picture_has_no_gradients() -> None:
    sketch = sketch_face(np.full((64, 64, 3), 77, np.uint8))
    assert (sketch.magnitude == 0).all()
    assert (sketch.descriptor == 0).all()
    assert (sketch.colours == 77).all()


def test_a_sketch_is_stored_and_read_back_whole() -> None:
    sketch = sketch_face(FACE)
    stored = sketch.to_bytes()
    back = Sketch.from_bytes(stored)
    assert len(stored) == 4 * 4 * 8 + 32 * 32 * 3 + 64 * 64
    assert (back.magnitude == sketch.magnitude).all()
    assert (back.descriptor == sketch.descriptor).all()
    assert (back.colours == sketch.colours).all()
