"""Naming rows and matches: by the messages that lists return, or by ids."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from ledgerapi.v1.external_record_pb2 import ExternalRecord
from ledgerapi.v1.reconciliation_match_pb2 import (
    MatchNumbers,
    MatchSelection,
    ReconciliationEntry,
    ReconciliationEntryKey,
)

Entry: TypeAlias = ReconciliationEntry | ReconciliationEntryKey | tuple[str, str]
"""An entry, or its transaction and the balance that it is seen from: ("txn_...", "bln_...")."""


def record_id(record: str | ExternalRecord) -> str:
    """The id of a record."""
    return record if isinstance(record, str) else record.id


def record_ids(records: Iterable[str | ExternalRecord]) -> list[str]:
    """The ids of records.

    Raises:
        TypeError: One id alone, which would be taken letter by letter.
    """
    if isinstance(records, str):
        raise TypeError("records is a list of records or ids, not a str")
    return [record_id(record) for record in records]


def entry_key(entry: Entry) -> ReconciliationEntryKey:
    """What names an entry."""
    if isinstance(entry, ReconciliationEntryKey):
        return entry
    if isinstance(entry, ReconciliationEntry):
        return ReconciliationEntryKey(transaction_id=entry.transaction_id, balance_id=entry.balance_id)
    transaction_id, balance_id = entry
    return ReconciliationEntryKey(transaction_id=transaction_id, balance_id=balance_id)


def selection(numbers: Sequence[int] | None, rule_place: int | None) -> MatchSelection:
    """These matches, or those that one rule found; without either, all. No number at all is never all.

    Raises:
        ValueError: Both are given.
    """
    if numbers is not None and rule_place is not None:
        raise ValueError("give only one of numbers and rule_place")
    if numbers is not None:
        return MatchSelection(numbers=MatchNumbers(values=numbers))
    return MatchSelection(all=True) if rule_place is None else MatchSelection(rule_place=rule_place)
