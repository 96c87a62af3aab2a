import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from blendgan.checkpoints.store import load_style_encoder
from blendgan.console import Console
from blendgan.data.folder import ImageFolder
from blendgan.losses.contrastive import nt_xent
from blendgan.networks.style_encoder import StyleEncoder, StyleEncoderConfig
from blendgan.networks.symmetric_gram import learn_from_distinct_entries
from blendgan.training.engine.learner import Learner
from blendgan.training.parallel.distributed import World
from blendgan.training.style_encoder.config import StyleEncoderSettings
from blendgan.training.style_encoder.pairs import CachedPairs, FreshPairs, GramPair, view_grams
from blendgan.training.style_encoder.trainer import (
    StyleEncoderTrainer,
    diagnostics,
    fold_into_first_layer,
    standardise,
)
from tests.blendgan.training.small import DIM, SIZE, assert_same

SETTINGS = StyleEncoderSettings(
    steps=4, batch=6, size=SIZE, taps=("relu1_2",), latent_dim=DIM, temperature=0.5, cached_views=3
)
WORLD = World(torch.device("cpu"))
TINY = 1e-30
STYLES = torch.arange(12) // 6


def make_encoder() -> StyleEncoder:
    torch.manual_seed(0)
    shapes = StyleEncoderConfig(image_size=SIZE, taps=SETTINGS.taps, latent_dim=DIM)
    return StyleEncoder(shapes).requires_grad_(False)


def make_trainer(heads: ImageFolder, cached: bool = True, styles: Tensor | None = None) -> StyleEncoderTrainer:
    encoder = make_encoder()
    if cached:
        grams = view_grams(encoder.gram, heads, 3, 0, Console(verbosity=-1))
        return StyleEncoderTrainer(encoder, CachedPairs(grams, SETTINGS, 0, WORLD, styles), SETTINGS, WORLD)
    fresh = FreshPairs(heads, encoder.gram, SETTINGS, WORLD, seed=0, styles=styles)
    return StyleEncoderTrainer(encoder, fresh, SETTINGS, WORLD)


def train(trainer: StyleEncoderTrainer, first: int, last: int) -> list[float]:
    pairs = enumerate(trainer.stream(first, last), first)
    return [float(trainer.step(step, pair, (0, step))["contrastive/loss"]) for step, pair in pairs]


def test_the_loss_falls_and_vgg_stays(heads: ImageFolder):
    trainer = make_trainer(heads)
    before = copy.deepcopy(trainer.encoder.gram.state_dict())
    losses = train(trainer, 0, 60)
    assert sum(losses[-10:]) < 0.7 * sum(losses[:10])
    assert_same(trainer.encoder.gram.state_dict(), before)


def test_codes_come_to_tell_styles_apart_and_pictures_no_longer():
    encoder = make_encoder()
    grams = torch.rand(12, 3, encoder.config.distinct_dim)
    grams[STYLES == 1, :, :200] += 1.0
    trainer = StyleEncoderTrainer(encoder, CachedPairs(grams, SETTINGS, 0, WORLD, STYLES), SETTINGS, WORLD)
    same = STYLES[:, None] == STYLES[None, :]

    def mean_cosines() -> tuple[float, float]:
        codes = nn.functional.normalize(trainer.codes(grams[:, 0]).detach(), dim=1)
        cosines = codes @ codes.T
        return float(cosines[same].mean()), float(cosines[~same].mean())

    within, between = mean_cosines()
    assert within - between < 0.2
    train(trainer, 0, 120)
    within, between = mean_cosines()
    assert within > 0.7
    assert between < 0.1


@pytest.mark.parametrize("styles", [None, STYLES], ids=["views", "folder"])
@pytest.mark.parametrize("cached", [True, False])
def test_two_and_two_steps_equal_four_with_stored_and_with_fresh_views(
    heads: ImageFolder, cached: bool, styles: Tensor | None
):
    straight = make_trainer(heads, cached, styles)
    train(straight, 0, 4)
    first, second = (make_trainer(heads, cached, styles) for _ in range(2))
    train(first, 0, 2)
    second.load_state(copy.deepcopy(first.state()))
    train(second, 2, 4)
    assert_same(second.state(), straight.state())


class WholeVectors:
    """The trainer as it was: its first layer on whole Gram vectors, PyTorch's Adam with a first moment."""

    def __init__(self, twin: StyleEncoderTrainer) -> None:
        self.twin, encoder = twin, make_encoder()
        self.mlp = encoder.mlp.requires_grad_().double()
        trained = nn.ModuleDict({"mlp": self.mlp, "head": copy.deepcopy(twin.head)})
        optimizer = torch.optim.Adam(trained.parameters(), lr=SETTINGS.learning_rate, betas=(0.0, 0.99), eps=TINY)
        self.learner = Learner(trained, optimizer, WORLD)
        expanded = twin.entries.expanded
        self.mean, self.deviation = expanded(twin.gram_mean), expanded(twin.gram_deviation)

    def codes(self, grams: Tensor) -> Tensor:
        standardised = (self.twin.entries.expanded(grams) - self.mean) / self.deviation
        return nn.Sequential(*self.mlp)(standardised.double())

    def step(self, pair: GramPair) -> None:
        first, second = (self.learner.network["head"](self.codes(some)) for some in (pair.first, pair.second))
        self.learner.zero()
        self.learner.backward(nt_xent(first, second, SETTINGS.temperature))
        self.learner.step()

    def state(self) -> dict[str, object]:
        return {"learner": self.learner.state(), "gram_mean": self.mean, "gram_deviation": self.deviation}


