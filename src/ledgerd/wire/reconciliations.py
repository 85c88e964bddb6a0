"""Runs of reconciliation: requests, and runs as answers and events show them."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
from ledgerapi.v1 import reconciliation_pb2, transaction_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as service

from ledgerd.core.model import ids, limits
from ledgerd.core.model.chain import GENESIS
from ledgerd.core.model.event import EventKind, ReconciliationChanged
from ledgerd.core.model.rejection import Reason, reject, rejection_of
from ledgerd.journal import cursor
from ledgerd.operations.reconciliations import RunRequest
from ledgerd.store.matching_rule_sets import RuleInSet
from ledgerd.store.reconciliations import Scope
from ledgerd.store.rule_json import load_rules
from ledgerd.wire import encode, errors, matching_rules, settings
from ledgerd.wire.external_sources import day
from ledgerd.wire.fields import Reading

_pb = reconciliation_pb2
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_APPLIED, _INFLIGHT = transaction_pb2.TRANSACTION_STATUS_APPLIED, transaction_pb2.TRANSACTION_STATUS_INFLIGHT
_STATUSES = {
    EventKind.RECONCILIATION_CREATED: _pb.RECONCILIATION_STATUS_PENDING,
    EventKind.RECONCILIATION_FINISHED: _pb.RECONCILIATION_STATUS_FINISHED,
    EventKind.RECONCILIATION_FAILED: _pb.RECONCILIATION_STATUS_FAILED,
    EventKind.RECONCILIATION_CANCELLED: _pb.RECONCILIATION_STATUS_CANCELLED,
}


def read(read: Reading, request: service.StartReconciliationRequest) -> RunRequest:
    """A run as requested. Raises Rejected: TOO_MANY_ITEMS, MESSAGE_TOO_LARGE."""
    begin, end = read_day(read, "begin_date", request.begin_date), read_day(read, "end_date", request.end_date)
    if begin is not None and end is not None and end <= begin:
        read.wrong("end_date", "must be after begin_date")
    statuses = set(request.statuses) or {_APPLIED}
    for place, status in enumerate(request.statuses):
        if status not in {_APPLIED, _INFLIGHT} or status in request.statuses[:place]:
            sentence = "must be TRANSACTION_STATUS_APPLIED, TRANSACTION_STATUS_INFLIGHT or both, each once"
            read.wrong(f"statuses[{place}]", sentence)
    entry_time = read.enum("entry_time", _pb.EntryTime, request.entry_time)
    return RunRequest(
        source_id=read.id("external_source_id", request.external_source_id, ids.EXTERNAL_SOURCE),
        upload_id=_upload_id(read, request),
        records=_records(read, request),
        record_count=len(request.external_records),
        **_balances(read, request),
        begin=begin,
        end=end,
        by_effective_time=entry_time == "EFFECTIVE_TIME",
        applied=_APPLIED in statuses,
        inflight=_INFLIGHT in statuses,
        **_rules(read, request),
        dry_run=request.dry_run,
    )


def _records(read: Reading, request: service.StartReconciliationRequest) -> bytes:
    """The records as a chunk of an upload. The same records have the same bytes."""
    count, limit = len(request.external_records), limits.RECONCILIATION_MAX_RECORDS
    if not count:
        return b""
    if request.upload_ids:
        read.wrong("external_records", "must be empty where upload_ids are given")
    if count > limit:
        raise reject(Reason.TOO_MANY_ITEMS, field="external_records", requested=count, limit=limit)
    chunk = service.ExternalRecords(external_records=request.external_records).SerializeToString(deterministic=True)
    if len(chunk) > limits.UPLOAD_CHUNK_MAX_BYTES:
        raise reject(Reason.MESSAGE_TOO_LARGE, requested=len(chunk), limit=limits.UPLOAD_CHUNK_MAX_BYTES)
    return chunk


def _balances(read: Reading, request: service.StartReconciliationRequest) -> dict[str, Any]:
    count, limit = len(request.balance_ids) + len(request.indicator_keys), limits.RECONCILIATION_NAMED_MAX_BALANCES
    if count > limit:
        field = "indicator_keys" if request.indicator_keys else "balance_ids"
        raise reject(Reason.TOO_MANY_ITEMS, field=field, requested=count, limit=limit)
    named = [read.id(f"balance_ids[{at}]", value, ids.BALANCE) for at, value in enumerate(request.balance_ids)]
    keys = settings.indicator_keys(read, request.indicator_keys, beside=len(named), at_most=limit)
    return {
        "balance_ids": tuple(named),
        "indicator_keys": tuple(keys),
        "ledger_ids": _ids(read, "ledger_ids", request.ledger_ids, ids.LEDGER, limits.RECONCILIATION_NAMED_MAX_LEDGERS),
        "identity_ids": _ids(
            read, "identity_ids", request.identity_ids, ids.IDENTITY, limits.RECONCILIATION_NAMED_MAX_IDENTITIES
        ),
    }


def _ids(read: Reading, field: str, values: Sequence[str], prefix: str, limit: int) -> tuple[UUID, ...]:
    """These ids, each once. Raises Rejected: TOO_MANY_ITEMS."""
    if len(values) > limit:
        raise reject(Reason.TOO_MANY_ITEMS, field=field, requested=len(values), limit=limit)
    for at, value in enumerate(values):
        if value in values[:at]:
            read.wrong(f"{field}[{at}]", "stands in the list before")
    return tuple(read.id(f"{field}[{at}]", value, prefix) for at, value in enumerate(values))


def _upload_id(read: Reading, request: service.StartReconciliationRequest) -> UUID | None:
    """The upload, if one is named. Raises Rejected: TOO_MANY_ITEMS."""
    named = _ids(read, "upload_ids", request.upload_ids, ids.UPLOAD, limits.RECONCILIATION_MAX_UPLOADS)
    return named[0] if named else None


def _rules(read: Reading, request: service.StartReconciliationRequest) -> dict[str, Any]:
    set_id = read.optional_id("matching_rule_set_id", request.matching_rule_set_id, ids.MATCHING_RULE_SET)
    set_version = matching_rules.version(read, "matching_rule_set_version", request.matching_rule_set_version)
    if set_version and set_id is None:
        read.wrong("matching_rule_set_version", "only with matching_rule_set_id")
    count, limit = len(request.matching_rules), limits.RECONCILIATION_MAX_RULES
    if count > limit:
        raise reject(Reason.TOO_MANY_ITEMS, field="matching_rules", requested=count, limit=limit)
    if (set_id is None) == (count == 0):
        read.wrong("matching_rules", "either these or matching_rule_set_id")
    rules: dict[str, RuleInSet] = {}
    for place, reference in enumerate(request.matching_rules):
        path = f"matching_rules[{place}]"
        rule_id = read.id(f"{path}.matching_rule_id", reference.matching_rule_id, ids.MATCHING_RULE)
        version = matching_rules.version(read, f"{path}.version", reference.version)
        if rule_id.int and reference.matching_rule_id in rules:
            read.wrong(f"{path}.matching_rule_id", "stands in the list before")
        rules[reference.matching_rule_id] = rule_id, version or None
    return {"rule_set": None if set_id is None else (set_id, set_version), "rules": tuple(rules.values())}


def read_day(read: Reading, field: str, value: str) -> date | None:
    """A day; None where none is given."""
    if not value:
        return None
    try:
        if _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    read.wrong(field, "must be a date as 2030-01-31")
    return None


# Answers -----------------------------------------------------------------------------------------


def run(row: asyncpg.Record) -> _pb.Reconciliation:
    """A run from its row."""
    scope, differences = Scope.of(row["scope"]), row["differences"]
    is_finished = row["status"] == "FINISHED"
    message = _pb.Reconciliation(
        id=ids.encode(ids.RECONCILIATION, row["id"].int),
        external_source_id=ids.encode(ids.EXTERNAL_SOURCE, row["source_id"].int),
        upload_ids=_listed(_optional(ids.UPLOAD, row["upload_id"])),
        replayed_reconciliation_id=_optional(ids.RECONCILIATION, row["replays"]),
        matching_rule_set_id=_optional(ids.MATCHING_RULE_SET, row["rule_set_id"]),
        matching_rule_set_version=row["rule_set_version"],
        matching_rules=[
            _pb.ReconciliationRule(matching_rule_id=ids.encode_hex(ids.MATCHING_RULE, rule.id), version=rule.version)
            for rule in load_rules(row["rules"])
        ],
        balance_count=len(scope.balance_ids),
        ledger_ids=[ids.encode(ids.LEDGER, ledger_id.int) for ledger_id in scope.ledger_ids],
        identity_ids=[ids.encode(ids.IDENTITY, identity_id.int) for identity_id in scope.identity_ids],
        begin_date=day(scope.begin),
        end_date=day(scope.end),
        entry_time=_pb.ENTRY_TIME_EFFECTIVE_TIME if scope.by_effective_time else _pb.ENTRY_TIME_RECORD_TIME,
        statuses=[status for status, is_in in ((_APPLIED, scope.applied), (_INFLIGHT, scope.inflight)) if is_in],
        dry_run=row["dry_run"],
        status=f"RECONCILIATION_STATUS_{row['status']}",
        stage=f"RECONCILIATION_STAGE_{row['stage']}",
        stage_done_count=row["rows_done"],
        journal_cursor=_cursor(row),
        totals=_totals(json.loads(row["counts"])) if is_finished else None,
        result_hash=row["digest"].hex() if is_finished else None,
        adjustment_count=row["adjustments"] if is_finished else 0,
        rejection=None if row["rejection"] is None else errors.to_proto(rejection_of(row["rejection"])),
        created_by=row["created_by"],
        create_time=encode.time(row["created_at"]),
    )
    if is_finished and differences is not None:
        message.replay_differences.extend(json.loads(differences))
        message.replay_outcome = _outcome(is_equal=not message.replay_differences)
    for name, at in (("start_time", row["started_at"]), ("finish_time", row["finished_at"])):
        if at is not None:
            getattr(message, name).CopyFrom(encode.time(at))
    return message


def changed(kind: EventKind, epoch: str, told: ReconciliationChanged) -> _pb.Reconciliation:
    """A run as its event shows it."""
    return _pb.Reconciliation(
        id=told.reconciliation_id,
        external_source_id=told.source_id,
        upload_ids=_listed(told.upload_id),
        replayed_reconciliation_id=told.replays,
        matching_rule_set_id=told.rule_set_id,
        matching_rule_set_version=told.rule_set_version,
        matching_rules=[
            _pb.ReconciliationRule(matching_rule_id=rule_id, version=version) for rule_id, version in told.rules
        ],
        balance_count=told.balances,
        dry_run=told.dry_run,
        status=_STATUSES[kind],
        journal_cursor=None if told.position is None else cursor.after(epoch, told.position, told.chain or ""),
        totals=_totals(told.counts or {}),
        result_hash=told.result_hash,
        rejection=None if told.rejection is None else errors.to_proto(told.rejection),
        replay_outcome=None if told.is_equal is None else _outcome(is_equal=told.is_equal),
    )


def _cursor(row: asyncpg.Record) -> str | None:
    """As of which commit the run reads."""
    if row["position"] is None:
        return None
    return cursor.whole(row["epoch"], row["position"], row["chain"] or GENESIS).text()


def _outcome(*, is_equal: bool) -> Any:
    return _pb.REPLAY_OUTCOME_EQUAL if is_equal else _pb.REPLAY_OUTCOME_DIFFERENT


def _totals(counts: Mapping[str, Any]) -> list[_pb.ReconciliationTotal]:
    return [
        _pb.ReconciliationTotal(
            currency=currency,
            outcome=f"ROW_OUTCOME_{outcome}",
            record_count=int(figures.get("records", 0)),
            record_amount=encode.amount(int(figures.get("records_amount", 0)), int(of["precision"]), currency),
            entry_count=int(figures.get("entries", 0)),
            entry_amount=encode.amount(int(figures.get("entries_amount", 0)), int(of["precision"]), currency),
        )
        for currency, of in sorted(counts.items())
        for outcome, figures in sorted(of["outcomes"].items())
    ]


def _listed(value: str | None) -> list[str]:
    return [] if value is None else [value]


def _optional(prefix: str, value: Any) -> str | None:
    return None if value is None else ids.encode(prefix, value.int)
