import pytest

from aahq_builder.errors import UserError
from aahq_builder.filter.config import FilterConfig
from aahq_builder.filter.policy import RULES, explain, verdict

GOOD = {
    "face_px": 300.0, "readable": 1.0, "pad_fraction": 0.0, "confidence": 1.0, "sharpness": 0.9,
    "relative_sharpness": 1.0, "contrast": 0.9, "clipped": 0.0, "blockiness": 0.0, "yaw": 0.0,
    "other_faces": 0.0, "known_bits": 30.0, "better_copies": 0.0,
}  # fmt: skip
CONFIG = FilterConfig()


def test_a_face_within_all_bounds_is_kept() -> None:
    assert verdict(GOOD, CONFIG) == ""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.score)
def test_each_rule_rejects_just_outside_its_bound_and_keeps_on_it(rule) -> None:  # type: ignore[no-untyped-def]
    bound = rule.bound(CONFIG)
    outside = bound - 1e-6 if rule.kind == "at_least" else bound + 1e-6
    assert verdict({**GOOD, rule.score: bound}, CONFIG) == ""
    assert verdict({**GOOD, rule.score: outside}, CONFIG) == rule.reason


def test_the_reason_is_the_first_rule_that_fails() -> None:
    assert verdict({**GOOD, "sharpness": 0.0, "pad_fraction": 1.0, "better_copies": 1.0}, CONFIG) == "padding"


def test_a_score_that_could_not_be_taken_is_no_reason() -> None:
    assert verdict({"face_px": 300.0}, CONFIG) == ""


def test_greyscale_is_never_a_reason() -> None:
    assert "saturation" not in {rule.score for rule in RULES}


def test_explaining_names_every_rule_with_score_bound_and_outcome() -> None:
    lines = explain({**GOOD, "pad_fraction": 0.75}, CONFIG)
    assert len(lines) == len(RULES)
    assert [line.split()[1] for line in lines if line.startswith("FAIL")] == ["padding"]
    assert any("pad_fraction = 0.75" in line and f"at most {CONFIG.max_padding:g}" in line for line in lines)


@pytest.mark.parametrize("setting", [{"max_padding": 1.5}, {"min_face_px": 16}, {"min_shared_strokes": 0.1}])
def test_a_bound_that_makes_no_sense_is_refused_with_its_value(setting: dict[str, float]) -> None:
    with pytest.raises(UserError, match=str(next(iter(setting.values())))):
        FilterConfig(**setting).check()
