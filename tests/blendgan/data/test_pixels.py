import numpy as np
import torch
from torch.testing import assert_close

from blendgan.data.pixels import area_averaged, resize, to_pixels, to_signed


def test_pixels_survive_the_way_to_floats_and_back():
    pixels = torch.arange(256, dtype=torch.uint8).repeat(3, 1)[:, None]
    assert to_signed(pixels).aminmax() == (-1, 1)
    assert torch.equal(to_pixels(to_signed(pixels)), pixels)
    assert to_pixels(torch.full((3, 1, 1), 7.0)).unique().tolist() == [255]


def test_averages_over_areas_are_those_of_the_pixels_below():
    pixels = np.random.default_rng(0).integers(0, 256, (12, 20, 3), dtype=np.uint8)
    expected = pixels.reshape(3, 4, 5, 4, 3).mean(axis=(1, 3))
    assert np.abs(area_averaged(pixels, 5, 3) - expected).max() <= 1  # Pillow rounds once per direction
    square = torch.from_numpy(pixels[:, :12]).permute(2, 0, 1).float()
    assert_close(resize(square, 3), torch.from_numpy(expected[:, :3]).permute(2, 0, 1).float())


def test_a_picture_of_the_size_asked_for_keeps_every_pixel():
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    assert np.array_equal(area_averaged(pixels, 8, 8), pixels)
