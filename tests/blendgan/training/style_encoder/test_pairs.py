import torch

from blendgan.training.parallel.distributed import World
from blendgan.training.style_encoder.config import StyleEncoderSettings
from blendgan.training.style_encoder.pairs import CachedPairs, StyledGrams

SETTINGS = StyleEncoderSettings(batch=6)
WORLD = World(torch.device("cpu"))


def test_a_pair_is_two_different_views_of_the_same_picture():
    grams = torch.arange(5.0)[:, None, None] * 10 + torch.arange(3.0)[None, :, None]
    for pair in CachedPairs(grams, SETTINGS, 0, WORLD).stream(0, 20):
        assert torch.equal(pair.first.div(10).floor(), pair.second.div(10).floor())
        assert (pair.first != pair.second).all()


def test_with_styles_one_view_of_each_picture_comes_with_its_style():
    grams = torch.arange(5.0)[:, None, None] * 10 + torch.arange(3.0)[None, :, None]
    styles = torch.tensor([4, 4, 0, 0, 4])
    for batch in CachedPairs(grams, SETTINGS, 0, WORLD, styles).stream(0, 20):
        assert isinstance(batch, StyledGrams)
        assert torch.equal(batch.styles, styles[batch.first.flatten().div(10).long()])
