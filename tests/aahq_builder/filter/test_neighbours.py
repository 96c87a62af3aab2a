import numpy as np
import pytest

from aahq_builder.filter.neighbours import DescriptorIndex, average_of, candidate_pairs, inverted_lists
from aahq_builder.filter.sketch import mirror_descriptor

AVERAGE = np.full((4, 4, 8), 100.0, np.float32)


def random_descriptors(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 4, 4, 8), dtype=np.uint8)


def cosine(first: np.ndarray, second: np.ndarray) -> float:
    a, b = (x.astype(float).ravel() - 100.0 for x in (first, second))
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_even_and_odd_products_give_the_cosine_similarity_as_it_is_and_mirrored() -> None:
    values = random_descriptors(6)
    index = DescriptorIndex.of(values, AVERAGE)
    even, odd = index.products(np.arange(6), np.arange(6))
    for row in range(6):
        for column in range(6):
            assert even[row, column] + odd[row, column] == pytest.approx(cosine(values[row], values[column]), abs=1e-5)
            mirror = cosine(values[row], mirror_descriptor(values[column]))
            assert even[row, column] - odd[row, column] == pytest.approx(mirror, abs=1e-5)


@pytest.mark.parametrize("exact_up_to", [10_000, 100])
def test_every_copy_is_found_and_told_whether_it_is_mirrored(exact_up_to: int) -> None:
    originals = random_descriptors(3000)
    copies = np.clip(originals[:50].astype(int) + np.random.default_rng(1).integers(-20, 21, (50, 4, 4, 8)), 0, 255)
    copies[::2] = mirror_descriptor(copies[::2])
    index = DescriptorIndex.of(np.concatenate([originals, copies.astype(np.uint8)]), AVERAGE)
    found = candidate_pairs(index, 0.8, exact_up_to=exact_up_to)
    assert sorted(found) == [(n, 3000 + n) for n in range(50)]
    assert [found[n, 3000 + n].mirrored for n in range(50)] == [n % 2 == 0 for n in range(50)]


def test_pairs_are_those_of_a_slow_loop() -> None:
    values = random_descriptors(60)
    expected = {
        (a, b)
        for b in range(60)
        for a in range(b)
        if max(cosine(values[a], values[b]), cosine(values[a], mirror_descriptor(values[b]))) >= 0.2
    }
    found = candidate_pairs(DescriptorIndex.of(values, AVERAGE), 0.2)
    assert set(found) == expected
    assert expected


def test_a_small_set_has_the_average_at_large_and_a_large_one_its_own() -> None:
    values = random_descriptors(4000)
    few, many = average_of(values[:10], AVERAGE), average_of(values, AVERAGE)
    assert np.abs(few - AVERAGE).max() < 2
    assert many == pytest.approx((4000 * values.mean(axis=0) + 1000 * AVERAGE) / 5000, abs=1e-3)


def test_only_pairs_with_a_new_row_are_sought_and_steps_add_up_to_the_whole() -> None:
    index = DescriptorIndex.of(random_descriptors(80), AVERAGE)
    whole = set(candidate_pairs(index, 0.15))
    steps = [set(candidate_pairs(index.first(end), 0.15, new_from=end - 20)) for end in (20, 40, 60, 80)]
    assert set().union(*steps) == whole
    assert sum(map(len, steps)) == len(whole)


def test_every_row_is_entered_in_its_number_of_inverted_lists() -> None:
    index = DescriptorIndex.of(random_descriptors(5000), AVERAGE)
    counts = np.bincount(np.concatenate(list(inverted_lists(index))), minlength=5000)
    assert counts.max() <= 4
    assert (counts > 0).mean() > 0.99
