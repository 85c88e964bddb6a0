"""Journal entries as the Event that every watch sends."""

from typing import Any, NamedTuple, assert_never

from ledgerapi.v1 import balance_pb2, batch_pb2, event_pb2, ledger_pb2, monitor_pb2, reconciliation_exception_pb2
from ledgerapi.v1.reconciliation_statement_pb2 import ReconciliationStatement

from ledgerd.core.model import ids
from ledgerd.core.model.arrival_events import ExternalSourceLate, ReconciliationProof
from ledgerd.core.model.event import (
    BalanceChanged,
    BalanceFacts,
    BatchFinished,
    EventKind,
    ExternalSourceChanged,
    IdentityChanged,
    LedgerChanged,
    LedgerFacts,
    MatchingRuleChanged,
    MatchingRuleSetChanged,
    MonitorChanged,
    MonitorFacts,
    MonitorFired,
    ReconciliationChanged,
    ServiceSettingsChanged,
    UploadDone,
)
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.row_decision_events import ExceptionsChanged, RowsDecided
from ledgerd.core.model.statement_events import StatementChanged
from ledgerd.journal.reader import Entry, EventEntry, TransactionEntry
from ledgerd.wire import (
    arrival_events,
    encode,
    errors,
    external_records,
    external_sources,
    matches,
    matching_rule_sets,
    matching_rules,
    reconciliation_statements,
    reconciliations,
)

_pb = event_pb2
_STATUSES: Any = reconciliation_exception_pb2.ReconciliationExceptionStatus
_GENERAL_LEDGER = ids.encode(ids.LEDGER, ids.GENERAL_LEDGER)

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
    "ADJUSTED": _pb.EVENT_KIND_TRANSACTION_ADJUSTED,
}
KINDS: dict[EventKind, Any] = {kind: _pb.EventKind.Value(f"EVENT_KIND_{kind}") for kind in EventKind}
NEW_TRANSACTIONS = {
    Status.QUEUED: _pb.EVENT_KIND_TRANSACTION_QUEUED,
    Status.SCHEDULED: _pb.EVENT_KIND_TRANSACTION_SCHEDULED,
    Status.IN_REVIEW: _pb.EVENT_KIND_TRANSACTION_IN_REVIEW,
    Status.APPLIED: _pb.EVENT_KIND_TRANSACTION_APPLIED,
    Status.INFLIGHT: _pb.EVENT_KIND_TRANSACTION_INFLIGHT,
    Status.VOID: _pb.EVENT_KIND_TRANSACTION_VOIDED,
}


OF_TRANSACTIONS: frozenset[Any] = frozenset({*NEW_TRANSACTIONS.values(), *CHANGED_TRANSACTIONS.values()})
"""The kinds of events that are about transactions."""


class Shown(NamedTuple):
    """An encoded event, and the entry by which subscriptions select it."""

    event: _pb.Event
    entry: Entry


def kind(entry: Entry) -> Any:
    """The kind of its event, as the contract has it."""
    if isinstance(entry, EventEntry):
        return KINDS[entry.event.kind]
    if entry.change is not None:
        return CHANGED_TRANSACTIONS[entry.change]
    if entry.transaction.kind is Kind.ADJUSTMENT:
        return _pb.EVENT_KIND_TRANSACTION_ADJUSTED
    return NEW_TRANSACTIONS[entry.transaction.status]


def show(entry: Entry) -> Shown:
    """Encode one entry. Done once for all subscribers of a page."""
    event = _pb.Event(
        id=ids.encode(ids.EVENT, entry.number),
        cursor=entry.cursor.text(),
        kind=kind(entry),
        commit_time=encode.time(entry.time),
    )
    if isinstance(entry, TransactionEntry):
        event.transaction.transaction.CopyFrom(encode.transaction(entry.transaction))
        event.transaction.cause_id = entry.cause_id or ""
    else:
        _show_event(event, entry)
    return Shown(event, entry)


def _show_event(event: _pb.Event, entry: EventEntry) -> None:
    match payload := entry.event.payload:
        case LedgerChanged():
            _ledger(event.ledger, payload)
        case BalanceChanged():
            _balance(event.balance, payload)
        case MonitorChanged():
            _monitor(event.monitor, payload)
        case IdentityChanged():
            event.identity.identity_id = payload.identity_id
            event.identity.changed_fields.extend(payload.changed_fields)
        case MonitorFired():
            _monitor_fired(event.monitor, payload)
        case BatchFinished():
            _batch(event.batch, entry, payload)
        case ServiceSettingsChanged():
            event.service_settings.service_settings.default_currency = payload.default_currency or ""
            event.service_settings.before.default_currency = payload.default_currency_before or ""
            event.service_settings.changed_fields.append("default_currency")
        case StatementChanged():
            _statement(event.reconciliation_statement.reconciliation_statement, entry, payload)
        case _:
            _of_reconciliation(event, entry, payload)


