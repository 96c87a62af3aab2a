"""The layout keeps its promises: imports run downwards only, no module knows itself by a detour, no room overflows."""

import tomllib
from collections import Counter

import pytest

from tests.import_graph import PACKAGES, ROOT, circles, import_graph, modules

FILES = modules()
GRAPH = import_graph(FILES)
MOST_LINES = 400
MOST_MODULES = 20
LARGEST_SHARE = 0.2


def layers_of(package: str) -> list[str]:
    """The layers of a package from the top, as the linter's contract states them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (contract,) = (contract for contract in contracts if contract.get("containers") == [package])
    return list(contract["layers"])


def members(layer: str) -> list[str]:
    """`a | (b)` are two packages that do not know each other, one of which may be missing; `a : b` may."""
    return [name.strip("() ") for name in layer.replace("|", ":").split(":")]


def test_no_package_imports_one_above_it() -> None:
    upwards = [
        f"{importer} -> {imported}"
        for importer, imports in GRAPH.items()
        for imported in imports
        if PACKAGES.index(importer.split(".")[0]) > PACKAGES.index(imported.split(".")[0])
    ]
    assert upwards == []


@pytest.mark.parametrize("package", ["aahq_builder", "blendgan"])
def test_no_import_runs_upwards_or_to_a_neighbour_also_inside_functions(package: str) -> None:
    layers = layers_of(package)
    number = {name: index for index, layer in enumerate(layers) for name in members(layer)}
    wrong = []
    for importer, imported in [(a, b) for a, imports in GRAPH.items() for b in imports]:
        if importer.startswith(f"{package}.") and imported.startswith(f"{package}."):
            user, used = importer.split(".")[1], imported.split(".")[1]
            are_strangers = user != used and number[user] == number[used] and "|" in layers[number[user]]
            if number[user] > number[used] or are_strangers:
                wrong.append(f"{importer} -> {imported}")
    assert wrong == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(GRAPH) == []


def test_circles_are_found_through_any_number_of_modules() -> None:
    graph = {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("ae"), "d": frozenset("a"), "e": frozenset()}
    assert circles(graph) == [["a", "b", "c"]]


def test_no_file_is_too_long_to_be_read_at_once() -> None:
    lines = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in FILES.values()}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_no_folder_holds_too_many_modules_beside_each_other() -> None:
    count = Counter(path.parent for path in FILES.values() if path.name != "__init__.py")
    assert {str(folder): number for folder, number in count.items() if number > MOST_MODULES} == {}


@pytest.mark.parametrize("package", ["aahq_builder", "blendgan"])
def test_no_folder_holds_more_than_a_fifth_of_its_package(package: str) -> None:
    lines: Counter[str] = Counter()
    for path in (ROOT / package).rglob("*.py"):
        lines[str(path.parent.relative_to(ROOT))] += len(path.read_text("utf-8").splitlines())
    shares = {folder: count / lines.total() for folder, count in lines.items()}
    assert {folder: share for folder, share in shares.items() if share > LARGEST_SHARE} == {}
