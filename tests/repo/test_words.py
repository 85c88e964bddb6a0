"""The documents use one word for one concept: those of the table in CONTRIBUTING.md."""

import re
from pathlib import Path

import pytest

from tests.repo.documents import ALL, ROOT

AVOIDED = {
    "rejection, rejected": r"refus(?:e|es|ed|al|als)",
    "resolve": r"settl(?:e|es|ed|ing|ement)",
    "optimistic": r"guess(?:es|ed)?",
    "cancel": r"call(?:s|ed|ing)? off",
    "refund": r"g(?:ive|ives|ave|iven|iving)(?: \w+)? back",
    "automatically": r"by itself",
    "no longer": r"any ?more",
    "split": r"divided? over",
    "capacity": r"room",
    "parent": r"original transaction",
}
_CODE = re.compile(r"```.*?```|`[^`\n]*`|\]\([^)]*\)", re.DOTALL)


@pytest.mark.parametrize("path", ALL, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_use_one_word_for_one_concept(path: Path) -> None:
    prose = _CODE.sub("", path.read_text())
    found = {word: re.findall(rf"\b{pattern}\b", prose, re.IGNORECASE) for word, pattern in AVOIDED.items()}
    assert {word: others for word, others in found.items() if others} == {}
