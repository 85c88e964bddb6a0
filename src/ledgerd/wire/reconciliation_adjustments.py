"""Adjustments that runs propose, both ways."""

import uuid
from collections.abc import Sequence

import asyncpg
from ledgerapi.v1 import reconciliation_adjustment_pb2 as _pb

from ledgerd.core.model import ids, limits
from ledgerd.core.model.rejection import Reason, reject, rejection_of
from ledgerd.operations.adjustment_checks import Skipped
from ledgerd.wire import encode, errors
from ledgerd.wire.fields import Reading


def chosen(read: Reading, message: _pb.ReconciliationAdjustmentSelection) -> list[uuid.UUID] | None:
    """Which adjustments are meant; None are all that are proposed. Raises Rejected: TOO_MANY_ITEMS."""
    if message.WhichOneof("selection") == "ids":
        field = "selection.ids.reconciliation_adjustment_ids"
        values = message.ids.reconciliation_adjustment_ids
        if len(values) > limits.ADJUSTMENTS_NAMED_MAX:
            raise reject(Reason.TOO_MANY_ITEMS, field=field, requested=len(values), limit=limits.ADJUSTMENTS_NAMED_MAX)
        if not values:
            read.wrong(field, "is required")
        found = [read.id(f"{field}[{at}]", value, ids.RECONCILIATION_ADJUSTMENT) for at, value in enumerate(values)]
        if not read.violations and len(set(found)) < len(found):
            read.wrong(field, "has an id twice")
        return found
    if not message.all:
        read.wrong("selection", "needs all or ids")
    return None


def encode_adjustment(row: asyncpg.Record) -> _pb.ReconciliationAdjustment:
    """An adjustment from its row."""
    optional = {
        "external_record_id": (ids.EXTERNAL_RECORD, row["record_number"]),
        "transaction_id": (ids.TRANSACTION, row["transaction_id"] and row["transaction_id"].int),
        "reversal_transaction_id": (ids.TRANSACTION, row["reversal_id"] and row["reversal_id"].int),
        "reconciliation_decision_id": (ids.ROW_DECISION, row["decision"]),
    }
    rejection = row["rejection"]
    return _pb.ReconciliationAdjustment(
        id=ids.encode(ids.RECONCILIATION_ADJUSTMENT, row["id"].int),
        external_source_id=ids.encode(ids.EXTERNAL_SOURCE, row["source_id"].int),
        reconciliation_id=ids.encode(ids.RECONCILIATION, row["reconciliation_id"].int),
        matching_rule_id=ids.encode(ids.MATCHING_RULE, row["rule_id"].int),
        matching_rule_version=row["rule_version"],
        kind=f"RECONCILIATION_ADJUSTMENT_KIND_{row['kind']}",
        match_number=row["match_number"] or row["made_match"] or 0,
        balance_id=ids.encode(ids.BALANCE, row["balance_id"].int),
        counterpart=row["counterpart"],
        amount=encode.amount(int(row["amount"]), row["precision"], row["currency"]),
        effective_time=encode.time(row["effective_at"]),
        description=row["description"],
        automatic=row["is_automatic"],
        status=f"RECONCILIATION_ADJUSTMENT_STATUS_{row['status']}",
        rejection=None if rejection is None else errors.to_proto(rejection_of(rejection)),
        create_time=encode.time(row["created_at"]),
        update_time=encode.time(row["updated_at"]),
        **{name: ids.encode(prefix, number) for name, (prefix, number) in optional.items() if number is not None},
    )


def skipped(found: Sequence[Skipped]) -> list[_pb.SkippedReconciliationAdjustment]:
    """Adjustments that stay as they are, and why."""
    return [
        _pb.SkippedReconciliationAdjustment(
            reconciliation_adjustment_id=ids.encode(ids.RECONCILIATION_ADJUSTMENT, adjustment_id.int),
            rejection=errors.to_proto(rejection),
        )
        for adjustment_id, rejection in found
    ]
