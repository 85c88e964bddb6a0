"""Writes what a run found: matches with their rows, and the rows that are in none."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from ledgerd.store.copying import copy_rows

_MATCH = ["reconciliation_id", "number", "level", "record_number", "transaction_id", "balance_id", "drift", "distance",
          "is_ambiguous"]  # fmt: skip
_MEMBER = ["reconciliation_id", "match_number", "place", "record_number", "transaction_id", "balance_id"]
_UNMATCHED = ["reconciliation_id", "number", "record_number", "transaction_id", "balance_id", "outcome"]
_NULL = "\\N"


class Entry(NamedTuple):
    """A movement of a balance: the transaction and the balance, each as 32 hex digits."""

    transaction: str
    balance: str


class StoredMatch(NamedTuple):
    """A match to be written."""

    level: int
    records: tuple[int, ...]
    entries: tuple[Entry, ...]
    drift: int
    distance: int

    @property
    def is_pair(self) -> bool:
        """Whether it is of one record and one entry: then its row names them, and it has no members."""
        return len(self.records) == len(self.entries) == 1


class Unmatched(NamedTuple):
    """A row that is in no match: a record or an entry."""

    outcome: str
    record: int | None
    entry: Entry | None


async def write_matches(
    connection: asyncpg.Connection,
    reconciliation_id: uuid.UUID,
    numbers: Sequence[int],
    matches: Sequence[StoredMatch],
    *,
    is_ambiguous: bool,
) -> None:
    """Write matches, each with its number, and their members. Inside of a transaction."""
    of, ambiguous = reconciliation_id.hex, "t" if is_ambiguous else "f"
    rows: list[str] = []
    members: list[str] = []
    for number, match in zip(numbers, matches, strict=True):
        pair = _both(match.records[0], match.entries[0]) if match.is_pair else _both(None, None)
        rows.append(f"{of}\t{number}\t{match.level}\t{pair}\t{match.drift}\t{match.distance}\t{ambiguous}\n")
        if not match.is_pair:
            sides = [_both(record, None) for record in match.records] + [_both(None, entry) for entry in match.entries]
            members += [f"{of}\t{number}\t{place}\t{side}\n" for place, side in enumerate(sides)]
    await copy_rows(connection, "matches", rows, _MATCH)
    await copy_rows(connection, "match_members", members, _MEMBER)


async def write_unmatched(
    connection: asyncpg.Connection, reconciliation_id: uuid.UUID, first_number: int, unmatched: Sequence[Unmatched]
) -> None:
    """Write rows that are in no match, numbered from ``first_number`` on."""
    of = reconciliation_id.hex
    rows = [
        f"{of}\t{number}\t{_both(row.record, row.entry)}\t{row.outcome}\n"
        for number, row in enumerate(unmatched, first_number)
    ]
    await copy_rows(connection, "unmatched_rows", rows, _UNMATCHED)


def _both(record: int | None, entry: Entry | None) -> str:
    shown = _NULL if record is None else str(record)
    return f"{shown}\t{_NULL}\t{_NULL}" if entry is None else f"{shown}\t{entry.transaction}\t{entry.balance}"
