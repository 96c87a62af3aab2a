"""Patterns match what a plain reading of them says, and in time that does not explode."""

import itertools
import re
import time

import pytest

from aahq_builder.rights.wildcards import matches


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/art/", "/art/1.png", True),
        ("/art/", "/Art/1.png", False),
        ("/art$", "/art", True),
        ("/art$", "/art/", False),
        ("*.jpg$", "/a/b.jpg", True),
        ("*.jpg$", "/a/b.jpg?x=1", False),
        ("/*/private/*.png", "/a/b/private/x.png", True),
        ("/*/private/*.png", "/private/x.png", False),
        ("/a*a$", "/a", False),
        ("/a*a$", "/aa", True),
        ("*", "/anything", True),
        ("/x[1]?.png", "/x[1]?.png", True),
        ("/x[1]?.png", "/x1y.png", False),
        ("/cost$/a", "/cost$/a", True),
    ],
)
def test_a_pattern_is_a_prefix_with_stars_and_an_end(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, path) is expected


def test_it_agrees_with_a_regular_expression_on_all_short_patterns() -> None:
    paths = ["".join(letters) for size in range(5) for letters in itertools.product("ab", repeat=size)]
    for size in range(5):
        for letters in itertools.product("ab*", repeat=size):
            for end in ("", "$"):
                pattern = "".join(letters) + end
                expression = re.compile("".join(letters).replace("*", ".*") + ("$" if end else ""))
                for path in paths:
                    assert matches(pattern, path) is bool(expression.match(path)), (pattern, path)


def test_many_stars_cost_no_more_than_few() -> None:
    began = time.monotonic()
    assert not matches("/" + "*a" * 2000 + "b$", "/" + "a" * 4000)
    assert time.monotonic() - began < 1.0  # a backtracking reading would not end
