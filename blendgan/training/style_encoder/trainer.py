"""The style encoder by contrast (BlendGAN, section 3.1): two affine views of a picture share a code, others do not.

Or all pictures of a style share one, where folders say what is of one style (`--positives folder`).

VGG-19 is frozen, so only the MLP behind its Gram matrices learns, with a projection head that is dropped afterwards.
"""

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn

from blendgan.checkpoints.store import save_network
from blendgan.checkpoints.torch_file import State
from blendgan.losses.contrastive import label_retrieval, nt_xent, positive_retrieval, supervised_contrast
from blendgan.networks.layers import EqualLinear
from blendgan.networks.style_encoder import ProjectionHead, StyleEncoder
from blendgan.networks.symmetric_gram import (
    SymmetricLinear,
    learn_from_distinct_entries,
    learned_from_whole_vectors,
)
from blendgan.training.engine.learner import Learner, adam
from blendgan.training.engine.loop import Numbers
from blendgan.training.parallel.distributed import World
from blendgan.training.style_encoder.config import StyleEncoderSettings
from blendgan.training.style_encoder.pairs import GramBatch, GramPair, PairSource, StyledGrams
from blendgan.training.style_encoder.probes import StyleProbe
from blendgan.training.style_encoder.whole_state import of_distinct_entries

CALIBRATION_BATCHES = 8
"""Batches that means and deviations are taken over."""
SMALLEST_DEVIATION = 0.01
"""Of the mean deviation over all Gram values."""


class StyleEncoderTrainer:
    """Trains the encoder's MLP and the projection head.

    Every code is compared with every other, so a batch cannot be taken apart; a micro-batch is what VGG, which has
    nearly all of the activations, sees at once.

    Gram values differ in size by orders of magnitude, and their largest common part is mere brightness. They are
    learned from in standardised form, and each distinct one once; `export` folds shift and scale into the first layer
    and expands it, so the encoder that is stored reads plain and whole Gram vectors.

    A run that `resumes` finds shift and scale in its checkpoint; a new one takes them from its first batches.
    """

    def __init__(
        self,
        encoder: StyleEncoder,
        pairs: PairSource,
        settings: StyleEncoderSettings,
        world: World,
        probe: StyleProbe | None = None,
        *,
        resumes: bool = False,
    ) -> None:
        self.encoder, self.pairs, self.settings, self.world, self.probe = encoder, pairs, settings, world, probe
        self.entries = learn_from_distinct_entries(encoder).entries
        self.encoder.mlp.requires_grad_().to(world.device)
        self.head = ProjectionHead(encoder.config.latent_dim).to(world.device)
        self.trained = nn.ModuleDict({"mlp": self.encoder.mlp, "head": self.head})
        self.learner = Learner(self.trained, adam(self.trained.parameters(), settings.learning_rate), world)
        if not resumes:
            self.gram_mean, self.gram_deviation = gram_statistics(pairs, self.entries.counts, world)

    def stream(self, first_step: int, num_steps: int) -> Iterator[GramBatch]:
        """Batches of views."""
        return self.pairs.stream(first_step, num_steps)

    def step(self, step: int, batch: GramBatch, seed: tuple[int, ...]) -> Numbers:
        """One update towards codes that agree within a picture or style and differ between them."""
        loss, codes, retrieval = self.pair_loss(batch) if isinstance(batch, GramPair) else self.style_loss(batch)
        self.learner.zero()
        self.learner.backward(loss)
        self.learner.step()
        numbers = {"contrastive/loss": loss.detach(), "contrastive/retrieval": retrieval}
        # singular values stall a GPU, so they are looked at when they are logged
        return numbers | (diagnostics(codes) if (step + 1) % self.settings.log_every == 0 else {})

    def pair_loss(self, batch: GramPair) -> tuple[Tensor, Tensor, Tensor]:
        """The loss of two views of each picture, the codes of the first, and how often the other is found."""
        first, second = self.codes(torch.cat([batch.first, batch.second])).chunk(2)
        projected = self.head(first), self.head(second)
        everyone = self.world.gather(projected[0]), self.world.gather(projected[1])
        loss = nt_xent(*projected, self.settings.temperature, everyone, self.world.rank * len(first))
        return loss, first.detach(), positive_retrieval(first.detach(), second.detach())

    def style_loss(self, batch: StyledGrams) -> tuple[Tensor, Tensor, Tensor]:
        """The loss of pictures with their styles, their codes, and how often the nearest is of the same style."""
        codes = self.codes(batch.first)
        projected = self.head(codes)
        everyone = self.world.gather(projected), self.world.gather(batch.styles)
        offset = self.world.rank * len(codes)
        loss = supervised_contrast(projected, batch.styles, self.settings.temperature, everyone, offset)
        return loss, codes.detach(), label_retrieval(codes.detach(), batch.styles)

    def codes(self, grams: Float[Tensor, "batch distinct"]) -> Float[Tensor, "batch dim"]:
        """Style codes in training, of standardised Gram values."""
        codes: Tensor = self.encoder.encode_gram((grams - self.gram_mean) / self.gram_deviation)
        return codes

    def state(self) -> State:
        """The trained weights and the optimiser's memory; VGG never changes."""
        return {
            "learner": self.learner.state(),
            "gram_mean": self.gram_mean,
            "gram_deviation": self.gram_deviation,
        }

    def load_state(self, state: State) -> None:
        """Go back to `state`."""
        state = of_distinct_entries(state, self.entries)
        self.learner.load_state(state["learner"])
        self.gram_mean = state["gram_mean"].to(self.world.device)
        self.gram_deviation = state["gram_deviation"].to(self.world.device)

    def sample(self) -> None:
        """Codes have no picture."""

    def evaluate(self) -> dict[str, float]:
        """What the codes hold of style and content, on fixed views of some pictures."""
        return {} if self.probe is None else self.probe(lambda grams: self.codes(grams.to(self.world.device)))

    def export(self, folder: Path, rights: Mapping[str, int]) -> None:
        """The encoder without its head, reading plain Gram values, its codes standardised over the pictures."""
        encoder = copy.deepcopy(self.encoder)
        fold_into_first_layer(encoder, self.gram_mean, self.gram_deviation)
        with torch.no_grad():
            codes = [encoder.encode_gram(pair.first) for pair in self.stream(0, CALIBRATION_BATCHES)]
        learned_from_whole_vectors(encoder)
        standardise(encoder, torch.cat(codes))
        save_network(encoder, folder / "style_encoder", rights=dict(rights))


