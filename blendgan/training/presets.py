"""Settings of a run, one row per preset. What the paper does not say (temperature, loss weights, …) is marked so."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """What every stage has."""

    steps: int
    batch: int
    """Pictures per step, over all processes."""
    micro_batch: int = 0
    """Pictures that a process works on at once; their gradients are added up. 0: all of its share of the batch."""
    learning_rate: float = 0.002
    log_every: int = 50
    sample_every: int = 2000
    evaluate_every: int = 5000
    checkpoint_every: int = 2000


@dataclass(frozen=True, kw_only=True)
class StyleEncoderSettings(Schedule):
    """The contrastive stage. Defaults are the paper's, except where marked."""

    steps: int = 500_000
    batch: int = 256
    size: int = 256
    taps: tuple[str, ...] = ("relu1_2", "relu2_2", "relu3_4", "relu4_4", "relu5_4")
    latent_dim: int = 512
    temperature: float = 0.1
    """Not in the paper."""
    cached_views: int = 0
    """Gram matrices of this many fixed views per picture are computed once; 0 makes new views at every step."""


@dataclass(frozen=True, kw_only=True)
class GanSettings(Schedule):
    """The adversarial stage. Defaults are the paper's or StyleGAN2's, except where marked."""

    steps: int = 200_000
    batch: int = 8
    size: int = 1024
    latent_dim: int = 512
    mapping_layers: int = 8
    channel_base: int = 32768
    channel_max: int = 512
    r1_gamma: float = 10.0
    r1_every: int = 16
    path_weight: float = 2.0
    path_every: int = 4
    ada_target: float = 0.0
    """How sure of real pictures a discriminator may become (mean sign of its logits) before they are augmented more.
    0 is off, ADA's paper takes 0.6; BlendGAN's does without."""
    ada_images: int = 500_000
    """Pictures in which the probability of augmentation can rise from 0 to 1."""
    mixing: float = 0.9
    """How often two face codes are mixed."""
    ema_half_life: float = 312.5
    """Steps; StyleGAN2's 10,000 pictures in batches of 32."""
    face_weight_rate: float = 1.0
    noise_rate: float = 1.0
    """Learning rates of the face weights and of the noise's strengths, in multiples of the others'; not in the paper.
    In short trainings noise drowns the picture before anything else is learned: 0 leaves it out."""
    face_loss: float = 1.0
    style_loss: float = 1.0
    style_latent_loss: float = 1.0
    """Weights of the three in the generator's loss; not in the paper."""
    recent_codes: int = 1024
    """Style codes of the fakes are those of this many pictures seen last."""
    log_every: int = 50
    sample_every: int = 1000
    checkpoint_every: int = 1000


@dataclass(frozen=True, kw_only=True)
class InversionSettings(Schedule):
    """The inversion stage. Defaults are those pSp publishes for FFHQ."""

    steps: int = 300_000
    batch: int = 8
    learning_rate: float = 1e-4
    image_size: int = 256
    widths: tuple[int, int, int, int] = (64, 128, 256, 512)
    depths: tuple[int, int, int, int] = (3, 4, 14, 3)
    squeeze: int = 16
    l2: float = 1.0
    perceptual: float = 0.8
    identity: float = 0.1
    """Weight of the distance of ArcFace's descriptors, where its network is given."""
    w_norm: float = 0.0


STYLE_ENCODER = {
    "tiny": StyleEncoderSettings(
        steps=300,
        batch=64,
        size=128,
        taps=("relu1_2", "relu2_2", "relu3_4"),
        latent_dim=128,
        cached_views=4,
        log_every=10,
        sample_every=10**9,
        evaluate_every=50,
        checkpoint_every=200,
    ),
    "paper": StyleEncoderSettings(),
}

TINY_GAN = GanSettings(
    steps=1000,
    batch=8,
    size=32,
    latent_dim=128,
    mapping_layers=4,
    channel_base=4096,
    channel_max=32,
    ada_images=20_000,
    r1_gamma=1.0,
    ema_half_life=50,
    face_weight_rate=2.0,
    noise_rate=0.0,
    learning_rate=0.003,
    log_every=10,
    sample_every=100,
    evaluate_every=250,
    checkpoint_every=200,
)

GAN = {
    "tiny": TINY_GAN,
    # half an hour on one CPU core for some hundred portraits: slower face weights leave time to learn faces
    "portraits": replace(
        TINY_GAN,
        steps=10_000,
        ema_half_life=200,
        face_weight_rate=0.12,
        log_every=20,
        sample_every=500,
        evaluate_every=500,
        checkpoint_every=500,
    ),
    "64": GanSettings(size=64, batch=32, channel_base=16384),
    "256": GanSettings(size=256, batch=16, channel_base=16384),
    "1024": GanSettings(size=1024, batch=8),
    "paper": GanSettings(),
}

FINETUNE = GanSettings(steps=1000, batch=1, log_every=10, sample_every=100, checkpoint_every=200)
"""Section E of the supplementary material; sizes and widths come from the model."""

INVERSION = {
    "tiny": InversionSettings(
        steps=1000,
        learning_rate=1e-3,
        image_size=64,
        widths=(16, 32, 64, 128),
        depths=(1, 1, 2, 1),
        squeeze=4,
        log_every=10,
        sample_every=200,
        checkpoint_every=200,
    ),
    "paper": InversionSettings(),
}
