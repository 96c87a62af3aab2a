import math

import pytest
import torch

from blendgan.losses.contrastive import label_retrieval, nt_xent, positive_retrieval, supervised_contrast


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


LABELS = torch.tensor([0, 1, 0, 2, 1, 0])
"""The fourth row has no companion."""


def test_supervised_contrast_equals_a_loop_over_rows_and_their_positives():
    rows = torch.randn(6, 5, dtype=torch.float64)
    unit = [row / row.norm() for row in rows]
    losses = []
    for i in range(6):
        others = [j for j in range(6) if j != i]
        scores = {j: math.exp(float(unit[i] @ unit[j]) / 0.3) for j in others}
        positives = [j for j in others if LABELS[j] == LABELS[i]]
        if positives:
            logs = [math.log(scores[p] / sum(scores.values())) for p in positives]
            losses.append(-sum(logs) / len(positives))
    assert len(losses) == 5
    found = supervised_contrast(rows, LABELS, 0.3)
    torch.testing.assert_close(found, torch.tensor(sum(losses) / 5), atol=1e-5, rtol=0)


def test_supervised_contrast_with_two_rows_of_every_label_is_nt_xent():
    first, second = torch.randn(2, 4, 5)
    found = supervised_contrast(torch.cat([first, second]), torch.arange(4).repeat(2), 0.2)
    torch.testing.assert_close(found, nt_xent(first, second, 0.2))


@pytest.mark.parametrize("cut", [2, 3])
def test_shares_of_a_styled_batch_average_to_the_whole_whoever_has_the_lonely_row(cut: int):
    rows = torch.randn(6, 5)
    order = torch.arange(6).roll(cut)
    rows, labels = rows[order], LABELS[order]
    halves = [
        supervised_contrast(rows[part], labels[part], 0.1, (rows, labels), offset)
        for part, offset in ((slice(0, 3), 0), (slice(3, 6), 3))
    ]
    torch.testing.assert_close(sum(halves) / 2, supervised_contrast(rows, labels, 0.1))


def test_without_any_companion_there_is_no_loss_and_a_finite_gradient():
    rows = torch.randn(3, 5, requires_grad=True)
    loss = supervised_contrast(rows, torch.arange(3), 0.1)
    loss.backward()
    assert loss.item() == 0
    torch.testing.assert_close(rows.grad, torch.zeros(3, 5))


def test_label_retrieval_counts_rows_whose_nearest_other_has_their_label():
    rows = torch.tensor([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    assert label_retrieval(rows, torch.tensor([0, 0, 1, 1])).item() == 1.0
    assert label_retrieval(rows, torch.tensor([0, 1, 1, 1])).item() == 0.5