@torch.no_grad()
def gram_statistics(
    pairs: PairSource, counts: Float[Tensor, " distinct"], world: World
) -> tuple[Float[Tensor, " distinct"], Float[Tensor, " distinct"]]:
    """Mean and deviation of every Gram value over the first batches; values that hardly vary are not blown up.

    `counts` says how often a value stands in a Gram vector, so that the mean deviation is that of whole vectors.
    """
    count, total, squares = 0, torch.zeros((), device=world.device), torch.zeros((), device=world.device)
    for pair in pairs.stream(0, CALIBRATION_BATCHES):
        count += len(pair.first)
        total, squares = total + pair.first.double().sum(dim=0), squares + pair.first.double().square().sum(dim=0)
    mean, mean_square = world.mean(total / count), world.mean(squares / count)
    deviation = (mean_square - mean.square()).clamp_min(0).sqrt()
    typical = (counts * deviation).sum() / counts.sum()
    return mean.float(), deviation.clamp_min(SMALLEST_DEVIATION * typical).float()


@torch.no_grad()
def fold_into_first_layer(
    encoder: StyleEncoder, mean: Float[Tensor, " distinct"], deviation: Float[Tensor, " distinct"]
) -> None:
    """Make an encoder of standardised Gram values one of plain ones: W (g - m) / d + b = (W / d) g + (b - W m / d)."""
    first = encoder.mlp[0]
    assert isinstance(first, SymmetricLinear)
    first.weight.div_(deviation)
    first.bias.sub_(first.weight @ (mean * first.entries.counts) * first.scale)


def diagnostics(codes: Float[Tensor, "batch dim"]) -> Numbers:
    """Signs of collapse: an effective rank near 1, or a mean cosine between different pictures near 1."""
    unit = torch.nn.functional.normalize(codes, dim=1)
    cosines = unit @ unit.T
    count = len(codes)
    energies = torch.linalg.svdvals(codes - codes.mean(dim=0)).square()
    shares = energies / energies.sum().clamp_min(1e-12)
    return {
        "codes/mean_cosine": (cosines.sum() - cosines.trace()) / max(count * (count - 1), 1),
        "codes/effective_rank": torch.special.entr(shares).sum().exp(),
    }


@torch.no_grad()
def standardise(encoder: StyleEncoder, codes: Float[Tensor, "pictures dim"]) -> None:
    """Shift and scale the last layer so that its `codes` get mean 0 and variance 1.

    The contrastive loss leaves both free, for the head behind absorbs them; random style codes are drawn from N(0, 1).
    """
    last = encoder.mlp[-1]
    assert isinstance(last, EqualLinear)
    mean, deviation = moments(codes)
    last.weight.div_(deviation[:, None])
    last.bias.copy_((last.bias - mean / last.lr_mul) / deviation)


def moments(codes: Float[Tensor, "pictures dim"]) -> tuple[Float[Tensor, " dim"], Float[Tensor, " dim"]]:
    """Mean and deviation of codes. One picture alone has no variance: its code becomes 0, and the scale stays."""
    mean = codes.mean(dim=0)
    return mean, codes.std(dim=0).clamp_min(1e-6) if len(codes) > 1 else torch.ones_like(mean)
