import torch

from blendgan.losses.path_length import path_length_penalty, path_lengths


def test_lengths_of_a_linear_generator_equal_a_loop_over_its_matrix():
    matrix = torch.randn(3 * 4 * 4, 2 * 5, dtype=torch.float64)
    w = torch.randn(6, 2, 5, dtype=torch.float64, requires_grad=True)
    noise = torch.randn(6, 3, 4, 4, dtype=torch.float64)
    lengths = path_lengths((w.flatten(1) @ matrix.T).view(6, 3, 4, 4), w, noise)
    for sample in range(6):
        pulled_back = (matrix.T @ noise[sample].flatten() / 4).view(2, 5)
        expected = (sum(row.norm() ** 2 for row in pulled_back) / 2) ** 0.5
        torch.testing.assert_close(lengths[sample], expected)


def test_penalty_is_the_spread_around_the_running_mean():
    lengths = torch.tensor([1.0, 3.0])
    penalty, mean = path_length_penalty(lengths, torch.tensor(0.0))
    torch.testing.assert_close(mean, torch.tensor(0.02))
    torch.testing.assert_close(penalty, torch.tensor(((1 - 0.02) ** 2 + (3 - 0.02) ** 2) / 2))


def test_with_several_processes_the_mean_is_that_of_all():
    _, mean = path_length_penalty(torch.tensor([1.0]), torch.tensor(0.0), torch.tensor(5.0))
    torch.testing.assert_close(mean, torch.tensor(0.05))
