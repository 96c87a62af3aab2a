"""The network's values tell drawn people apart, and light does not matter to it."""

import numpy as np
import torch

from blendgan.evaluation.face_identity import identities, identity_likeness
from blendgan.metrics.faces import faces_kept
from tests.drawn_faces import draw_portrait


def test_a_face_is_most_like_itself_in_other_light() -> None:
    drawn = np.stack([draw_portrait(seed, size=64) for seed in range(4)])
    natural = torch.from_numpy(drawn).permute(0, 3, 1, 2).float() / 127.5 - 1
    assert identities(natural).shape == (4, 128)
    darker = natural * 0.7 - 0.2
    assert faces_kept(identity_likeness(darker, natural)) == 1
    assert faces_kept(identity_likeness(darker.roll(1, dims=0), natural)) == 0
