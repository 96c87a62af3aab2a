import math

import torch

from blendgan.data.views import MAX_SCALE, affine_views, crops, random_matrices, random_places


def test_views_keep_a_constant_colour_everywhere():
    images = torch.tensor([0.2, -0.5, 0.9]).view(1, 3, 1, 1).expand(16, 3, 24, 24)
    torch.testing.assert_close(affine_views(images, random_matrices(16, torch.Generator())), images)


def test_views_stay_within_the_colours_of_their_picture_and_differ():
    images = torch.rand(2, 3, 24, 24)
    generator = torch.Generator().manual_seed(0)
    first, second = (affine_views(images, random_matrices(2, generator)) for _ in range(2))
    assert not torch.allclose(first, second)
    assert first.max() <= images.max() + 1e-5
    assert first.min() >= images.min() - 1e-5


def test_zoom_and_mirroring_are_in_their_ranges():
    matrices = random_matrices(2000, torch.Generator().manual_seed(0))
    areas = torch.linalg.det(matrices[:, :, :2])
    zooms = areas.abs().sqrt()
    assert 0.45 < (areas < 0).float().mean() < 0.55
    # shear keeps areas, so the determinant is the zoom squared
    assert zooms.max() <= MAX_SCALE + 1e-4
    assert zooms.min() >= 1 / MAX_SCALE - 1e-4
    assert math.isclose(zooms.log().mean().item(), 0.0, abs_tol=0.01)


def test_a_crop_is_a_part_of_its_picture_pixel_by_pixel():
    images = torch.rand(3, 3, 7, 7)
    places = torch.tensor([[0, 0, 0], [4, 1, 0], [2, 4, 1]])
    cut = crops(images, places)
    assert cut.shape == (3, 3, 3, 3)
    assert torch.equal(cut[0], images[0, :, :3, :3])
    assert torch.equal(cut[1], images[1, :, 4:, 1:4])
    for row in range(3):
        for column in range(3):
            assert torch.equal(cut[2, :, row, column], images[2, :, 2 + row, 6 - column])


def test_crops_come_from_everywhere_and_every_other_one_is_mirrored():
    places = random_places(4000, 7, torch.Generator().manual_seed(0))
    counts = torch.stack([(places[:, :2] == corner).sum(dim=0) for corner in range(5)])
    assert places[:, :2].min() == 0 and places[:, :2].max() == 4, "a crop of 3 of 7 px begins at 0 to 4"
    assert ((counts / 4000 - 1 / 5).abs() < 0.03).all()
    assert 0.45 < places[:, 2].float().mean() < 0.55
