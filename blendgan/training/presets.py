"""Presets by their name in `--preset`: what differs from the defaults of the stage's settings."""

from dataclasses import replace

from blendgan.training.gan.config import GanSettings
from blendgan.training.inversion.config import InversionSettings
from blendgan.training.style_encoder.config import StyleEncoderSettings

TINY_STYLE_ENCODER = StyleEncoderSettings(
    steps=300,
    batch=64,
    size=128,
    taps=("relu1_2", "relu2_2", "relu3_4"),
    latent_dim=128,
    cached_views=4,
    log_every=10,
    evaluate_every=50,
    checkpoint_every=200,
    sample_every=10**9,
)

STYLE_ENCODER = {
    "tiny": TINY_STYLE_ENCODER,
    # seconds on one CPU core: an encoder for the smallest models, and to judge them
    "small": replace(TINY_STYLE_ENCODER, steps=400, size=32, taps=("relu1_2", "relu2_2"), latent_dim=64),
    "paper": StyleEncoderSettings(),
}

TINY_GAN = GanSettings(
    steps=1000,
    size=32,
    latent_dim=128,
    mapping_layers=4,
    channel_base=4096,
    channel_max=32,
    learning_rate=0.003,
    r1_gamma=1.0,
    ada_images=20_000,
    ema_half_life=50,
    face_weight_rate=2.0,
    noise_rate=0.0,
    log_every=10,
    sample_every=100,
    evaluate_every=250,
    checkpoint_every=200,
)

GAN = {
    "tiny": TINY_GAN,
    # a quarter of an hour of one CPU core: natural faces first, then styles, which begin where they act on strokes
    "demo": replace(
        TINY_GAN,
        steps=2600,
        natural_steps=1000,
        batch=12,
        learning_rate=0.004,
        path_every=16,
        mixing=0.5,
        ema_half_life=100,
        trunks_from_face=True,
        face_weight_start=0.4,
        face_weight_coarse_layers=4,
        face_weight_rate=0.12,
        mismatch_loss=2.0,
        same_face_loss=0.7,
        log_every=20,
        sample_every=400,
        evaluate_every=1600,
        checkpoint_every=400,
    ),
    "64": GanSettings(size=64, batch=32, channel_base=16384),
    "256": GanSettings(size=256, batch=16, channel_base=16384),
    "1024": GanSettings(),
    "paper": GanSettings(),
}

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
