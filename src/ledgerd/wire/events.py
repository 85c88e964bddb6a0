"""Journal entries as the Event that every watch sends."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from ledgerapi.v1 import balance_pb2, batch_pb2, event_pb2, ledger_pb2, monitor_pb2

from ledgerd.core.model.figures import Figures, Status
from ledgerd.core.model.transaction import Transaction
from ledgerd.journal.reader import Entry, EventEntry, TransactionEntry
from ledgerd.store import rejections
from ledgerd.store.load import conditions
from ledgerd.wire import encode, errors

_pb = event_pb2

_CHANGES = {
    "COMMITTED": _pb.EVENT_KIND_TRANSACTION_COMMITTED,
    "VOIDED": _pb.EVENT_KIND_TRANSACTION_VOIDED,
    "REFUNDED": _pb.EVENT_KIND_TRANSACTION_REFUNDED,
    "EXPIRED": _pb.EVENT_KIND_TRANSACTION_EXPIRED,
    "APPLIED": _pb.EVENT_KIND_TRANSACTION_APPLIED,
    "INFLIGHT": _pb.EVENT_KIND_TRANSACTION_INFLIGHT,
    "REJECTED": _pb.EVENT_KIND_TRANSACTION_REJECTED,
    "CANCELLED": _pb.EVENT_KIND_TRANSACTION_CANCELLED,
    "RESCHEDULED": _pb.EVENT_KIND_TRANSACTION_RESCHEDULED,
    "APPROVED": _pb.EVENT_KIND_TRANSACTION_APPROVED,
    "DENIED": _pb.EVENT_KIND_TRANSACTION_DENIED,
}
_KINDS: dict[str, Any] = {name.removeprefix("EVENT_KIND_"): kind for name, kind in _pb.EventKind.items()}
_NEW = {
    Status.QUEUED: _pb.EVENT_KIND_TRANSACTION_QUEUED,
    Status.SCHEDULED: _pb.EVENT_KIND_TRANSACTION_SCHEDULED,
    Status.IN_REVIEW: _pb.EVENT_KIND_TRANSACTION_FLAGGED,
    Status.APPLIED: _pb.EVENT_KIND_TRANSACTION_APPLIED,
    Status.INFLIGHT: _pb.EVENT_KIND_TRANSACTION_INFLIGHT,
    Status.VOID: _pb.EVENT_KIND_TRANSACTION_VOIDED,
}


class Shown(NamedTuple):
    """An encoded event beside what subscriptions select by."""

    event: _pb.Event
    transaction: Transaction | None
    monitor_id: str | None
    balance_id: str | None


def show(entry: Entry) -> Shown:
    """Encode one entry. Done once for all subscribers of a page."""
    event = _pb.Event(cursor=entry.cursor.text(), time=encode.time(entry.time))
    if isinstance(entry, TransactionEntry):
        return _show_transaction(event, entry)
    return _show_event(event, entry)


def _show_transaction(event: _pb.Event, entry: TransactionEntry) -> Shown:
    event.kind = _NEW[entry.transaction.status] if entry.change is None else _CHANGES[entry.change]
    event.transaction.transaction.CopyFrom(encode.transaction(entry.transaction))
    return Shown(event, entry.transaction, None, None)


def _show_event(event: _pb.Event, entry: EventEntry) -> Shown:
    event.kind = _KINDS[entry.kind]
    payload = json.loads(entry.payload)
    _PAYLOADS[entry.kind](event, payload)
    return Shown(event, None, payload.get("monitor_id"), entry.balance_id)


def _monitor(event: _pb.Event, payload: dict[str, Any]) -> None:
    precision = int(payload["precision"])
    event.monitor.monitor.CopyFrom(
        monitor_pb2.Monitor(
            id=payload["monitor_id"],
            balance_id=payload["balance_id"],
            trigger=f"TRIGGER_KIND_{payload['trigger']}",
            conditions=[
                encode.condition(condition, precision, payload["currency"])
                for condition in conditions(payload["conditions"])
            ],
            description=payload["description"] or "",
        )
    )
    event.monitor.balance_id = payload["balance_id"]
    event.monitor.figures.CopyFrom(encode.figures(Figures(*(int(figure) for figure in payload["figures"]))))
    event.monitor.currency = payload["currency"]
    event.monitor.precision = precision
    event.monitor.transaction_id = payload["transaction_id"]


def _balance(event: _pb.Event, payload: dict[str, Any]) -> None:
    event.balance.balance.CopyFrom(
        balance_pb2.Balance(
            id=payload["balance_id"],
            indicator=payload.get("indicator") or "",
            currency=payload["currency"],
            precision=int(payload["precision"]),
            ledger_id=payload.get("ledger_id") or "",
            identity_id=payload.get("identity_id") or "",
            state=f"BALANCE_STATE_{payload.get('state', 'OPEN')}",
        )
    )
    if "figures" in payload:
        event.balance.balance.figures.CopyFrom(encode.figures(Figures(*(int(one) for one in payload["figures"]))))
    event.balance.reason = payload.get("reason") or ""


def _batch(event: _pb.Event, payload: dict[str, Any]) -> None:
    rejection = payload.get("rejection")
    event.batch.batch.CopyFrom(
        batch_pb2.Batch(
            id=payload["id"],
            mode=f"BATCH_MODE_{payload['mode']}",
            status=batch_pb2.BATCH_STATUS_FINISHED if rejection is None else batch_pb2.BATCH_STATUS_REJECTED,
            operation_count=payload["operations"],
            posted_count=payload["posted"],
            replayed_count=payload["replayed"],
            rejected_count=payload["rejected"],
            rejection=None if rejection is None else errors.to_proto(rejections.from_json(rejection)),
        )
    )
    if payload.get("accepted_at") is not None:
        event.batch.batch.create_time.CopyFrom(encode.time(datetime.fromisoformat(payload["accepted_at"])))


def _ledger(event: _pb.Event, payload: dict[str, Any]) -> None:
    event.ledger.ledger.CopyFrom(ledger_pb2.Ledger(id=payload["id"], name=payload["name"]))
    if payload.get("closed_before") is not None:
        event.ledger.ledger.closed_before.CopyFrom(encode.time(datetime.fromisoformat(payload["closed_before"])))


def _identity(event: _pb.Event, payload: dict[str, Any]) -> None:
    event.identity.identity_id = payload["id"]


_PAYLOADS: dict[str, Callable[[_pb.Event, dict[str, Any]], None]] = {
    "MONITOR_FIRED": _monitor,
    "BALANCE_CREATED": _balance,
    "BALANCE_FROZEN": _balance,
    "BALANCE_UNFROZEN": _balance,
    "BALANCE_CLOSED": _balance,
    "BATCH_FINISHED": _batch,
    "LEDGER_CREATED": _ledger,
    "LEDGER_PERIOD_CLOSED": _ledger,
    "IDENTITY_CREATED": _identity,
    "IDENTITY_UPDATED": _identity,
}
