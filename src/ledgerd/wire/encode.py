"""From the core's records and the store's rows to the wire, without any decision.

A message inside a message is given as a dict of its fields: protobuf sets these in place, and would
copy a finished message.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import asyncpg
from google.protobuf import struct_pb2, timestamp_pb2
from ledgerapi.v1 import (
    amount_pb2,
    balance_pb2,
    batch_pb2,
    identity_pb2,
    ledger_pb2,
    monitor_pb2,
    transaction_pb2,
    verification_pb2,
)

from ledgerd.core.model import ids
from ledgerd.core.model.amount import decimal_text
from ledgerd.core.model.figures import Figures, Kind, Status, unmove
from ledgerd.core.model.monitor import Condition
from ledgerd.core.model.rejection import rejection_of
from ledgerd.core.model.request_json import available_of
from ledgerd.core.model.transaction import Review, Transaction
from ledgerd.operations import etags
from ledgerd.operations.ledgers import GENERAL_LEDGER
from ledgerd.store import conditions
from ledgerd.wire import errors
from ledgerd.wire.fields import json_to_struct

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = "{}"
"""Metadata of a row that has none."""

_KINDS = {kind: transaction_pb2.TransactionKind.Value(f"TRANSACTION_KIND_{kind}") for kind in Kind}
_STATUSES = {status: transaction_pb2.TransactionStatus.Value(f"TRANSACTION_STATUS_{status}") for status in Status}

_encode_cached: Callable[[str, int], str] = lru_cache(maxsize=65_536)(ids.encode)
"""For ids that many rows share: those of ledgers and identities."""


# Transactions ----------------------------------------------------------------------------------


def transaction(record: Transaction, *, decimals: bool = False) -> transaction_pb2.Transaction:
    """A recorded transaction; the figures of its sides also as decimals, if requested."""
    fields: dict[str, Any] = {
        "id": record.id,
        "reference": record.reference,
        "kind": _KINDS[record.kind],
        "status": _STATUSES[record.status],
        "source_id": record.source_id,
        "source_indicator": record.source_indicator,
        "destination_id": record.destination_id,
        "destination_indicator": record.destination_indicator,
        "allow_overdraft": record.allow_overdraft,
        "description": record.description or record.inherited.description,
        "group": record.group,
        "tag": record.tag,
        "parent_id": record.parent_id,
        "batch_id": record.batch_id,
        "header_id": record.header_id,
        "target_batch_id": record.target_batch_id,
        "created_by": record.created_by,
        "on_behalf_of": record.on_behalf_of,
        "create_time": _time(record.created_at),
        "leg_ids": record.leg_ids,
        "identity_ids": record.identity_ids,
    }
    if record.recorded_at is not None:
        fields["record_time"] = _time(record.recorded_at)
        fields["effective_time"] = _time(record.effective_at or record.recorded_at)
    elif record.effective_at is not None:
        fields["effective_time"] = _time(record.effective_at)
    for name, moment in (
        ("scheduled_time", record.scheduled_at),
        ("inflight_expiry_time", record.expires_at if record.adjusted is None else record.adjusted.expires_at),
        ("inflight_commit_time", record.commits_at if record.adjusted is None else record.adjusted.commits_at),
    ):
        if moment is not None:
            fields[name] = _time(moment)
    if record.allow_over_commit:
        fields["allow_over_commit"] = True
    fields |= _sums(record)
    if record.source is not None and record.destination is not None:
        sides = _sides(record, record.source, record.destination, decimals=decimals)
        fields["source_figures"], fields["destination_figures"] = sides
    message = transaction_pb2.Transaction(**fields)
    metadata = record.metadata or record.inherited.metadata
    if metadata is not None:
        json_to_struct(metadata, message.metadata)
    if record.rejection is not None:
        message.rejection.CopyFrom(errors.to_proto(record.rejection))
    if record.review is not None:
        message.review.CopyFrom(_review(record.review))
    return message


def _review(review: Review) -> transaction_pb2.Review:
    return transaction_pb2.Review(
        reason=review.reason,
        decided_by=review.decided_by,
        on_behalf_of=review.on_behalf_of,
        decide_time=None if review.decided_at is None else time(review.decided_at),
        decision_id=review.decision_id,
    )


def _sums(record: Transaction) -> dict[str, Any]:
    """The fields that need a currency; none where the legs have more than one currency."""
    precision, currency = record.precision, record.currency
    asked = available_of(record.request_json) if record.takes_remainder else None
    fields: dict[str, Any] = {} if asked is None else {"available": {}}
    if precision is None or currency is None:
        return fields
    if asked is not None and asked.at_most is not None:
        fields["available"] = {"at_most": _amount(asked.at_most.digits, precision, currency)}
    if record.overdraft_limit is not None:
        fields["overdraft_limit"] = _amount(record.overdraft_limit, precision, currency)
    if record.amount is None:
        # The transaction tells in what it is also where how much is not decided, or nothing.
        fields["amount"] = {"precision": precision, "currency": currency}
        return fields
    fields["amount"] = _amount(record.amount, precision, currency)
    if record.committed is not None and record.voided is not None:
        fields["hold"] = {
            "committed": _amount(record.committed, precision, currency),
            "voided": _amount(record.voided, precision, currency),
            "remaining": _amount(record.remaining or 0, precision, currency),
            "adjusted": _amount(record.held or 0, precision, currency),
        }
    if record.kind is Kind.ADJUSTMENT and record.released is not None:
        change = "decrease" if record.released > 0 else "increase"
        fields["adjustment"] = {change: _amount(record.amount, precision, currency)}
    if record.moved:
        fields["refund"] = {
            "refunded": _amount(record.refunded, precision, currency),
            "remaining": _amount(record.moved - record.refunded, precision, currency),
        }
    return fields


def _sides(
    record: Transaction, source: Figures, destination: Figures, *, decimals: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    before_source, before_destination = unmove(record.kind, record.amount or 0, source, destination, record.released)
    shared = {"currency": record.currency, "precision": record.precision}
    precision = record.precision if decimals else None
    return (
        {
            "balance_id": record.source_id,
            "before": _figures(before_source, precision),
            "after": _figures(source, precision),
            **shared,
        },
        {
            "balance_id": record.destination_id,
            "before": _figures(before_destination, precision),
            "after": _figures(destination, precision),
            **shared,
        },
    )


# Parts that resources share --------------------------------------------------------------------


def amount(minor: int, precision: int, currency: str) -> amount_pb2.Amount:
    """A sum in both spellings."""
    return amount_pb2.Amount(**_amount(minor, precision, currency))


def figures(totals: Figures) -> balance_pb2.Figures:
    """A balance's totals at one version."""
    return balance_pb2.Figures(**_figures(totals))


