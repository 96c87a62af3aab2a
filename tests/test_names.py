"""Names mean one thing: a class is found by its name alone."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("aahq_builder", "blendgan", "pipelines")


def places_of_classes() -> dict[str, list[str]]:
    """Where each class name is defined, nested classes included."""
    places = defaultdict(list)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ClassDef):
                    places[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    return places


def test_no_two_classes_share_a_name() -> None:
    shared = {name: where for name, where in places_of_classes().items() if len(where) > 1}
    assert shared == {}
