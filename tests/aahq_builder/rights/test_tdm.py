"""Reservations count in every type and spelling."""

import pytest

from aahq_builder.rights.tdm import in_tdmrep, is_name, is_reserved


@pytest.mark.parametrize(
    "value", [1, 1.0, True, "1", " 1 ", "1.0", "true", "True", "yes", '"1"', "0, 1", "1;p=x", [1], ["0", "1"]]
)
def test_one_is_one_however_it_is_written(value: object) -> None:
    assert is_reserved(value)


@pytest.mark.parametrize("value", [0, 0.0, False, None, "0", "", "false", "no", "10", 2, [], [0], {}, {"1": 1}, "2021"])
def test_everything_else_reserves_nothing(value: object) -> None:
    assert not is_reserved(value)


def test_names_are_read_as_sites_write_them() -> None:
    assert all(
        is_name(name)
        for name in ("tdm-reservation", "TDM-Reservation", "tdm_reservation", "tdm:reservation", " tdm reservation")
    )
    assert not any(is_name(name) for name in ("tdm-policy", "reservation", ""))


RESERVED = "tdm-reservation"


@pytest.mark.parametrize(
    ("rules", "path", "denies"),
    [
        ([{"location": "/", RESERVED: True}], "/a.png", True),
        ([{"location": "/art/*", "TDM-Reservation": "1"}], "/art/a.png", True),
        ([{"location": "art/", RESERVED: 1}], "/art/a.png", True),
        ([{"location": ["/art/", "/pics/"], RESERVED: 1}], "/pics/a.png", True),
        ([{"location": "https://example.org/art/", RESERVED: 1}], "/art/a.png", True),
        ([{"location": "/caf%C3%A9/", RESERVED: 1}], "/café/a.png", True),
        ([{"location": "/café/", RESERVED: 1}], "/caf%C3%A9/a.png", True),
        ([{RESERVED: 1}], "/a.png", True),
        ({"location": "/", RESERVED: 1}, "/a.png", True),
        ({"rules": [{"location": "/", RESERVED: 1}]}, "/a.png", True),
        ([{"location": "/free/", RESERVED: 0}, {"location": "/", RESERVED: 1}], "/free/a.png", False),
        ([{"location": "/art/", RESERVED: 1}], "/a.png", False),
        ([{"location": "http://[bad", RESERVED: 0}], "/a.png", False),
        ([None, 3, "x", [], {}], "/a.png", False),
        ("text", "/a.png", False),
        (None, "/a.png", False),
    ],
)  # fmt: skip
def test_the_first_rule_that_covers_a_path_decides_in_every_shape_of_the_file(
    rules: object, path: str, denies: bool
) -> None:
    assert bool(in_tdmrep(rules, path)) is denies


@pytest.mark.parametrize(
    ("path", "denies"), [("/art/1.png", True), ("/art/free/1.png", False), ("/x.png", False), ("/pics/a.jpg", True)]
)
def test_rules_are_tried_in_their_order_and_what_is_no_rule_is_passed_over(path: str, denies: bool) -> None:
    rules = [
        {"location": "/art/free/*", "tdm-reservation": 0},
        {"location": "/art/", "tdm-reservation": 1},
        {"location": "/pics/*.jpg$", "tdm-reservation": 1},
        "not a rule",
    ]
    assert bool(in_tdmrep(rules, path)) is denies
