import pytest
import torch

from blendgan.metrics.retrieval import (
    centres_without,
    content_leak,
    nearest_centre,
    style_agreement,
    style_retrieval,
)

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


def test_nearest_centre_equals_a_loop_with_centres_for_each_face():
    cells, centres = torch.randn(4, 5, 3), torch.randn(5, 4, 3)
    hits = [
        min(range(4), key=lambda other: float((cells[style, face] - centres[face, other]).norm())) == style
        for style in range(4)
        for face in range(5)
    ]
    assert nearest_centre(cells, centres) == pytest.approx(sum(hits) / 20)
    assert nearest_centre(centres.transpose(0, 1), centres) == 1


def test_the_centres_of_a_face_are_means_of_the_others():
    vectors = torch.randn(4, 5, 3)
    found = centres_without(vectors)
    for face in range(5):
        others = [other for other in range(5) if other != face]
        torch.testing.assert_close(found[face], vectors[:, others].mean(dim=1))
