"""Payloads of events as JSON text. The text is digested, so the order of its keys never changes.

A field that a later version added is absent from older rows. It is read as None.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ledgerd.core.model.account import BalanceState
from ledgerd.core.model.event import (
    BalanceCreated,
    BalanceStateChanged,
    BalanceUpdated,
    BatchFinished,
    EventKind,
    IdentityChanged,
    LedgerCreated,
    LedgerUpdated,
    MonitorChanged,
    MonitorFired,
    Payload,
    PeriodClosed,
)
from ledgerd.core.model.figures import Figures
from ledgerd.core.model.monitor import Trigger
from ledgerd.core.model.rejection import rejection_of, rejection_text
from ledgerd.store import conditions
from ledgerd.store.batch_runs import ATOMIC, INDEPENDENT


def to_json(payload: Payload, settings_digest: str | None = None) -> str:
    """The text that from_json reads. ``settings_digest`` is for the proof of the books; no caller sees it."""
    stored = _stored(payload)
    if settings_digest is not None:
        stored["settings_digest"] = settings_digest
    return json.dumps(stored)


def _stored(payload: Payload) -> dict[str, object]:
    match payload:
        case LedgerCreated():
            return {"id": payload.ledger_id, "name": payload.name}
        case PeriodClosed():
            closed_before = payload.closed_before.isoformat()
            return {"id": payload.ledger_id, "name": payload.name, "closed_before": closed_before}
        case LedgerUpdated() | IdentityChanged() | MonitorChanged():
            return {"id": payload.subject_id}
        case BalanceUpdated():
            return {"balance_id": payload.balance_id}
        case BalanceCreated():
            return _balance(payload)
        case BalanceStateChanged():
            figures = [str(figure) for figure in payload.figures]
            return {**_balance(payload), "state": payload.state.value, "figures": figures, "reason": payload.reason}
        case MonitorFired():
            return _monitor_fired(payload)
        case BatchFinished():
            return _batch_finished(payload)


def _balance(payload: BalanceCreated | BalanceStateChanged) -> dict[str, object]:
    return {
        "balance_id": payload.balance_id,
        "indicator": payload.indicator,
        "currency": payload.currency,
        "precision": str(payload.precision),
        "ledger_id": payload.ledger_id,
        "identity_id": payload.identity_id,
    }


def _monitor_fired(payload: MonitorFired) -> dict[str, object]:
    return {
        "monitor_id": payload.monitor_id,
        "trigger": payload.trigger.value,
        "conditions": conditions.to_lists(payload.conditions),
        "description": payload.description,
        "balance_id": payload.balance_id,
        "currency": payload.currency,
        "precision": str(payload.precision),
        "figures": [str(figure) for figure in payload.figures],
        "transaction_id": payload.transaction_id,
    }


def _batch_finished(payload: BatchFinished) -> dict[str, object]:
    stored: dict[str, object] = {
        "id": payload.batch_id,
        "mode": ATOMIC if payload.is_atomic else INDEPENDENT,
        "operations": payload.operations,
        "posted": payload.posted,
        "replayed": payload.replayed,
        "rejected": payload.rejected,
    }
    if payload.accepted_at is not None:
        stored["accepted_at"] = payload.accepted_at.isoformat()
        stored["rejection"] = None if payload.rejection is None else rejection_text(payload.rejection, sort_keys=False)
        stored["rejections_digest"] = payload.rejections_digest
    return stored


def from_json(kind: EventKind, text: str) -> Payload:
    """The payload that to_json wrote, now or in an earlier version."""
    return _READERS[kind](json.loads(text))


def _read_period_closed(stored: Mapping[str, Any]) -> PeriodClosed:
    closed_before = datetime.fromisoformat(stored["closed_before"])
    return PeriodClosed(ledger_id=stored["id"], name=stored["name"], closed_before=closed_before)


def _read_balance_created(stored: Mapping[str, Any]) -> BalanceCreated:
    return BalanceCreated(
        balance_id=stored["balance_id"],
        indicator=stored["indicator"],
        currency=stored["currency"],
        precision=int(stored["precision"]),
        ledger_id=stored.get("ledger_id"),
        identity_id=stored.get("identity_id"),
    )


def _read_balance_state_changed(stored: Mapping[str, Any]) -> BalanceStateChanged:
    return BalanceStateChanged(
        balance_id=stored["balance_id"],
        indicator=stored["indicator"],
        currency=stored["currency"],
        precision=int(stored["precision"]),
        ledger_id=stored["ledger_id"],
        identity_id=stored["identity_id"],
        state=BalanceState(stored["state"]),
        figures=_figures(stored),
        reason=stored["reason"],
    )


def _read_monitor_fired(stored: Mapping[str, Any]) -> MonitorFired:
    return MonitorFired(
        monitor_id=stored["monitor_id"],
        trigger=Trigger(stored["trigger"]),
        conditions=conditions.from_lists(stored["conditions"]),
        description=stored["description"],
        balance_id=stored["balance_id"],
        currency=stored["currency"],
        precision=int(stored["precision"]),
        figures=_figures(stored),
        transaction_id=stored["transaction_id"],
    )


def _read_batch_finished(stored: Mapping[str, Any]) -> BatchFinished:
    accepted_at, rejection = stored.get("accepted_at"), stored.get("rejection")
    return BatchFinished(
        batch_id=stored["id"],
        is_atomic=stored["mode"] == ATOMIC,
        operations=stored["operations"],
        posted=stored["posted"],
        replayed=stored["replayed"],
        rejected=stored["rejected"],
        accepted_at=None if accepted_at is None else datetime.fromisoformat(accepted_at),
        rejection=None if rejection is None else rejection_of(rejection),
        rejections_digest=stored.get("rejections_digest"),
    )


def _figures(stored: Mapping[str, Any]) -> Figures:
    return Figures(*(int(figure) for figure in stored["figures"]))


def _read_identity(stored: Mapping[str, Any]) -> IdentityChanged:
    return IdentityChanged(identity_id=stored["id"])


def _read_monitor(stored: Mapping[str, Any]) -> MonitorChanged:
    return MonitorChanged(monitor_id=stored["id"])


_READERS: Mapping[EventKind, Callable[[Mapping[str, Any]], Payload]] = {
    EventKind.LEDGER_CREATED: lambda stored: LedgerCreated(ledger_id=stored["id"], name=stored["name"]),
    EventKind.LEDGER_UPDATED: lambda stored: LedgerUpdated(ledger_id=stored["id"]),
    EventKind.LEDGER_PERIOD_CLOSED: _read_period_closed,
    EventKind.BALANCE_CREATED: _read_balance_created,
    EventKind.BALANCE_UPDATED: lambda stored: BalanceUpdated(balance_id=stored["balance_id"]),
    EventKind.BALANCE_FROZEN: _read_balance_state_changed,
    EventKind.BALANCE_UNFROZEN: _read_balance_state_changed,
    EventKind.BALANCE_CLOSED: _read_balance_state_changed,
    EventKind.IDENTITY_CREATED: _read_identity,
    EventKind.IDENTITY_UPDATED: _read_identity,
    EventKind.IDENTITY_DELETED: _read_identity,
    EventKind.MONITOR_CREATED: _read_monitor,
    EventKind.MONITOR_UPDATED: _read_monitor,
    EventKind.MONITOR_DELETED: _read_monitor,
    EventKind.MONITOR_FIRED: _read_monitor_fired,
    EventKind.BATCH_FINISHED: _read_batch_finished,
}
