"""What leaks, on codes and pictures that hold all of the face or none of it."""

import pytest
import torch
from torch.nn.functional import one_hot

from pipelines.paper.leak import of_codes, of_pictures

STYLES, FACES, LATENTS = 4, 5, 3


def test_codes_of_the_face_leak_everything_and_codes_of_the_style_find_it():
    style = one_hot(torch.arange(STYLES)).float()[:, None].expand(-1, FACES, -1)
    face = one_hot(torch.arange(FACES)).float()[None].expand(STYLES, -1, -1)
    retrieval, _ = of_codes(torch.cat([style, 0.1 * face], dim=2))
    assert retrieval.value == 1
    assert retrieval.chance == pytest.approx((FACES - 1) / (STYLES * FACES - 1))
    _, leak = of_codes(torch.cat([0.1 * style, face], dim=2))
    assert (leak.value, leak.chance) == (1, 1 / FACES)
    _, leak = of_codes(style)
    assert leak.value == pytest.approx(1 / FACES), "codes without the face find the first of all"


def test_pictures_show_the_face_of_their_latent_or_of_their_reference():
    draws = torch.Generator().manual_seed(0)
    natural = torch.rand(LATENTS, 3, 16, 16, generator=draws) * 2 - 1
    faces = torch.rand(FACES, 3, 16, 16, generator=draws) * 2 - 1
    own = natural[:, None, None].expand(-1, STYLES, FACES, -1, -1, -1)
    copied = faces[None, None].expand(LATENTS, STYLES, -1, -1, -1, -1)
    kept = {share.measure: share.value for share in of_pictures(own, natural, faces)}
    leaked = {share.measure: share.value for share in of_pictures(copied, natural, faces)}
    for likeness in ("shading", "information"):
        assert kept[f"own face kept by {likeness}"] == 1
        assert leaked[f"leak into pictures: reference's face found by {likeness}"] == 1
        assert kept[f"leak into pictures: reference's face found by {likeness}"] == pytest.approx(1 / FACES)
        assert leaked[f"own face kept by {likeness}"] == pytest.approx(1 / LATENTS)
