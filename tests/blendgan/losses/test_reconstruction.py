import torch

from blendgan.losses.reconstruction import identity, l2, w_norm


def test_l2_of_a_constant_offset_is_its_square():
    images = torch.randn(2, 3, 4, 4)
    torch.testing.assert_close(l2(images + 0.5, images), torch.tensor(0.25))


def test_identity_is_one_for_unrelated_faces_and_leaves_the_target_alone():
    features = torch.tensor([[1.0, 0.0]], requires_grad=True)
    target = torch.tensor([[0.0, 2.0]], requires_grad=True)
    loss = identity(features, target)
    loss.backward()
    assert loss.item() == 1.0
    assert target.grad is None


def test_w_norm_is_the_distance_from_the_mean_face():
    w = torch.zeros(2, 3, 4)
    torch.testing.assert_close(w_norm(w, torch.full((3, 4), 0.5)), torch.tensor((12 * 0.25) ** 0.5))
