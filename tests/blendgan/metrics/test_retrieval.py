import pytest
import torch

from blendgan.metrics.retrieval import content_leak, style_agreement, style_retrieval

STYLES = torch.tensor([0, 0, 0, 1, 1, 1])
FACES = torch.tensor([0, 1, 2, 0, 1, 2])


def test_codes_of_pure_style_find_the_style():
    codes = torch.nn.functional.one_hot(STYLES, 2) + 0.01 * torch.randn(6, 2)
    assert style_retrieval(codes, STYLES) == 1.0


def test_codes_of_pure_content_find_the_face_and_never_the_style():
    codes = torch.nn.functional.one_hot(FACES, 3).float()
    assert content_leak(codes, STYLES, FACES) == 1.0
    assert style_retrieval(codes, STYLES) == 0.0


def test_a_picture_in_the_same_style_cannot_be_the_one_that_leaks():
    # nearest of all is a picture of the same style; among the other style, face 0 is nearest to every picture
    codes = torch.tensor([[1.0, 0.5], [1.0, 0.1], [1.0, 0.0], [0.5, 1.0], [0.1, 1.0], [0.0, 1.0]])
    assert style_retrieval(codes, STYLES) == 1.0
    assert content_leak(codes, STYLES, FACES) == pytest.approx(2 / 6)


def test_agreement_counts_pictures_that_are_nearest_to_their_reference():
    references = torch.eye(3)
    cells = references[:, None].repeat(1, 4, 1) + 0.1
    assert style_agreement(cells, references) == 1.0
    cells[0, 0] = references[2]
    assert style_agreement(cells, references) == pytest.approx(11 / 12)
