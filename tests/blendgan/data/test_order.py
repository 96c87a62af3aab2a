from itertools import combinations, islice, pairwise

import numpy as np

from blendgan.data.order import CompanionOrder, Order, batch_positions


def test_every_epoch_shows_each_picture_once_in_another_order():
    order = Order(7, seed=3)
    epochs = [[order[epoch * 7 + place][0] for place in range(7)] for epoch in range(3)]
    assert all(sorted(epoch) == list(range(7)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]


def test_the_order_is_a_function_of_seed_and_position():
    straight = [Order(5, seed=1)[position] for position in range(20)]
    order = Order(5, seed=1)
    assert [order[position] for position in reversed(range(20))] == straight[::-1]
    assert [Order(5, seed=2)[position] for position in range(20)] != straight


def test_half_of_the_pictures_are_mirrored_and_none_when_not_wanted():
    order = Order(1000, seed=0)
    assert 400 < sum(order[position][1] for position in range(1000)) < 600
    assert not any(Order(50, seed=0, mirror=False)[position][1] for position in range(50))


def test_processes_share_each_batch_without_overlap():
    shares = [next(iter(batch_positions(2, 9, 8, rank, 4))) for rank in range(4)]
    assert sorted(place for share in shares for place in share) == list(range(16, 24))
    assert shares[1] == [17, 21]


def test_the_stream_begins_where_training_resumes():
    assert list(batch_positions(3, 9, 2)) == list(islice(batch_positions(0, 9, 2), 3, None))


FOLDERS = np.array([5, 2, 2, 5, 9, 2, 2, 5, 7, 7])
"""Four, three, two and one picture of a folder."""


def test_companions_stand_side_by_side_in_every_epoch():
    order = CompanionOrder(FOLDERS, seed=3)
    epochs = [[order[epoch * 10 + place][0] for place in range(10)] for epoch in range(20)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    for epoch in epochs:
        folders = FOLDERS[epoch].tolist()
        beside = zip([-1, *folders], folders, [*folders[1:], -1], strict=False)
        alone = [folder for before, folder, after in beside if folder not in (before, after)]
        assert sorted(alone) in ([5, 9], [9])  # one of the three, unless it came beside the other two
    assert len({tuple(epoch) for epoch in epochs}) == 20
    beside = [frozenset(pair) for epoch in epochs for pair in pairwise(epoch)]
    twos_of_four = {frozenset(pair) for pair in combinations((1, 2, 5, 6), 2)}
    assert twos_of_four < set(beside)


def test_the_order_of_companions_is_a_function_of_seed_and_position_and_mirrors_as_any():
    straight = [CompanionOrder(FOLDERS, seed=1)[position] for position in range(20)]
    order = CompanionOrder(FOLDERS, seed=1)
    assert [order[position] for position in reversed(range(20))] == straight[::-1]
    assert [mirrored for _, mirrored in straight] == [Order(10, seed=1)[position][1] for position in range(20)]
