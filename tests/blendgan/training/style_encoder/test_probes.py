import math

import pytest
import torch
from torch import Tensor

from blendgan.training.engine.loop import SCORE
from blendgan.training.style_encoder.probes import StyleProbe

STYLES, FACES = 3, 4
NAMES = [f"style-{style}/face-{face}.png" for style in range(STYLES) for face in range(FACES)]


def grams() -> Tensor:
    """Style in the first entries, face in the next, and a little noise that tells views apart."""
    style, face = torch.eye(STYLES).repeat_interleave(FACES, dim=0), torch.eye(FACES).repeat(STYLES, 1)
    both = torch.cat([style, face], dim=1)[:, None].expand(-1, 2, -1)
    return both + 0.01 * torch.randn(both.shape, generator=torch.Generator().manual_seed(0))


def measure(weights: list[float], names: list[str] = NAMES, by_style: bool = False) -> dict[str, float]:
    scale = torch.tensor([weights[0]] * STYLES + [weights[1]] * FACES)
    return StyleProbe(grams(), names, temperature=0.5, by_style=by_style)(lambda some: some * scale)


def test_codes_of_pure_style_find_the_style_and_leak_the_face_by_chance_only():
    found = measure([1.0, 0.0])
    assert found["probe/style_retrieval"] == 1
    assert found["probe/content_leak"] < 0.7  # a quarter of the neighbours by chance, among twelve pictures
    pure_content = measure([0.0, 1.0])
    assert pure_content["probe/content_leak"] == 1
    assert pure_content["probe/style_retrieval"] < 0.3


def test_raw_gram_vectors_stand_beside_the_codes():
    found = measure([1.0, 0.0])
    assert found["probe/gram_view_retrieval"] == 1
    assert found["probe/gram_content_leak"] == 1  # they hold both
    assert found["probe/gram_style_retrieval"] == measure([1.0, 1.0])["probe/style_retrieval"]


def test_the_score_is_chance_for_codes_that_are_all_alike():
    probe = StyleProbe(grams(), NAMES, temperature=0.5)
    alike = probe(lambda some: torch.ones(len(some), 4))
    # the loss of 2N equal views: log(2N - 1)
    assert alike[SCORE] == pytest.approx(torch.tensor(2.0 * len(NAMES) - 1).log().item(), rel=1e-5)
    assert probe(lambda some: some)[SCORE] < alike[SCORE]


def test_the_score_by_style_is_least_for_codes_that_tell_styles_apart_only():
    # 8 views of a style, perfectly alike and at right angles to 16 others: log((7 e^2 + 16) / e^2)
    assert measure([1.0, 0.0], by_style=True)[SCORE] == pytest.approx(math.log(7 + 16 / math.exp(2)), rel=1e-3)
    assert measure([1.0, 0.0], by_style=True)[SCORE] < measure([1.0, 1.0], by_style=True)[SCORE]
    # two views of a picture differ a little only, which needs the content
    assert measure([1.0, 1.0])[SCORE] < measure([1.0, 0.0])[SCORE]


@pytest.mark.parametrize(
    ("names", "measures"),
    [
        ([f"{number}.png" for number in range(12)], {"view_retrieval"}),
        ([f"style-{number % 3}/{number}.png" for number in range(12)], {"view_retrieval", "style_retrieval"}),
        ([f"folder-{number}/face.png" for number in range(12)], {"view_retrieval"}),
        (NAMES, {"view_retrieval", "style_retrieval", "content_leak"}),
    ],
)
def test_only_what_folders_and_file_names_tell_is_measured(names: list[str], measures: set[str]):
    found = measure([1.0, 1.0], names)
    assert found.keys() == {SCORE} | {f"probe/{kind}{name}" for name in measures for kind in ("", "gram_")}
