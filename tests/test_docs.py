"""The pages say what is true: every folder, file, function and command that they name is there, and none is missing."""

import ast
import re
from pathlib import Path

import pytest

from aahq_builder.cli import COMMANDS as BUILD_COMMANDS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
PACKAGES = ("pipelines", "aahq_builder", "blendgan", "benchmarks")
NOT_NAMED = ("__init__.py", "__main__.py")
LINK = re.compile(r"\[`([\w.]+)`\]\(([\w./]+\.py)\)")
"""A function or class, linked to the file that defines it."""


def modules() -> list[Path]:
    found = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return [path for path in found if path.name not in NOT_NAMED and "cache" not in path.parts]


def tree() -> dict[str, str]:
    """The files that the page's tree names, by their path, with what it says of them."""
    named, folders = {}, []
    for line in ARCHITECTURE.partition("```\n")[2].partition("\n```")[0].splitlines():
        name, _, words = line.strip().partition(" ")
        depth = (len(line) - len(line.lstrip())) // 2
        folders = [*folders[:depth], name.rstrip("/")]
        if name.endswith(".py"):
            named["/".join(folders)] = words.strip()
    return named


def names_in(path: Path) -> set[str]:
    """Functions, classes, methods and constants that a file defines, and its own name."""
    names = {path.stem}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)}
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def test_the_tree_names_every_file_and_no_other() -> None:
    assert set(tree()) == {str(path.relative_to(ROOT)) for path in modules()}


def test_the_tree_says_of_each_file_what_the_file_says_of_itself() -> None:
    for name, words in tree().items():
        docstring = " ".join((ast.get_docstring(ast.parse((ROOT / name).read_text())) or "").replace("`", "").split())
        assert words and docstring.startswith(words), f"{name}: {words}"


def test_the_readme_names_every_folder() -> None:
    for folder in sorted({path.parent for path in modules()}):
        name = str(folder.relative_to(ROOT))
        inner = name.count("/") - ("training" in name) > 1  # formats, shapes, detectors: parts of the folder above
        assert inner or f"\n{name}/" in README, f"{name} is missing in the README"


@pytest.mark.parametrize("page", ["README.md", "docs/architecture.md"])
def test_every_linked_function_is_where_the_link_leads(page: str) -> None:
    links = LINK.findall((ROOT / page).read_text())
    assert links
    for name, target in links:
        path = (ROOT / page).parent / target
        assert path.exists(), f"{page} links {target}, which does not exist"
        assert name in names_in(path), f"{page}: {target} defines no {name}"


def test_every_link_to_a_file_leads_to_one() -> None:
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            assert "://" in target or (page.parent / target).exists(), f"{page.name} links {target}"


def test_the_readme_is_read_in_minutes() -> None:
    assert len(README.split()) < 1000


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("a licence decided", "aahq_builder/rights/rules.py"),
        ("a request slowed down", "aahq_builder/web/"),
        ("a takedown touches", "aahq_builder/removal/erase.py"),
        ("R1 computed", "blendgan/losses/"),
    ],
)
def test_the_readme_answers_where_a_thing_is(question: str, answer: str) -> None:
    line = next(line for line in README.splitlines() if question in line)
    assert answer in line


@pytest.mark.parametrize("command", BUILD_COMMANDS)
def test_the_docs_name_every_command(command: str) -> None:
    pages = README + "".join(page.read_text() for page in (ROOT / "docs").glob("*.md"))
    assert f"aahq-build {command}" in pages


@pytest.mark.parametrize("command", BUILD_COMMANDS)
def test_every_command_has_an_example_that_names_it(command: str) -> None:
    assert f"aahq-build {command}" in BUILD_COMMANDS[command].example


def test_every_picture_in_the_docs_exists_and_is_credited() -> None:
    pages = {ROOT / "README.md": README} | {page: page.read_text() for page in (ROOT / "docs").glob("*.md")}
    credit_page = ROOT / "docs" / "images" / "CREDITS.md"
    for page, text in pages.items():
        for link in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text):
            assert (page.parent / link).exists(), f"{page.name} shows {link}, which does not exist"
            assert Path(link).name in credit_page.read_text(), f"{link} is not in {credit_page.relative_to(ROOT)}"


def test_no_page_names_a_path_of_a_machine() -> None:
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        assert not re.search(r"/(home|root|Users|work)/\w", page.read_text()), page.name