def time(value: datetime) -> timestamp_pb2.Timestamp:
    """A time, to the microsecond."""
    return timestamp_pb2.Timestamp(**_time(value))


def _amount(minor: int, precision: int, currency: str) -> dict[str, Any]:
    return {
        "precise": str(minor),
        "decimal": decimal_text(minor, precision),
        "precision": precision,
        "currency": currency,
    }


def _figures(totals: Figures, precision: int | None = None) -> dict[str, Any]:
    """The fields of Figures; with a precision also the decimals."""
    version, credit, debit, inflight_credit, inflight_debit = totals
    fields: dict[str, Any] = {
        "version": version,
        "balance": str(credit - debit),
        "credit_balance": str(credit),
        "debit_balance": str(debit),
        "inflight_balance": str(inflight_credit - inflight_debit),
        "inflight_credit_balance": str(inflight_credit),
        "inflight_debit_balance": str(inflight_debit),
        "available": str(credit - debit - inflight_debit),
    }
    if precision is not None:
        fields["decimals"] = {
            "balance": decimal_text(credit - debit, precision),
            "credit_balance": decimal_text(credit, precision),
            "debit_balance": decimal_text(debit, precision),
            "inflight_balance": decimal_text(inflight_credit - inflight_debit, precision),
            "inflight_credit_balance": decimal_text(inflight_credit, precision),
            "inflight_debit_balance": decimal_text(inflight_debit, precision),
            "available": decimal_text(credit - debit - inflight_debit, precision),
        }
    return fields


def _time(value: datetime) -> dict[str, int]:
    since = value - _EPOCH
    return {"seconds": since.days * 86_400 + since.seconds, "nanos": since.microseconds * 1_000}


def metadata(text: str, struct: struct_pb2.Struct) -> None:
    """Write metadata as stored into an empty struct."""
    if text != _NOTHING:
        json_to_struct(text, struct)


# Rows ------------------------------------------------------------------------------------------


def ledger(row: asyncpg.Record) -> ledger_pb2.Ledger:
    """A ledger from its row."""
    message = ledger_pb2.Ledger(
        id=ids.encode(ids.LEDGER, row["id"].int),
        name=row["name"],
        general=row["id"].int == GENERAL_LEDGER.int,
        create_time=time(row["created_at"]),
        update_time=time(row["updated_at"]),
        etag=etags.of(row["revision"]),
    )
    if row["closed_before"] is not None:
        message.closed_before.CopyFrom(time(row["closed_before"]))
    metadata(row["metadata"], message.metadata)
    return message


_BALANCE_STATUSES = {name.removeprefix("BALANCE_STATUS_"): number for name, number in balance_pb2.BalanceStatus.items()}
_STRATEGIES = {
    name.removeprefix("ALLOCATION_STRATEGY_"): number for name, number in balance_pb2.AllocationStrategy.items()
}


