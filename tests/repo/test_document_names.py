"""Documents name what exists: files, anchors of links, and in the documents of the design the names of the code."""

import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

from ledgerd import config
from tests.repo.documents import ALL, ROOT, blocks

DESIGN = [ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs/design").glob("*.md"))]
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
_PATH = re.compile(r"(?<![\w/.$<:-])(?:[\w.-]+/)+[\w.-]+\.(?:py|sql|proto|md|toml|txt|json|yml|binpb)\b")
_NAME = re.compile(r"`([A-Za-z_][\w.]*)`")


@cache
def files() -> tuple[str, ...]:
    """Every file of the repository, also if it is not committed yet."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return tuple(name for name in listed if (ROOT / name).is_file())


@cache
def code() -> frozenset[str]:
    """Every word in the code and the contract, and every setting."""
    paths = [ROOT / name for name in files() if name.startswith(("src/", "protos/ledgerapi/"))]
    texts = [path.read_text() for path in paths if path.suffix in {".py", ".sql", ".proto"}]
    return frozenset(word for text in texts for word in re.findall(r"\w+", text)) | config.names().keys()


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def exists(name: str) -> bool:
    """Whether a path is the end of the path of some file: `store/sql.py` is that of `src/ledgerd/store/sql.py`."""
    return any(f"/{file}".endswith(f"/{name}") for file in files())


@pytest.mark.parametrize("path", ALL, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target, anchor in _LINK.findall(path.read_text()):
        there = (path.parent / target).resolve() if target else path
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), f"{target}#{anchor}"


@pytest.mark.parametrize("path", ALL, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_are_named_exist(path: Path) -> None:
    named = {name.removeprefix("./") for name in _PATH.findall(_LINK.sub("", path.read_text()))}
    assert {name for name in named if not exists(name)} == set()


@pytest.mark.parametrize("path", DESIGN, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_of_the_code_are_those_of_the_code(path: Path) -> None:
    named = [name for name in _NAME.findall(path.read_text()) if not name.endswith((".py", ".md"))]
    assert {name for name in named if not set(name.split(".")) <= code()} == set()
    modules = {name for name in _NAME.findall(path.read_text()) if name.endswith(".py")}
    assert {name for name in modules if not exists(name)} == set()


def test_the_floors_are_those_that_the_imports_keep() -> None:
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    ladders = [contract["layers"] for contract in linter["contracts"] if contract["type"] == "layers"]
    drawn = blocks(ROOT / "ARCHITECTURE.md")[: len(ladders)]
    for ladder, block in zip(ladders, drawn, strict=True):
        floors = [set(re.findall(r"\w+", re.split(r" {2,}", line)[0])) for line in block.text.splitlines()]
        modules = [module for layer in ladder for module in re.split(r" [|:] ", layer)]
        assert {module for module in modules if not any(module in floor for floor in floors)} == set()
        levels = [min(level for level, floor in enumerate(floors) if module in floor) for module in modules]
        assert levels == sorted(levels)
