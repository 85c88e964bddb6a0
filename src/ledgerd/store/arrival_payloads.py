"""Payloads of the events that follow from arrivals, as JSON. Amounts are texts, because they may have any number of
digits."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from ledgerd.core.model.arrival_events import BalanceProof, SourceLate
from ledgerd.core.model.event import EventKind

_AMOUNTS = (
    *("bank_balance", "ledger_balance", "opening", "only_in_bank", "only_in_ledger", "ignored_in_bank"),
    *("ignored_in_ledger", "differences", "unexplained"),
)


def stored(payload: SourceLate | BalanceProof) -> dict[str, object]:
    """As the readers read it."""
    plain = {field.name: getattr(payload, field.name) for field in fields(payload)}
    if isinstance(payload, SourceLate):
        return {**plain, "late_since": payload.late_since.isoformat()}
    return {name: str(value) if name in _AMOUNTS else value for name, value in plain.items()}


def _read_late(plain: Mapping[str, Any]) -> SourceLate:
    return SourceLate(source_id=plain["source_id"], late_since=datetime.fromisoformat(plain["late_since"]))


def read_proof(plain: Mapping[str, Any]) -> BalanceProof:
    """The proof that was stored."""
    known: dict[str, Any] = {field.name: plain[field.name] for field in fields(BalanceProof)}
    return BalanceProof(**known | {name: int(known[name]) for name in _AMOUNTS})


READERS: Mapping[EventKind, Callable[[Mapping[str, Any]], SourceLate | BalanceProof]] = {
    EventKind.SOURCE_LATE: _read_late,
    EventKind.BALANCE_PROVED: read_proof,
    EventKind.DIFFERENCE_FOUND: read_proof,
}