def exact(trainer: StyleEncoderTrainer) -> StyleEncoderTrainer:
    """In double precision, and with an epsilon that does not tell a gradient from its multiples."""
    trainer.trained.double()
    for group in trainer.learner.optimizer.param_groups:
        group["eps"] = TINY
    return trainer


def test_distinct_entries_learn_what_whole_vectors_learned_and_go_on_from_their_checkpoints(heads: ImageFolder):
    ours, resumed = exact(make_trainer(heads)), exact(make_trainer(heads))
    theirs = WholeVectors(ours)
    for step, pair in enumerate(ours.stream(0, 6)):
        torch.testing.assert_close(ours.codes(pair.first), theirs.codes(pair.first), rtol=1e-4, atol=1e-4)
        if step == 3:
            resumed.load_state(copy.deepcopy(theirs.state()))
            exact(resumed)
        if step >= 3:
            torch.testing.assert_close(resumed.codes(pair.first), theirs.codes(pair.first), rtol=1e-4, atol=1e-4)
            resumed.step(step, pair, (0, step))
        ours.step(step, pair, (0, step))
        theirs.step(pair)


class NotAsked:
    """Pairs that nobody may look at."""

    def stream(self, first_step: int, num_steps: int) -> Iterator[GramPair]:
        raise AssertionError("a run that resumes looked at pictures before its checkpoint")


def test_a_run_that_resumes_takes_shift_and_scale_from_its_checkpoint(heads: ImageFolder):
    first = make_trainer(heads)
    resumed = StyleEncoderTrainer(make_encoder(), NotAsked(), SETTINGS, WORLD, resumes=True)
    resumed.load_state(copy.deepcopy(first.state()))
    assert_same(resumed.state(), first.state())


def test_the_exported_encoder_gives_the_trained_codes_up_to_shift_and_scale(heads: ImageFolder, tmp_path: Path):
    trainer = make_trainer(heads)
    train(trainer, 0, 5)
    trainer.export(tmp_path, {})
    encoder = load_style_encoder(tmp_path)
    grams = torch.cat([pair.first for pair in trainer.stream(0, 8)])
    with torch.no_grad():
        exported, trained = encoder.encode_gram(trainer.entries.expanded(grams)), trainer.codes(grams)
    torch.testing.assert_close(exported.mean(dim=0), torch.zeros(DIM), atol=1e-4, rtol=0)
    torch.testing.assert_close(exported.std(dim=0), torch.ones(DIM), atol=1e-3, rtol=0)
    standardised = (trained - trained.mean(dim=0)) / trained.std(dim=0)
    torch.testing.assert_close(exported, standardised, atol=1e-3, rtol=1e-3)


def test_folding_makes_an_encoder_of_standardised_values_read_plain_ones():
    encoder = make_encoder()
    learn_from_distinct_entries(encoder)
    grams = torch.rand(6, encoder.config.distinct_dim)
    mean, deviation = grams.mean(dim=0), grams.std(dim=0)
    with torch.no_grad():
        expected = encoder.encode_gram((grams - mean) / deviation)
        fold_into_first_layer(encoder, mean, deviation)
        torch.testing.assert_close(encoder.encode_gram(grams), expected, atol=1e-4, rtol=1e-4)


def test_standardised_codes_have_mean_zero_and_variance_one():
    encoder = make_encoder()
    grams = torch.rand(50, encoder.config.gram_dim)
    with torch.no_grad():
        standardise(encoder, encoder.encode_gram(grams))
        codes = encoder.encode_gram(grams)
    torch.testing.assert_close(codes.mean(dim=0), torch.zeros(DIM), atol=1e-4, rtol=0)
    torch.testing.assert_close(codes.std(dim=0), torch.ones(DIM), atol=1e-4, rtol=0)


def test_diagnostics_tell_collapse_from_spread():
    collapsed = diagnostics(torch.ones(8, 4) + 1e-3 * torch.eye(8)[:, :4])
    assert collapsed["codes/mean_cosine"] > 0.99
    line = diagnostics(torch.linspace(-1, 1, 8)[:, None] * torch.ones(8, 4))
    torch.testing.assert_close(line["codes/effective_rank"], torch.tensor(1.0), atol=1e-3, rtol=0)
    spread = diagnostics(torch.cat([torch.eye(4), -torch.eye(4)]))
    torch.testing.assert_close(spread["codes/effective_rank"], torch.tensor(4.0))


def test_the_code_of_one_picture_alone_is_zero_and_finite():
    encoder = make_encoder()
    gram = torch.rand(1, encoder.config.gram_dim)
    standardise(encoder, encoder.encode_gram(gram))
    torch.testing.assert_close(encoder.encode_gram(gram), torch.zeros(1, DIM), atol=1e-5, rtol=0)
    assert encoder.encode_gram(gram + 1).isfinite().all()
