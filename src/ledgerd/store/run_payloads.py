"""Payloads of the events about runs of reconciliation, decisions and exceptions, as JSON."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from ledgerd.core.model.event import EventKind, ReconciliationChanged, UploadDone
from ledgerd.core.model.rejection import rejection_of, rejection_text
from ledgerd.core.model.row_decision_events import ExceptionsChanged, RowsDecided
from ledgerd.core.model.statement_events import StatementChanged

_Payload = ReconciliationChanged | RowsDecided | ExceptionsChanged


def stored(payload: _Payload | UploadDone | StatementChanged) -> dict[str, object]:
    """As the readers read it: each field by its name."""
    plain = {field.name: getattr(payload, field.name) for field in fields(payload)}
    if isinstance(payload, ReconciliationChanged) and payload.rejection is not None:
        plain["rejection"] = rejection_text(payload.rejection, sort_keys=False)
    return plain


def _read_run(plain: Mapping[str, Any]) -> ReconciliationChanged:
    told = {field.name: plain[field.name] for field in fields(ReconciliationChanged)}
    told["rules"] = tuple((rule, version) for rule, version in told["rules"])
    if told["rejection"] is not None:
        told["rejection"] = rejection_of(told["rejection"])
    return ReconciliationChanged(**told)


def _read_decision(plain: Mapping[str, Any]) -> RowsDecided:
    return RowsDecided(**{field.name: plain[field.name] for field in fields(RowsDecided)})


def _read_exceptions(plain: Mapping[str, Any]) -> ExceptionsChanged:
    told = {field.name: plain[field.name] for field in fields(ExceptionsChanged)}
    return ExceptionsChanged(**{**told, "changed_fields": tuple(told["changed_fields"])})


READERS: Mapping[EventKind, Callable[[Mapping[str, Any]], _Payload]] = {
    EventKind.RECONCILIATION_CREATED: _read_run,
    EventKind.RECONCILIATION_FINISHED: _read_run,
    EventKind.RECONCILIATION_FAILED: _read_run,
    EventKind.RECONCILIATION_CANCELLED: _read_run,
    EventKind.RECONCILIATION_MATCHES_CONFIRMED: _read_decision,
    EventKind.RECONCILIATION_MATCHES_REJECTED: _read_decision,
    EventKind.RECONCILIATION_MATCH_CREATED: _read_decision,
    EventKind.RECONCILIATION_MATCH_RELEASED: _read_decision,
    EventKind.RECONCILIATION_ROWS_IGNORED: _read_decision,
    EventKind.RECONCILIATION_ROWS_RESTORED: _read_decision,
    EventKind.RECONCILIATION_ADJUSTMENTS_POSTED: _read_decision,
    EventKind.RECONCILIATION_ADJUSTMENTS_REJECTED: _read_decision,
    EventKind.RECONCILIATION_ADJUSTMENT_REVERSED: _read_decision,
    EventKind.RECONCILIATION_EXCEPTIONS_OPENED: _read_exceptions,
    EventKind.RECONCILIATION_EXCEPTION_UPDATED: _read_exceptions,
    EventKind.RECONCILIATION_EXCEPTIONS_RESOLVED: _read_exceptions,
}