def _ledger(event: _pb.LedgerEvent, changed: LedgerChanged) -> None:
    event.ledger.CopyFrom(_ledger_as(changed.ledger_id, changed.after))
    if changed.before is not None:
        event.before.CopyFrom(_ledger_as(changed.ledger_id, changed.before))
    event.changed_fields.extend(changed.changed_fields)
    event.reason = changed.reason or ""


def _ledger_as(ledger_id: str, facts: LedgerFacts | None) -> ledger_pb2.Ledger:
    """A ledger as it was; only its id where an earlier version told no more."""
    message = ledger_pb2.Ledger(id=ledger_id, general=ledger_id == _GENERAL_LEDGER)
    if facts is not None:
        message.name = facts.name
        if facts.closed_before is not None:
            message.closed_before.CopyFrom(encode.time(facts.closed_before))
    return message


def _balance(event: _pb.BalanceEvent, changed: BalanceChanged) -> None:
    event.balance.CopyFrom(_balance_as(changed.balance_id, changed.after))
    if changed.figures is not None:
        event.balance.figures.CopyFrom(encode.figures(changed.figures))
    if changed.before is not None:
        event.before.CopyFrom(_balance_as(changed.balance_id, changed.before))
    event.changed_fields.extend(changed.changed_fields)
    event.reason = changed.reason or ""


def _balance_as(balance_id: str, facts: BalanceFacts | None) -> balance_pb2.Balance:
    """A balance as it was, without figures; only its id where an earlier version told no more."""
    if facts is None:
        return balance_pb2.Balance(id=balance_id)
    message = balance_pb2.Balance(
        id=balance_id,
        indicator=facts.indicator or "",
        currency=facts.currency,
        precision=facts.precision,
        ledger_id=facts.ledger_id or "",
        identity_id=facts.identity_id or "",
        status=f"BALANCE_STATUS_{facts.status}",
        group=facts.group or "",
        tag=facts.tag or "",
        track_fund_lineage=facts.track_fund_lineage,
        allocation_strategy=f"ALLOCATION_STRATEGY_{facts.allocation_strategy}" if facts.track_fund_lineage else None,
    )
    if facts.floor is not None:
        message.floor.CopyFrom(encode.amount(facts.floor, facts.precision, facts.currency))
    if facts.ceiling is not None:
        message.ceiling.CopyFrom(encode.amount(facts.ceiling, facts.precision, facts.currency))
    return message


def _monitor(event: _pb.MonitorEvent, changed: MonitorChanged) -> None:
    event.monitor.CopyFrom(_monitor_as(changed.monitor_id, changed.after))
    if changed.after is not None:
        event.balance_id = changed.after.balance_id
        event.currency = changed.after.currency
        event.precision = changed.after.precision
    if changed.before is not None:
        event.before.CopyFrom(_monitor_as(changed.monitor_id, changed.before))
    event.changed_fields.extend(changed.changed_fields)


def _monitor_as(monitor_id: str, facts: MonitorFacts | None) -> monitor_pb2.Monitor:
    """A monitor as it was; only its id where an earlier version told no more."""
    if facts is None:
        return monitor_pb2.Monitor(id=monitor_id)
    return monitor_pb2.Monitor(
        id=monitor_id,
        balance_id=facts.balance_id,
        trigger=f"MONITOR_TRIGGER_{facts.trigger}",
        conditions=[encode.condition(condition, facts.precision, facts.currency) for condition in facts.conditions],
        description=facts.description or "",
    )


