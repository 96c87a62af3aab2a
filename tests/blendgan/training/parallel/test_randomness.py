import torch

from blendgan.training.parallel.randomness import Draws, mixed, seed_libraries


def test_processes_share_the_draws_of_one():
    whole = Draws((1, 2)).normal(6, 3)
    shares = [Draws((1, 2), rank, 3).normal(2, 3) for rank in range(3)]
    assert torch.equal(torch.stack(shares, dim=1).flatten(0, 1), whole)


def test_noise_is_shared_like_all_else_and_leaves_the_other_draws_alone():
    whole = Draws((3,)).noise(4, 8)
    shares = [Draws((3,), rank, 2).noise(2, 8) for rank in range(2)]
    assert torch.equal(torch.stack(shares, dim=1).flatten(0, 1), whole)
    plain, noisy = Draws((3,)), Draws((3,))
    noisy.noise(4, 8)
    assert torch.equal(plain.normal(5), noisy.normal(5))


def test_seeds_that_differ_anywhere_give_other_numbers():
    assert len({mixed(0, 0, 1), mixed(0, 1, 0), mixed(1, 0, 0), mixed(1, 0)}) == 4
    assert mixed(3, 4) == mixed(3, 4) < 2**63


def test_seeding_repeats_what_libraries_draw():
    seed_libraries(5)
    first = torch.randn(3)
    seed_libraries(5)
    assert torch.equal(torch.randn(3), first)
