"""Which module of the project imports which, read from the source: imports inside functions and for types count too."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("pipelines", "aahq_builder", "blendgan")

Graph = Mapping[str, frozenset[str]]
"""Modules by dotted name, and the modules that each imports."""


def modules() -> dict[str, Path]:
    """Every module of the packages; a package's `__init__` goes by the package's name."""
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    return {_dotted(file): file for file in files}


def import_graph(files: Mapping[str, Path]) -> Graph:
    return {name: frozenset(_imports(name, path, files)) for name, path in files.items()}


def circles(graph: Graph) -> list[list[str]]:
    """Groups of modules that import each other, directly or through others (strongly connected, Tarjan 1972)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        stack.append(module)
        for imported in graph[module]:
            if imported not in order:
                visit(imported)
            if imported in stack:
                lowest[module] = min(lowest[module], lowest[imported])
        if lowest[module] == order[module]:
            place = stack.index(module)
            group = stack[place:]
            del stack[place:]
            if len(group) > 1:
                found.append(sorted(group))

    for module in graph:
        if module not in order:
            visit(module)
    return found


def _dotted(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(importer: str, path: Path, files: Mapping[str, Path]) -> Iterator[str]:
    for name in _names(ast.parse(path.read_text("utf-8"))):
        known = name
        while known and known not in files:  # `from package.module import function` names the function too
            known = known.rpartition(".")[0]
        if known and known != importer:
            yield known


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
