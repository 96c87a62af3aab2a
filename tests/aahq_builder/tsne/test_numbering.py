"""Numbers of clusters last, by cases that can be counted by hand."""

import numpy as np

from aahq_builder.tsne.numbering import keep_numbers
from aahq_builder.tsne.shown import NO_CLUSTER


def numbered(labels: str, earlier: str = "", given: int = 0) -> tuple[str, int]:
    """Faces a, b, c, … by a letter of their label and a digit of their earlier number; `.` is no cluster."""
    face_ids = [chr(ord("a") + index) for index in range(len(labels))]
    held = {chr(ord("a") + index): int(digit) for index, digit in enumerate(earlier) if digit.isdigit()}
    found = np.array([NO_CLUSTER if letter == "." else ord(letter) - ord("A") for letter in labels])
    numbers, given = keep_numbers(found, face_ids, held, given)
    return "".join("." if number == NO_CLUSTER else str(number) for number in numbers), given


def test_a_first_map_numbers_the_largest_cluster_first():
    assert numbered("AABBB.CCCC") == ("33222.1111", 3)


def test_the_same_clusters_keep_their_numbers_whatever_they_are_called():
    assert numbered("BBB.AACC", "111.2233", 3) == ("111.2233", 3)


def test_new_faces_take_the_number_of_their_cluster():
    assert numbered("AAABBBA.", "222111", 2) == ("2221112.", 2)


def test_a_cluster_of_new_faces_gets_a_number_that_was_never_given():
    assert numbered("AAABBB", "111", 7) == ("111888", 8)


def test_the_larger_part_of_a_split_cluster_keeps_the_number():
    assert numbered("AAABB", "11111", 1) == ("11122", 2)


def test_a_cluster_that_fell_in_halves_is_no_longer_there():
    assert numbered("AABB", "1111", 1) == ("2233", 3)


def test_faces_that_left_the_cluster_count_and_faces_that_left_the_map_do_not():
    assert numbered("AA..", "1111", 1) == ("22..", 2)
    assert numbered("AA.", "111", 1) == ("11.", 1)


def test_merged_clusters_go_under_the_number_of_the_largest():
    assert numbered("AAAAA", "22211", 2) == ("22222", 2)
    assert numbered("AAAA", "2211", 2) == ("1111", 2)


def test_no_faces_have_no_numbers():
    assert numbered("", given=4) == ("", 4)
