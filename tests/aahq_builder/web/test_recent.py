"""What was used last stays, up to the weight."""

from aahq_builder.web.recent import Recent


def test_what_was_not_used_for_longest_is_dropped_first() -> None:
    recent: Recent[int] = Recent(max_weight=30)
    for number in range(3):
        recent.put(f"n{number}", number, weight=10)
    recent.get("n0")
    recent.put("n3", 3, weight=10)
    assert [recent.get(f"n{number}") for number in range(4)] == [0, None, 2, 3]
    assert recent.weight == 30


def test_a_value_that_is_put_again_weighs_once() -> None:
    recent: Recent[str] = Recent(max_weight=30)
    for value in "abc":
        recent.put("name", value, weight=20)
    assert (recent.get("name"), recent.weight) == ("c", 20)


def test_one_heavy_value_stays_alone() -> None:
    recent: Recent[str] = Recent(max_weight=10)
    recent.put("light", "l", weight=1)
    recent.put("heavy", "h", weight=1000)
    assert (recent.get("light"), recent.get("heavy")) == (None, "h")