def balance(row: asyncpg.Record, balance_id: str | None = None, *, decimals: bool = True) -> balance_pb2.Balance:
    """A balance from its row, whose columns have the order of queries/balances.sql. ``balance_id`` is the
    text of the id, where the caller has it already. ``decimals`` says whether its figures are decimals too."""
    (number, ledger_id, identity_id, indicator, currency, precision, version, credit, debit, held_credit, held_debit,
     floor, group, tag, lineage, strategy, metadata, created_at, updated_at, status, ceiling,
     revision) = row  # fmt: skip
    fields: dict[str, Any] = {
        "id": balance_id or ids.encode(ids.BALANCE, number.int),
        "ledger_id": _encode_cached(ids.LEDGER, ledger_id.int),
        "indicator": indicator,
        "currency": currency,
        "precision": precision,
        "figures": _figures(Figures(version, credit, debit, held_credit, held_debit), precision if decimals else None),
        "status": _BALANCE_STATUSES[status],
        "group": group,
        "tag": tag,
        "create_time": _time(created_at),
        "update_time": _time(updated_at),
        "etag": etags.of(revision),
    }
    if lineage:
        fields["track_fund_lineage"] = True
        fields["allocation_strategy"] = _STRATEGIES[strategy]
    if identity_id is not None:
        fields["identity_id"] = _encode_cached(ids.IDENTITY, identity_id.int)
    if floor is not None:
        fields["floor"] = _amount(floor, precision, currency)
    if ceiling is not None:
        fields["ceiling"] = _amount(ceiling, precision, currency)
    message = balance_pb2.Balance(**fields)
    if metadata != _NOTHING:
        json_to_struct(metadata, message.metadata)
    return message


def plain_balance(row: asyncpg.Record) -> balance_pb2.Balance:
    """A balance from its row, without decimals."""
    return balance(row, decimals=False)


_INDIVIDUAL = identity_pb2.Individual.DESCRIPTOR.fields_by_name.keys()
_ORGANIZATION = identity_pb2.Organization.DESCRIPTOR.fields_by_name.keys()


def identity(row: asyncpg.Record) -> identity_pb2.Identity:
    """An identity from its row."""
    known: dict[str, str] = json.loads(row["attributes"])
    is_person = row["identity_type"] == "INDIVIDUAL"
    names = _INDIVIDUAL if is_person else _ORGANIZATION
    details = {name: value for name, value in known.items() if name in names}
    address = {name: value for name, value in known.items() if name not in names}
    fields: dict[str, Any] = {
        "id": ids.encode(ids.IDENTITY, row["id"].int),
        "identity_type": f"IDENTITY_TYPE_{row['identity_type']}",
        "individual" if is_person else "organization": details,
        "create_time": _time(row["created_at"]),
        "update_time": _time(row["updated_at"]),
        "etag": etags.of(row["revision"]),
        **address,
    }
    message = identity_pb2.Identity(**fields)
    metadata(row["metadata"], message.metadata)
    return message


def verification(row: asyncpg.Record) -> verification_pb2.IdentityVerification:
    """A verification of an identity from its row."""
    fields: dict[str, Any] = {
        "id": ids.encode(ids.VERIFICATION, row["id"].int),
        "identity_id": _encode_cached(ids.IDENTITY, row["identity_id"].int),
        "kind": f"VERIFICATION_KIND_{row['kind']}",
        "outcome": f"VERIFICATION_OUTCOME_{row['outcome']}",
        "check_time": _time(row["checked_at"]),
        "expire_time": None if row["expires_at"] is None else _time(row["expires_at"]),
        "create_time": _time(row["created_at"]),
    }
    texts = {name: row[name] for name in ("tier", "provider", "provider_reference", "description")}
    return verification_pb2.IdentityVerification(**fields, **texts)


def monitor(row: asyncpg.Record) -> monitor_pb2.Monitor:
    """A monitor from its row, joined with the currency and precision of its balance."""
    precision, currency = row["precision"], row["currency"]
    message = monitor_pb2.Monitor(
        id=ids.encode(ids.MONITOR, row["id"].int),
        balance_id=ids.encode(ids.BALANCE, row["balance_id"].int),
        conditions=[
            condition(each, precision, currency) for each in conditions.from_lists(json.loads(row["conditions"]))
        ],
        trigger=f"MONITOR_TRIGGER_{row['trigger']}",
        description=row["description"],
        create_time=time(row["created_at"]),
        update_time=time(row["updated_at"]),
        etag=etags.of(row["revision"]),
    )
    metadata(row["metadata"], message.metadata)
    return message


def condition(stored: Condition, precision: int, currency: str) -> monitor_pb2.MonitorCondition:
    """A monitor's condition as answers show it."""
    return monitor_pb2.MonitorCondition(
        field=f"MONITOR_FIELD_{stored.field}",
        operator=f"COMPARISON_OPERATOR_{stored.comparison}",
        threshold=_amount(stored.threshold, precision, currency),
    )


def batch(row: asyncpg.Record) -> batch_pb2.Batch:
    """A batch from its row."""
    rejection, finished = row["rejection"], row["finished_at"]
    message = batch_pb2.Batch(
        id=ids.encode(ids.BATCH, row["id"].int),
        mode=f"BATCH_MODE_{row['mode']}",
        status=f"BATCH_STATUS_{row['status']}",
        operation_count=row["operations"],
        posted_count=row["posted"],
        replayed_count=row["replayed"],
        rejected_count=row["rejected"],
        rejection=None if rejection is None else errors.to_proto(rejection_of(rejection)),
        create_time=time(row["created_at"]),
        finish_time=None if finished is None else time(finished),
    )
    if row["metadata"] is not None:
        metadata(row["metadata"], message.metadata)
    return message
