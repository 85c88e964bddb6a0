"""Journal entries as the Event that every watch sends."""

from typing import Any, NamedTuple, assert_never

from ledgerapi.v1 import balance_pb2, batch_pb2, event_pb2, ledger_pb2, monitor_pb2

from ledgerd.core.model.account import BalanceState
from ledgerd.core.model.event import (
    NOT_SHOWN,
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
    PeriodClosed,
)
from ledgerd.core.model.figures import Status
from ledgerd.core.model.transaction import Transaction
from ledgerd.journal.reader import Entry, EventEntry, TransactionEntry
from ledgerd.wire import encode, errors

_pb = event_pb2

CHANGED_TRANSACTIONS = {
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
_KINDS: dict[EventKind, Any] = {
    kind: _pb.EventKind.Value(f"EVENT_KIND_{kind}") for kind in EventKind if kind not in NOT_SHOWN
}
NEW_TRANSACTIONS = {
    Status.QUEUED: _pb.EVENT_KIND_TRANSACTION_QUEUED,
    Status.SCHEDULED: _pb.EVENT_KIND_TRANSACTION_SCHEDULED,
    Status.IN_REVIEW: _pb.EVENT_KIND_TRANSACTION_FLAGGED,
    Status.APPLIED: _pb.EVENT_KIND_TRANSACTION_APPLIED,
    Status.INFLIGHT: _pb.EVENT_KIND_TRANSACTION_INFLIGHT,
    Status.VOID: _pb.EVENT_KIND_TRANSACTION_VOIDED,
}


class Shown(NamedTuple):
    """An encoded event, and the values by which subscriptions select it."""

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
    event.kind = (
        NEW_TRANSACTIONS[entry.transaction.status] if entry.change is None else CHANGED_TRANSACTIONS[entry.change]
    )
    event.transaction.transaction.CopyFrom(encode.transaction(entry.transaction))
    return Shown(event, entry.transaction, None, None)


def _show_event(event: _pb.Event, entry: EventEntry) -> Shown:
    kind, payload = entry.event
    event.kind = _KINDS[kind]
    match payload:
        case MonitorFired():
            _monitor(event, payload)
        case BalanceCreated() | BalanceStateChanged():
            _balance(event, payload)
        case BatchFinished():
            _batch(event, payload)
        case LedgerCreated() | PeriodClosed():
            _ledger(event, payload)
        case IdentityChanged():
            event.identity.identity_id = payload.identity_id
        case LedgerUpdated() | BalanceUpdated() | MonitorChanged():
            raise AssertionError(f"subscribers are not shown {kind}")
        case _:
            assert_never(payload)
    monitor_id = payload.monitor_id if isinstance(payload, MonitorFired) else None
    return Shown(event, None, monitor_id, entry.event.balance_id)


def _monitor(event: _pb.Event, fired: MonitorFired) -> None:
    event.monitor.monitor.CopyFrom(
        monitor_pb2.Monitor(
            id=fired.monitor_id,
            balance_id=fired.balance_id,
            trigger=f"TRIGGER_KIND_{fired.trigger}",
            conditions=[encode.condition(condition, fired.precision, fired.currency) for condition in fired.conditions],
            description=fired.description or "",
        )
    )
    event.monitor.balance_id = fired.balance_id
    event.monitor.figures.CopyFrom(encode.figures(fired.figures))
    event.monitor.currency = fired.currency
    event.monitor.precision = fired.precision
    event.monitor.transaction_id = fired.transaction_id


def _balance(event: _pb.Event, balance: BalanceCreated | BalanceStateChanged) -> None:
    event.balance.balance.CopyFrom(
        balance_pb2.Balance(
            id=balance.balance_id,
            indicator=balance.indicator or "",
            currency=balance.currency,
            precision=balance.precision,
            ledger_id=balance.ledger_id or "",
            identity_id=balance.identity_id or "",
            state=f"BALANCE_STATE_{balance.state if isinstance(balance, BalanceStateChanged) else BalanceState.OPEN}",
        )
    )
    if isinstance(balance, BalanceStateChanged):
        event.balance.balance.figures.CopyFrom(encode.figures(balance.figures))
        event.balance.reason = balance.reason or ""


def _batch(event: _pb.Event, finished: BatchFinished) -> None:
    rejection = finished.rejection
    event.batch.batch.CopyFrom(
        batch_pb2.Batch(
            id=finished.batch_id,
            mode=batch_pb2.BATCH_MODE_ATOMIC if finished.is_atomic else batch_pb2.BATCH_MODE_INDEPENDENT,
            status=batch_pb2.BATCH_STATUS_FINISHED if rejection is None else batch_pb2.BATCH_STATUS_REJECTED,
            operation_count=finished.operations,
            posted_count=finished.posted,
            replayed_count=finished.replayed,
            rejected_count=finished.rejected,
            rejection=None if rejection is None else errors.to_proto(rejection),
        )
    )
    if finished.accepted_at is not None:
        event.batch.batch.create_time.CopyFrom(encode.time(finished.accepted_at))


def _ledger(event: _pb.Event, ledger: LedgerCreated | PeriodClosed) -> None:
    event.ledger.ledger.CopyFrom(ledger_pb2.Ledger(id=ledger.ledger_id, name=ledger.name))
    if isinstance(ledger, PeriodClosed):
        event.ledger.ledger.closed_before.CopyFrom(encode.time(ledger.closed_before))