def _of_reconciliation(
    event: _pb.Event,
    entry: EventEntry,
    payload: ExternalSourceChanged
    | UploadDone
    | ReconciliationChanged
    | MatchingRuleChanged
    | MatchingRuleSetChanged
    | RowsDecided
    | ExceptionsChanged
    | ExternalSourceLate
    | ReconciliationProof,
) -> None:
    match payload:
        case ExternalSourceChanged():
            _external_source(event.external_source, payload)
        case UploadDone():
            event.upload.upload.CopyFrom(external_records.upload_done(entry.event.kind, payload))
            event.upload.upload.finish_time.CopyFrom(encode.time(entry.time))
        case ReconciliationChanged():
            event.reconciliation.reconciliation.CopyFrom(
                reconciliations.changed(entry.event.kind, entry.cursor.epoch, payload)
            )
        case MatchingRuleChanged():
            _matching_rule(event.matching_rule, payload)
        case MatchingRuleSetChanged():
            _matching_rule_set(event.matching_rule_set, payload)
        case RowsDecided():
            event.reconciliation_decision.reconciliation_decision.CopyFrom(matches.decided(payload))
            event.reconciliation_decision.reconciliation_decision.create_time.CopyFrom(encode.time(entry.time))
        case ExceptionsChanged():
            _exceptions(event.reconciliation_exception, payload)
        case ExternalSourceLate():
            arrival_events.late(event.external_source_late, payload)
        case ReconciliationProof():
            arrival_events.proof(event.reconciliation_proof, payload)
        case _:
            assert_never(payload)


def _external_source(event: _pb.ExternalSourceEvent, changed: ExternalSourceChanged) -> None:
    event.external_source.CopyFrom(external_sources.encode_facts(changed.source_id, changed.after))
    if changed.before is not None:
        event.before.CopyFrom(external_sources.encode_facts(changed.source_id, changed.before))
    event.changed_fields.extend(changed.changed_fields)


def _matching_rule(event: _pb.MatchingRuleEvent, changed: MatchingRuleChanged) -> None:
    show, rule_id, version = matching_rules.encode_facts, changed.rule_id, changed.version
    event.matching_rule.CopyFrom(show(rule_id, version, changed.after))
    if changed.before is not None:
        event.before.CopyFrom(show(rule_id, version - 1, changed.before))
    event.changed_fields.extend(changed.changed_fields)


def _matching_rule_set(event: _pb.MatchingRuleSetEvent, changed: MatchingRuleSetChanged) -> None:
    show, set_id, version = matching_rule_sets.encode_facts, changed.set_id, changed.version
    event.matching_rule_set.CopyFrom(show(set_id, version, changed.after))
    if changed.before is not None:
        event.before.CopyFrom(show(set_id, version - 1, changed.before))
    event.changed_fields.extend(changed.changed_fields)


def _exceptions(event: _pb.ReconciliationExceptionEvent, changed: ExceptionsChanged) -> None:
    event.external_source_id = changed.source_id
    event.reconciliation_id = changed.reconciliation_id or ""
    event.reconciliation_decision_id = changed.decision_id or ""
    event.reconciliation_exception_id = changed.exception_id or ""
    event.exception_count = changed.count
    if changed.status is not None:
        event.status = _STATUSES.Value(f"RECONCILIATION_EXCEPTION_STATUS_{changed.status}")
    event.changed_fields.extend(changed.changed_fields)


def _statement(message: ReconciliationStatement, entry: EventEntry, changed: StatementChanged) -> None:
    message.CopyFrom(reconciliation_statements.changed(entry.cursor.epoch, changed))
    is_created = entry.event.kind is EventKind.RECONCILIATION_STATEMENT_CREATED
    (message.create_time if is_created else message.confirm_time).CopyFrom(encode.time(entry.time))


def _monitor_fired(event: _pb.MonitorEvent, fired: MonitorFired) -> None:
    event.monitor.CopyFrom(_monitor_as(fired.monitor_id, fired.facts))
    event.balance_id = fired.balance_id
    event.figures.CopyFrom(encode.figures(fired.figures))
    event.currency = fired.currency
    event.precision = fired.precision
    event.transaction_id = fired.transaction_id


def _batch(event: _pb.BatchEvent, entry: EventEntry, finished: BatchFinished) -> None:
    """The batch as GetBatch shows it from then on. One that was not accepted earlier began when it was finished."""
    rejection = finished.rejection
    event.batch.CopyFrom(
        batch_pb2.Batch(
            id=finished.batch_id,
            mode=batch_pb2.BATCH_MODE_ATOMIC if finished.is_atomic else batch_pb2.BATCH_MODE_INDEPENDENT,
            status=batch_pb2.BATCH_STATUS_FINISHED if rejection is None else batch_pb2.BATCH_STATUS_REJECTED,
            operation_count=finished.operations,
            posted_count=finished.posted,
            replayed_count=finished.replayed,
            rejected_count=finished.rejected,
            rejection=None if rejection is None else errors.to_proto(rejection),
            create_time=encode.time(finished.accepted_at or entry.time),
            finish_time=encode.time(entry.time),
        )
    )
