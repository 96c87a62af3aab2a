"""What a training costs, before it is begun: parameters, arithmetic and memory, counted on tensors without data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

from blendgan.networks.discriminators import AnyDiscriminator
from blendgan.networks.generator import Generator
from blendgan.networks.inversion import InversionEncoder
from blendgan.networks.style_encoder import StyleEncoder
from blendgan.networks.symmetric_gram import learn_from_distinct_entries
from blendgan.training.engine.config import TrainingSettings
from blendgan.training.engine.speed import MEASURED_ON, adversarial_seconds_per_image
from blendgan.training.gan.config import AdversarialSettings
from blendgan.training.inversion.config import InversionSettings
from blendgan.training.style_encoder.config import StyleEncoderSettings

BYTES_PER_VALUE = 4
"""Everything is kept in single precision."""
BYTES_PER_GRAM_VALUE = 2
GROUP = 4
"""Pictures the counting is done with: one group of the minibatch deviation."""


@dataclass(frozen=True)
class Cost:
    """Of one picture of a batch; the fixed part of the memory is `state_bytes`."""

    parameters: Mapping[str, int]
    flops_per_image: float
    activation_bytes_per_image: float
    """Of each picture of a micro-batch."""
    joined_bytes_per_image: float
    """Of each picture of a process's batch, whatever the micro-batch."""
    state_bytes: int
    cache: str = ""
    """What is computed once and kept, in words."""
    seconds_per_image: float = 0.0
    """On the GPU that `speed` names; 0 for a stage that was not measured."""

    def lines(self, settings: TrainingSettings, ranks: int) -> list[str]:
        """In words, for a training on `ranks` devices."""
        total = self.flops_per_image * settings.batch * settings.steps
        local = settings.batch / ranks
        memory = self.activation_bytes_per_image * (settings.micro_batch or local) + self.joined_bytes_per_image * local
        memory += self.state_bytes
        names = [f"{name}: {count:,} parameters" for name, count in self.parameters.items()]
        return [
            *names,
            f"arithmetic: {self.flops_per_image / 1e9:,.1f} GFLOP per picture, {total / 1e15:,.3g} PFLOP in all",
            f"memory: about {memory / 2**30:.2f} GiB per device in fp32, without what libraries keep",
            *([self.cache] if self.cache else []),
            self.time(settings.batch * settings.steps),
        ]

    def time(self, images: int) -> str:
        """How long so many pictures take, in words."""
        if self.seconds_per_image:
            hours, per_1000 = images * self.seconds_per_image / 3600, 1000 * self.seconds_per_image
            return f"time (estimate): {hours:,.2f} hours, {per_1000:,.3g} s per 1,000 pictures, from {MEASURED_ON}"
        hours = images * self.flops_per_image / 1e13 / 3600
        return (
            "time (estimate): PFLOP in all divided by what your devices reach; 10 TFLOP/s together would take "
            f"{hours:,.2f} hours"
        )


def gan_cost(
    generator: Generator,
    discriminators: Mapping[str, AnyDiscriminator],
    settings: AdversarialSettings,
    natural_steps: int = 0,
) -> Cost:
    """Of the adversarial stage, lazy penalties included; a mean over all steps, of which some may be without styles."""
    shape = generator.config
    paint, painted = _counted(generator.synthesize, (shape.num_layers, shape.latent_dim))
    images, codes = (3, shape.size, shape.size), (shape.style_dim,)
    judgements = {role: _counted(discriminator, images, codes) for role, discriminator in discriminators.items()}
    judge, judged = (sum(numbers) for numbers in zip(*judgements.values(), strict=True))
    # discriminators: two fakes made, then forward and backward (3x) on real and fake; generator: two pictures forward
    # and backward through it, and forward and back to the picture (2x) through each discriminator
    styled = 8 * paint + 8 * judge + 6 * judge / settings.r1_every + 6 * paint / 2 / settings.path_every
    natural = 4 * paint + (8 + 6 / settings.r1_every) * judgements["face"][0]
    share = min(natural_steps / settings.steps, 1)
    flops = share * natural + (1 - share) * styled
    networks: dict[str, nn.Module] = {"generator": generator, **discriminators}
    return Cost(
        _parameters(networks),
        flops,
        2 * painted + judged,
        0.0,
        _state(networks, moments=1, averages=1),
        seconds_per_image=adversarial_seconds_per_image(shape.size, flops),
    )


