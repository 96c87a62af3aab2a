"""The README names every file and every command; no page speaks of a machine."""

import re
from pathlib import Path

import pytest

from aahq_builder.cli import COMMANDS as BUILD_COMMANDS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
TREE = README.partition("## Where things are")[2].partition("\n## ")[0]
PACKAGES = ("aahq_builder", "blendgan", "pipelines", "benchmarks")


@pytest.mark.parametrize(
    "module",
    [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if path.name not in ("__init__.py", "__main__.py") and "cache" not in path.parts
    ],
)
def test_the_readmes_tree_names_every_module(module: str) -> None:
    assert re.search(rf"\b{re.escape(Path(module).name)}\b", TREE), f"{module} is missing in the README's tree"


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
