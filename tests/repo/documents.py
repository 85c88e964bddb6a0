"""What the documents of the repository show as code."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
READMES = [ROOT / "README.md", ROOT / "clients/python/README.md", ROOT / "protos/README.md"]
ALL = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *READMES[1:],
    ROOT / "clients/README.md",
    ROOT / "tests/README.md",
]

_BLOCK = re.compile(
    r"(?:[^\n]*`(?P<file>\w+\.py)`[^\n]*\n\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)


class Block(NamedTuple):
    """A fenced block; a program has the name of the file that the line above it says to put it into."""

    language: str
    text: str
    file: str | None


def blocks(path: Path) -> list[Block]:
    """The blocks of a document, from top to bottom."""
    found = [Block(block["language"], block["text"], block["file"]) for block in _BLOCK.finditer(path.read_text())]
    assert 2 * len(found) == len(re.findall(r"^```", path.read_text(), re.MULTILINE)), path
    return found
