"""The project uses one word for one concept: those of the table in CONTRIBUTING.md."""

import io
import re
import tokenize
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.repo.documents import ALL, ROOT

CONTRACT = sorted((ROOT / "protos/ledgerapi/v1").glob("*.proto"))
CLIENT = [*sorted((ROOT / "clients/python/src").rglob("*.py")), *sorted((ROOT / "clients/python/samples").glob("*.py"))]
SERVER = [
    path
    for path in sorted((ROOT / "src/ledgerd").rglob("*"))
    if path.suffix in {".py", ".sql"} and path.parent.name != "migrations"
]
"""Without migrations: one that ran is never changed."""

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
AVOIDED_IN_SERVER = AVOIDED | {
    "parent": r"originals?",
    "pessimistic": r"cautious(?:ly)?",
    "IdsAndClock": r"mint(?:s|ed|er)?",
    "ordered run, traffic": r"lanes?",
    "together": r"stands? (?:and|or) falls?",
    "takes precedence": r"wins?",
}
AVOIDED_IN_CLIENT = AVOIDED_IN_SERVER | {
    "header": r"leads?",
    "parent": r"originals?",
    "remainder": r"left",
    "apply": r"fill(?:s|ed|ing)?(?: in)?",
    "amendment": r"orders|ordering",
}
AVOIDED_IN_CONTRACT = AVOIDED_IN_CLIENT | {"deferred": r"wait(?:s|ed|ing)?|later", "decide": r"judged?"}

EXCUSED = {
    "Unicode 14 or later": "a version, not a time",
    "How long to wait at most": "WaitTransaction is the name of the RPC",
    "calls, streams, watches or waits": "what `unit` of TOO_BUSY names",
    "batch id|settlement id": "a column of exports",
    "as which it refuses to run": "PostgreSQL does not run under root, which is not a rejection",
}
"""Phrases in which an avoided word means something else, and what."""

GONE = {
    "deferred": r"NOT_WAITING|waits_for|wait_on|accepted_as|ACCEPTING_\w+",
    "header, legs, compound": r"leads?|lead_id|open_lead|is_lead|part_of|\w+_of_several|decide_several",
    "parent": r"Originals?|originals?|original_\w+",
    "rejection": r"\w*[Rr]efus(?:e|es|ed|al|als)",
    "proposal, request": r"Asked|AskedCondition",
    "amendment": r"decide_order|order_reference",
    "hold": r"CommitInflight|VoidInflight|HOLD_SETTLED",
    "resolve, transition": r"Settle|Settling|Settlement|settlements?|decide_settle|settle",
    "apply, prefetch": r"fill_in|fills_in|Filled|FILLED|fill",
    "optimistic, pessimistic": r"Guess|guess|record_guess|UnderLocks|\w*cautious\w*",
    "savepoint, rollback_to": r"take_back|Mark",
    "lease": r"Claim|taking|held_until",
    "ordered run, traffic": r"Line|Lane|lanes?",
    "plan writer, header entry": r"store/record(?!\w)",
    "IdsAndClock": r"[Mm]inter",
    "capacity": r"room|has_room",
    "remainder": r"takes_rest|Left",
    "decision": r"Judge",
}
"""Names that are no longer used, by the word that took their place."""
STILL_NAMED = {
    **dict.fromkeys(
        [("CHANGELOG.md", word) for word in ("CommitInflight", "VoidInflight", "HOLD_SETTLED", "NOT_WAITING", "guess")],
        "what it was called before",
    ),
    ("CHANGELOG.md", "Refused"): "what the exception was called before",
    ("CHANGELOG.md", "refused"): "what the log line was called before",
    ("src/ledgerd/embedded/account.py", "refuses"): "PostgreSQL does not run under root, which is not a rejection",
    ("src/ledgerd/core/model/account.py", "leads"): "a state leads to another",
    ("docs/operations.md", "leads"): "a history leads to a head",
    ("src/ledgerd/reconciliation/formats/ofx.py", "original_currency"): "what OFX calls it",
    ("src/ledgerd/reconciliation/formats/swift_details.py", "original_amount"): "what banks call it",
    ("src/ledgerd/reconciliation/formats/suggest_columns.py", "settlement"): "a column of exports",
}

_NAME_ENDS = r"(?<![\w.])(?:{})(?!\w)"
_CODE = re.compile(r"```.*?```|`[^`\n]*`|\]\([^)]*\)", re.DOTALL)
_COMMENT = {".proto": re.compile(r"//(.*)"), ".sql": re.compile(r"--(.*)")}
_VERBS = re.compile(r"\bleads? (?:to|elsewhere|nowhere)\b|\bit leads\b")
_IN_BRACES = re.compile(r"\{[^{}]*\}")
"""The examples of details in the contract, and what an f-string inserts."""


def prose(path: Path) -> str:
    """What people read in a file, on one line: a document, or the comments of code and its texts of several words."""
    if path.suffix == ".md":
        return _words(path.read_text())
    if path.suffix == ".py":
        return _words(" ".join(_texts(path)))
    return _words(" ".join(_COMMENT[path.suffix].findall(path.read_text())))


def _texts(path: Path) -> Iterable[str]:
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type == tokenize.COMMENT:
            yield token.string.lstrip("#")
        elif tokenize.tok_name[token.type] in {"STRING", "FSTRING_MIDDLE"} and " " in token.string:
            yield token.string


def _words(text: str) -> str:
    return " ".join(_IN_BRACES.sub("", _CODE.sub("", text)).split())


def avoided(path: Path, words: Mapping[str, str]) -> dict[str, list[str]]:
    """The avoided words of a file, by the word to use."""
    text = prose(path)
    for phrase in EXCUSED:
        text = text.replace(phrase, "")
    found = {word: re.findall(rf"\b(?:{pattern})\b", text, re.IGNORECASE) for word, pattern in words.items()}
    return {word: others for word, others in found.items() if others}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", ALL, ids=name)
def test_documents_use_one_word_for_one_concept(path: Path) -> None:
    assert avoided(path, AVOIDED) == {}


@pytest.mark.parametrize("path", CONTRACT, ids=name)
def test_the_contract_uses_one_word_for_one_concept(path: Path) -> None:
    assert avoided(path, AVOIDED_IN_CONTRACT) == {}


@pytest.mark.parametrize("path", CLIENT, ids=name)
def test_the_client_uses_one_word_for_one_concept(path: Path) -> None:
    assert avoided(path, AVOIDED_IN_CLIENT) == {}


def test_the_server_uses_one_word_for_one_concept() -> None:
    found = {name(path): avoided(path, AVOIDED_IN_SERVER) for path in SERVER}
    assert {path: words for path, words in found.items() if words} == {}


def test_every_excuse_is_needed() -> None:
    said = " ".join(prose(path) for path in (*CONTRACT, *CLIENT, *SERVER))
    assert [phrase for phrase in EXCUSED if phrase not in said] == []


@pytest.mark.parametrize("word", GONE)
def test_names_of_the_past_are_gone(word: str) -> None:
    """From code and documents, in and outside of prose; a verb of everyday English is not what is meant."""
    pattern = re.compile(_NAME_ENDS.format(GONE[word]))
    found = {
        (name(path), match)
        for path in (*SERVER, *CLIENT, *CONTRACT, *ALL)
        for match in pattern.findall(_VERBS.sub("", path.read_text()))
    }
    assert sorted(found - STILL_NAMED.keys()) == []


def test_every_name_that_is_still_there_is_needed() -> None:
    assert [path for path, match in STILL_NAMED if match not in (ROOT / path).read_text()] == []
