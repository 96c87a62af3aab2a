from dataclasses import replace

import pytest
import torch

from blendgan.console import Console
from blendgan.data.folder import ImageFolder
from blendgan.data.stream import read_batch
from blendgan.data.views import crops
from blendgan.networks.style_encoder import GramFeatures, StyleEncoderConfig
from blendgan.networks.symmetric_gram import DistinctEntries
from blendgan.training.parallel.distributed import World
from blendgan.training.style_encoder.config import Positives, StyleEncoderSettings
from blendgan.training.style_encoder.pairs import CachedPairs, FreshPairs, StyledGrams, view_grams, views_of

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


def test_with_styles_pictures_are_shown_as_they_are_or_mirrored(heads: ImageFolder):
    """Computed once or at every step: no view is turned, shifted or zoomed, which would blur strokes."""
    extractor = GramFeatures(StyleEncoderConfig(image_size=heads.size, taps=("relu1_2",)))
    entries = DistinctEntries(extractor.config.widths)
    images = read_batch(heads, range(len(heads)))
    expected = [entries.of(extractor(view)) for view in (images, images.flip(3))]
    grams = view_grams(extractor, heads, 2, 0, Console(verbosity=-1), positives="folder")
    torch.testing.assert_close(grams.float(), torch.stack(expected, dim=1), rtol=0.01, atol=0.01)  # kept in bf16
    styles = torch.arange(len(heads)) % 2
    (batch,) = FreshPairs(heads, extractor, SETTINGS, WORLD, seed=0, styles=styles).stream(0, 1)
    known = torch.cat(expected)
    distances = torch.cdist(batch.first, known)
    assert distances.min(dim=1).values.max() < 1e-3 * torch.pdist(known).median()


@pytest.mark.parametrize("cached", [True, False])
def test_crops_are_read_at_their_own_scale(heads: ImageFolder, cached: bool):
    """Computed once or at every step: every vector is that of a square of half the side, cut out somewhere."""
    half = heads.size // 2
    extractor = GramFeatures(StyleEncoderConfig(image_size=half, taps=("relu1_2",)))
    entries = DistinctEntries(extractor.config.widths)
    places = torch.cartesian_prod(torch.arange(half + 1), torch.arange(half + 1), torch.arange(2))
    picture = read_batch(heads, [0])
    cut = crops(picture.expand(len(places), -1, -1, -1), places)
    every = torch.cat([entries.of(extractor(some)) for some in torch.split(cut, 64)])
    whole = GramFeatures(StyleEncoderConfig(image_size=heads.size, taps=("relu1_2",)))
    if cached:
        (found, _) = view_grams(whole, heads, 2, 0, Console(verbosity=-1), positives="crops")[0].float()
    else:
        one = replace(heads, paths=heads.paths[:1])
        settings = replace(SETTINGS, batch=1, positives="crops")
        (pair,) = FreshPairs(one, whole, settings, WORLD, seed=0).stream(0, 1)
        found = pair.first[0]  # type: ignore[union-attr]
    nearest = torch.cdist(found[None], every).min()
    assert nearest < 0.02 * torch.cdist(entries.of(whole(picture)), every).median()


@pytest.mark.parametrize("positives", ["views", "crops"])
def test_several_processes_see_the_views_that_one_would_have_seen(positives: Positives):
    images = torch.rand(6, 3, 16, 16)
    alone = views_of(images, positives, 2, 7, WORLD)
    assert not torch.equal(alone[0], alone[1])
    for rank in range(2):
        shared = views_of(images[rank::2], positives, 2, 7, World(torch.device("cpu"), rank, 2))
        for view, expected in zip(shared, alone, strict=True):
            torch.testing.assert_close(view, expected[rank::2])