def inversion_cost(encoder: InversionEncoder, generator: Generator, settings: InversionSettings) -> Cost:
    """Of the inversion stage; perceptual losses come on top."""
    read, remembered = _counted(encoder, (3, settings.image_size, settings.image_size))
    paint, painted = _counted(generator.synthesize, (generator.config.num_layers, generator.config.latent_dim))
    networks: dict[str, nn.Module] = {"inversion": encoder}
    return Cost(_parameters(networks), 3 * read + 2 * paint, painted, remembered, _state(networks, moments=2))


def style_encoder_cost(encoder: StyleEncoder, settings: StyleEncoderSettings, pictures: int) -> Cost:
    """Of the contrastive stage: views of each picture through frozen VGG and the MLP, which is changed for it."""
    side = settings.size // 2 if settings.positives == "crops" else settings.size
    see, _ = _counted(encoder.gram.of_crops, (3, side, side))
    distinct = encoder.config.distinct_dim
    learn_from_distinct_entries(encoder)
    encoder.mlp.requires_grad_()  # the part that the trainer trains
    think, remembered = _counted(encoder.encode_gram, (distinct,))
    networks: dict[str, nn.Module] = {"style_encoder": encoder.mlp}
    cache = gram_cache(distinct, settings.cached_views, pictures)
    views = 1 if settings.positives == "folder" else 2
    flop, memory = views * (see + 3 * think), views * remembered
    return Cost(_parameters(networks), flop, 0.0, memory, _state(networks, moments=1), cache)


def gram_cache(distinct: int, views: int, pictures: int) -> str:
    """The size of the Gram matrices that are kept; empty where new ones are computed at every step."""
    size = distinct * views * pictures * BYTES_PER_GRAM_VALUE
    kept = f"Gram matrices: {size / 2**30:.2f} GiB more of memory in each process, and as much on disk in RUN/grams.pt"
    return f"{kept}, for {views} views of {pictures:,} pictures; --cached-views 0 keeps none" if size else ""


def _counted(call: Callable[..., Tensor], *shapes: tuple[int, ...]) -> tuple[float, float]:
    """FLOP of a forward pass, and bytes that autograd keeps of it besides parameters, per picture."""
    kept: dict[int, int] = {}

    def remember(tensor: Tensor) -> Tensor:
        if not isinstance(tensor, nn.Parameter):
            kept[tensor.untyped_storage()._cdata] = tensor.untyped_storage().nbytes()
        return tensor

    with (
        FakeTensorMode(allow_non_fake_inputs=True),
        FlopCounterMode(display=False) as counter,
        torch.autograd.graph.saved_tensors_hooks(remember, lambda tensor: tensor),
    ):
        call(*(torch.empty(GROUP, *shape) for shape in shapes))
    return counter.get_total_flops() / GROUP, sum(kept.values()) / GROUP


def _parameters(networks: Mapping[str, nn.Module]) -> dict[str, int]:
    return {name: sum(p.numel() for p in network.parameters()) for name, network in networks.items()}


def _state(networks: Mapping[str, nn.Module], moments: int, averages: int = 0) -> int:
    """Bytes of weights, gradients, the optimiser's moments, and averages of the first network's weights."""
    counts = list(_parameters(networks).values())
    return BYTES_PER_VALUE * (sum(counts) * (2 + moments) + averages * counts[0])
