"""BlendGAN (Liu et al., NeurIPS 2021): faces in arbitrary artistic styles. Networks, losses, trainers, generation.

    generator = blendgan.load_generator("model")  # a folder, or hf:ORG/NAME on the Hub
    encoder = blendgan.load_style_encoder("model")
    images = generator.generate(z_face, blendgan.style_codes(paintings, encoder), num_face_layers=6)

Images are RGB tensors `[B, 3, H, W]` in [-1, 1].
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blendgan.checkpoints.backbone import load_gram_features
    from blendgan.checkpoints.store import (
        load_discriminator,
        load_generator,
        load_inversion_encoder,
        load_style_encoder,
        save_network,
    )
    from blendgan.hub.model import BlendGAN
    from blendgan.inference.codes import gram_features, style_codes

_HOMES = {
    "BlendGAN": "blendgan.hub.model",
    "gram_features": "blendgan.inference.codes",
    "load_discriminator": "blendgan.checkpoints.store",
    "load_generator": "blendgan.checkpoints.store",
    "load_gram_features": "blendgan.checkpoints.backbone",
    "load_inversion_encoder": "blendgan.checkpoints.store",
    "load_style_encoder": "blendgan.checkpoints.store",
    "save_network": "blendgan.checkpoints.store",
    "style_codes": "blendgan.inference.codes",
}
__all__ = [
    "BlendGAN",
    "gram_features",
    "load_discriminator",
    "load_generator",
    "load_gram_features",
    "load_inversion_encoder",
    "load_style_encoder",
    "save_network",
    "style_codes",
]


def __getattr__(name: str) -> object:
    """Import a public function when it is first used, so that `import blendgan` does not wait for torch."""
    if name not in _HOMES:
        raise AttributeError(f"module 'blendgan' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)
