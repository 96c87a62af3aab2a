"""Whatever is wrong with an upload is said so that a visitor understands it, and addresses are no uploads."""

import asyncio

import gradio as gr
import numpy as np
import pytest

from blendgan.demo.uploads import FAULTS, MOST_FACES, find_faces, only_uploads, read_style
from blendgan.errors import PictureError, PictureFault, UserError
from tests.demo_server import png, ramps, squares


@pytest.mark.parametrize("fault", PictureFault)
def test_every_fault_has_a_sentence_that_asks_for_another_try(fault: PictureFault) -> None:
    def broken(content: bytes) -> list[np.ndarray]:
        raise PictureError(fault, "technical words")

    with pytest.raises(UserError, match="Please") as told:
        find_faces(b"", broken)
    assert str(told.value) == FAULTS[fault]
    assert "technical" not in str(told.value)


def test_a_style_is_read_by_the_decoder_and_no_face_is_no_fault() -> None:
    assert np.array_equal(read_style(png(ramps(2))), ramps(2))
    with pytest.raises(UserError, match="not a picture"):
        read_style(b"<svg onload=alert(1)".replace(b"<svg", b"text"))
    with pytest.raises(UserError, match="No face was found"):
        find_faces(png(np.zeros((9, 9, 3), dtype=np.uint8)), squares)
    assert len(find_faces(png(ramps(MOST_FACES + 3, side=8)), squares)) == MOST_FACES


class Component:
    """The one method of `gr.File` that brings files into the cache."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def async_move_resource_to_block_cache(self, place: str) -> str:
        """Remember what would have been opened or fetched."""
        self.taken.append(place)
        return place


def test_an_address_in_place_of_a_file_is_not_fetched() -> None:
    component = Component()
    only_uploads(component)
    for address in ("http://192.0.2.1/face.png", "HTTPS://a.example/face.png", "file:///etc/hostname"):
        with pytest.raises(gr.Error, match="upload the file itself"):
            asyncio.run(component.async_move_resource_to_block_cache(address))
    assert component.taken == []
    assert asyncio.run(component.async_move_resource_to_block_cache("/cache/face.png")) == "/cache/face.png"
    assert callable(gr.File.async_move_resource_to_block_cache), "the name is still Gradio's"
