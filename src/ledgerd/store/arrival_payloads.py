"""Payloads of the events that follow from arrivals, as JSON. Amounts are texts, because they may have any number of
digits."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from ledgerd.core.model.arrival_events import ExternalSourceLate, ReconciliationProof
from ledgerd.core.model.event import EventKind
from ledgerd.core.model.reconciliation_statement import Proof


def stored(payload: ExternalSourceLate | ReconciliationProof) -> dict[str, object]:
    """As the readers read it."""
    plain = {field.name: getattr(payload, field.name) for field in fields(payload)}
    if isinstance(payload, ExternalSourceLate):
        return {**plain, "late_since": payload.late_since.isoformat()}
    return {**plain, "proof": {term.name: str(getattr(payload.proof, term.name)) for term in fields(Proof)}}


def _read_late(plain: Mapping[str, Any]) -> ExternalSourceLate:
    return ExternalSourceLate(source_id=plain["source_id"], late_since=datetime.fromisoformat(plain["late_since"]))


def read_proof(plain: Mapping[str, Any]) -> ReconciliationProof:
    """The proof that was stored."""
    known: dict[str, Any] = {field.name: plain[field.name] for field in fields(ReconciliationProof)}
    terms = {name: int(value) for name, value in known["proof"].items()}
    return ReconciliationProof(**{**known, "proof": Proof(**terms)})


READERS: Mapping[EventKind, Callable[[Mapping[str, Any]], ExternalSourceLate | ReconciliationProof]] = {
    EventKind.EXTERNAL_SOURCE_LATE: _read_late,
    EventKind.RECONCILIATION_PROVED: read_proof,
    EventKind.RECONCILIATION_DIFFERENCE_FOUND: read_proof,
}
