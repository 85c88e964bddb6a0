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
    period_pb2,
    transaction_pb2,
)

from ledgerd.core.model import ids
from ledgerd.core.model.amount import decimal_text
from ledgerd.core.model.figures import Figures, Kind, Status, unmove
from ledgerd.core.model.monitor import Condition
from ledgerd.core.model.rejection import rejection_of
from ledgerd.core.model.transaction import Review, Transaction
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


def transaction(record: Transaction, *, with_figures: bool = True) -> transaction_pb2.Transaction:
    """A recorded transaction; the figures of its sides are optional."""
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
        "description": record.description,
        "group": record.group,
        "tag": record.tag,
        "parent_id": record.parent_id,
        "batch_id": record.batch_id,
        "created_by": record.created_by,
        "create_time": _time(record.created_at),
        "leg_ids": record.leg_ids,
    }
    if record.recorded_at is not None:
        fields["record_time"] = _time(record.recorded_at)
        fields["effective_time"] = _time(record.effective_at or record.recorded_at)
    elif record.effective_at is not None:
        fields["effective_time"] = _time(record.effective_at)
    for name, moment in (
        ("scheduled_time", record.scheduled_at),
        ("inflight_expiry_time", record.expires_at),
        ("inflight_commit_time", record.commits_at),
    ):
        if moment is not None:
            fields[name] = _time(moment)
    if record.allow_over_commit:
        fields["allow_over_commit"] = True
    fields |= _sums(record)
    if with_figures and record.source is not None and record.destination is not None:
        fields["source_figures"], fields["destination_figures"] = _sides(record, record.source, record.destination)
    message = transaction_pb2.Transaction(**fields)
    if record.metadata is not None:
        json_to_struct(record.metadata, message.metadata)
    if record.rejection is not None:
        message.rejection.CopyFrom(errors.to_proto(record.rejection))
    if record.review is not None:
        message.review.CopyFrom(_review(record.review))
    return message


def _review(review: Review) -> transaction_pb2.Review:
    decided_at = None if review.decided_at is None else time(review.decided_at)
    return transaction_pb2.Review(reason=review.reason, decided_by=review.decided_by, decide_time=decided_at)


def _sums(record: Transaction) -> dict[str, Any]:
    """The fields that need a currency; none where the legs have more than one currency."""
    precision, currency = record.precision, record.currency
    if record.amount is None or precision is None or currency is None:
        return {}
    fields: dict[str, Any] = {"amount": _amount(record.amount, precision, currency)}
    if record.overdraft_limit is not None:
        fields["overdraft_limit"] = _amount(record.overdraft_limit, precision, currency)
    if record.committed is not None and record.voided is not None:
        fields["hold"] = {
            "committed": _amount(record.committed, precision, currency),
            "voided": _amount(record.voided, precision, currency),
            "remaining": _amount(record.remaining or 0, precision, currency),
        }
    if record.moved:
        fields["refund"] = {
            "refunded": _amount(record.refunded, precision, currency),
            "remaining": _amount(record.moved - record.refunded, precision, currency),
        }
    return fields


def _sides(record: Transaction, source: Figures, destination: Figures) -> tuple[dict[str, Any], dict[str, Any]]:
    before_source, before_destination = unmove(record.kind, record.amount or 0, source, destination, record.released)
    shared = {"currency": record.currency, "precision": record.precision}
    return (
        {
            "balance_id": record.source_id,
            "before": _figures(before_source),
            "after": _figures(source),
            **shared,
        },
        {
            "balance_id": record.destination_id,
            "before": _figures(before_destination),
            "after": _figures(destination),
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


def _figures(totals: Figures) -> dict[str, Any]:
    version, credit, debit, inflight_credit, inflight_debit = totals
    return {
        "version": version,
        "balance": str(credit - debit),
        "credit_balance": str(credit),
        "debit_balance": str(debit),
        "inflight_balance": str(inflight_credit - inflight_debit),
        "inflight_credit_balance": str(inflight_credit),
        "inflight_debit_balance": str(inflight_debit),
        "available": str(credit - debit - inflight_debit),
    }


def _time(value: datetime) -> dict[str, int]:
    since = value - _EPOCH
    return {"seconds": since.days * 86_400 + since.seconds, "nanos": since.microseconds * 1_000}


def _metadata(text: str, struct: struct_pb2.Struct) -> None:
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
    )
    if row["closed_before"] is not None:
        message.closed_before.CopyFrom(time(row["closed_before"]))
    _metadata(row["metadata"], message.metadata)
    return message


def period(row: asyncpg.Record) -> period_pb2.Period:
    """The closed period of a ledger, from the ledger's row."""
    closed = row["closed_before"]
    return period_pb2.Period(
        ledger_id=ids.encode(ids.LEDGER, row["id"].int), closed_before=None if closed is None else time(closed)
    )


_STATES = {name.removeprefix("BALANCE_STATE_"): number for name, number in balance_pb2.BalanceState.items()}
_STRATEGIES = {
    name.removeprefix("ALLOCATION_STRATEGY_"): number for name, number in balance_pb2.AllocationStrategy.items()
}


def balance(row: asyncpg.Record, balance_id: str | None = None) -> balance_pb2.Balance:
    """A balance from its row, whose columns have the order of queries/balances.sql. ``balance_id`` is the
    text of the id, where the caller has it already."""
    (number, ledger_id, identity_id, indicator, currency, precision, version, credit, debit, held_credit, held_debit,
     floor, group, tag, lineage, strategy, metadata, created_at, updated_at, state, ceiling) = row  # fmt: skip
    fields: dict[str, Any] = {
        "id": balance_id or ids.encode(ids.BALANCE, number.int),
        "ledger_id": _encode_cached(ids.LEDGER, ledger_id.int),
        "indicator": indicator,
        "currency": currency,
        "precision": precision,
        "figures": _figures(Figures(version, credit, debit, held_credit, held_debit)),
        "state": _STATES[state],
        "group": group,
        "tag": tag,
        "track_fund_lineage": lineage,
        "allocation_strategy": _STRATEGIES[strategy],
        "create_time": _time(created_at),
        "update_time": _time(updated_at),
    }
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
        **address,
    }
    message = identity_pb2.Identity(**fields)
    _metadata(row["metadata"], message.metadata)
    return message


def monitor(row: asyncpg.Record) -> monitor_pb2.Monitor:
    """A monitor from its row, joined with the currency and precision of its balance."""
    precision, currency = row["precision"], row["currency"]
    message = monitor_pb2.Monitor(
        id=ids.encode(ids.MONITOR, row["id"].int),
        balance_id=ids.encode(ids.BALANCE, row["balance_id"].int),
        conditions=[
            condition(each, precision, currency) for each in conditions.from_lists(json.loads(row["conditions"]))
        ],
        trigger=f"TRIGGER_KIND_{row['trigger']}",
        description=row["description"],
        create_time=time(row["created_at"]),
        update_time=time(row["updated_at"]),
    )
    _metadata(row["metadata"], message.metadata)
    return message


def condition(stored: Condition, precision: int, currency: str) -> monitor_pb2.Condition:
    """A monitor's condition as answers show it."""
    return monitor_pb2.Condition(
        field=f"MONITOR_FIELD_{stored.field}",
        operator=f"COMPARISON_OPERATOR_{stored.comparison}",
        value=_amount(stored.threshold, precision, currency),
    )


def batch(row: asyncpg.Record) -> batch_pb2.Batch:
    """A batch from its row."""
    rejection, finished = row["rejection"], row["finished_at"]
    return batch_pb2.Batch(
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
