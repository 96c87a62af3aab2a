import math

import torch

from blendgan.losses.contrastive import nt_xent, positive_retrieval


def test_equal_embeddings_give_chance():
    views = torch.ones(4, 8)
    torch.testing.assert_close(nt_xent(views, views, 0.1), torch.tensor(math.log(2 * 4 - 1)))


def test_nt_xent_equals_a_loop_over_pairs():
    first, second = torch.randn(3, 5, dtype=torch.float64).float(), torch.randn(3, 5)
    views = [view / view.norm() for view in torch.cat([first, second])]
    total = 0.0
    for i in range(6):
        scores = [math.exp(float(views[i] @ views[j]) / 0.5) for j in range(6)]
        total -= math.log(scores[(i + 3) % 6] / (sum(scores) - scores[i]))
    torch.testing.assert_close(nt_xent(first, second, 0.5), torch.tensor(total / 6), atol=1e-5, rtol=0)


def test_two_halves_with_gathered_views_average_to_the_joined_batch():
    first, second = torch.randn(6, 5), torch.randn(6, 5)
    halves = [
        nt_xent(first[part], second[part], 0.1, (first, second), offset)
        for part, offset in ((slice(0, 3), 0), (slice(3, 6), 3))
    ]
    torch.testing.assert_close(sum(halves) / 2, nt_xent(first, second, 0.1))


def test_retrieval_counts_views_whose_nearest_neighbour_is_their_twin():
    axes = torch.eye(4)
    assert positive_retrieval(axes, axes).item() == 1.0
    assert positive_retrieval(axes[[0, 0, 1, 1]], axes[[1, 1, 0, 0]]).item() == 0.0
