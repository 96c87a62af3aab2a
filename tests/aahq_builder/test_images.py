"""What is wrong with a picture becomes the error of its row; faces become PNG."""

import io

import numpy as np
import pytest
from PIL import Image

from aahq_builder.errors import ADVICE, ErrorKind, ItemError
from aahq_builder.images import BACKGROUND, colour, decode, encode_png
from blendgan.data import decode as decoding
from blendgan.errors import PictureError, PictureFault


@pytest.mark.parametrize("fault", PictureFault)
def test_every_fault_of_a_picture_is_a_kind_of_error_with_advice(
    fault: PictureFault, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PictureError(fault, "the detail")

    monkeypatch.setattr(decoding, "decode", refuse)
    with pytest.raises(ItemError, match="the detail") as refusal:
        decode(b"")
    assert refusal.value.kind == fault
    assert ADVICE[ErrorKind(fault)]


def test_a_picture_of_a_row_is_decoded() -> None:
    content = io.BytesIO()
    Image.new("RGBA", (5, 4), (1, 2, 3, 0)).save(content, "PNG")
    assert (decode(content.getvalue()).pixels == BACKGROUND).all()
    assert (decode(content.getvalue(), background=colour("#fffefd")).pixels == (255, 254, 253)).all()


def test_our_png_is_lossless() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (33, 57, 3), dtype=np.uint8)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(encode_png(pixels)))), pixels)
