"""Canonical rows made by PostgreSQL, and the digest of metadata.

verify_entries.sql makes the canonical rows of store/canonical.py a second time, from the stored rows, and uses nothing
that posting computed. The file uses a few short words for long expressions, and this module replaces them.
"""

import hashlib
import json
import re
from typing import TypeVar

from ledgerd.store import sql

_Statements = TypeVar("_Statements", bound=sql.Statements)

_WORDS = {
    # As canonical.py escapes them.
    "escaped": (
        r"COALESCE(replace(replace(replace(replace({0}, '\', '\\'), E'\t', '\t'), E'\n', '\n'), E'\r', '\r'), '\N')"
    ),
    "key": r"COALESCE(encode(uuid_send({0}), 'hex'), '\N')",
    "instant": r"COALESCE(to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00', '\N')",
    "plain": r"COALESCE({0}::text, '\N')",
    "flag": r"CASE {0} WHEN true THEN 't' WHEN false THEN 'f' ELSE '\N' END",
}
_WORD = re.compile(rf"\b({'|'.join(_WORDS)})\(([a-z_.]+(?:::[a-z]+)?)\)")
_EXACT_BOUND = 2**53


def load(shape: type[_Statements], file_name: str) -> _Statements:
    """The statements of a file as sql.load gives them, with the words for canonical text replaced."""
    return sql.load(shape, file_name, _in_full)


def _in_full(statement: str) -> str:
    return _WORD.sub(lambda match: _WORDS[match[1]].format(match[2]), statement)


def metadata_digest(stored: str) -> bytes:
    """The digest of metadata as it was posted, from PostgreSQL's form of it.

    PostgreSQL orders keys in its own way and writes numbers out. Posted metadata is ordered by key, and a number that
    is not a whole one below 2^53 is written as Python writes a double.
    """
    value = json.loads(stored, parse_int=_number)
    return hashlib.sha256(_to_json(value).encode()).digest()


def _number(text: str) -> int | float:
    number = int(text)
    return number if -_EXACT_BOUND < number < _EXACT_BOUND else float(text)


_to_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode
