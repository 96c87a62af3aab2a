import itertools

import numpy as np

from aahq_builder.filter.duplicates import Pair, duplicate_of, equal_pairs, groups, hash_pairs


def pair(first: str, second: str) -> Pair:
    return Pair(first, second, "hash", 1.0)


def test_equal_values_join_and_others_do_not() -> None:
    found = equal_pairs({"c": "x", "a": "x", "b": "y", "d": "x"}, "bytes")
    assert groups(found) == [["a", "c", "d"]]


def test_hash_pairs_are_those_of_a_slow_loop() -> None:
    random = np.random.default_rng(5)
    hashes = {f"f{n:03}": f"{value:016x}" for n, value in enumerate(random.integers(0, 2**40, 120, dtype=np.uint64))}
    expected = {
        (a, b)
        for a, b in itertools.combinations(sorted(hashes), 2)
        if (int(hashes[a], 16) ^ int(hashes[b], 16)).bit_count() <= 14
    }
    assert {(p.first, p.second) for p in hash_pairs(hashes, 14)} == expected
    assert expected


def test_groups_are_the_connected_components_whatever_the_order() -> None:
    pairs = [pair("a", "b"), pair("d", "e"), pair("b", "c"), pair("f", "e")]
    for order in itertools.permutations(pairs):
        assert groups(order) == [["a", "b", "c"], ["d", "e", "f"]]


def test_the_best_copy_is_kept_and_the_lowest_id_breaks_a_tie() -> None:
    pairs = [pair("a", "b"), pair("b", "c"), pair("x", "y")]
    quality = {"a": (1, 100), "b": (1, 300), "c": (0, 900), "x": (1, 5), "y": (1, 5)}
    assert duplicate_of(pairs, quality) == {"a": "b", "c": "b", "y": "x"}
