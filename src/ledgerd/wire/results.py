"""Outcomes of the write path on the wire."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from ledgerapi.v1 import batch_pb2, operation_pb2, rejection_pb2, transaction_pb2, transaction_service_pb2

from ledgerd.core.book import Recorded
from ledgerd.core.decide import Outcome
from ledgerd.core.effects import DeferredChange, HeaderEntry, Movement, Unchanged
from ledgerd.core.model import limits
from ledgerd.core.model.figures import Status
from ledgerd.core.model.operation import Operation
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.model.transaction import INHERITING, Transaction, Words
from ledgerd.core.replay import Replay
from ledgerd.wire import encode, errors, fields

_FRAME_BYTES = 8
"""Around a message inside another: its tag and length."""
LEGS_CAPACITY_BYTES = 3 * 1024 * 1024
"""The bytes for the legs in the answer to a single call. Clients without settings receive 4 MiB. The other bytes are
for the header and the hold or parent, each with its metadata and the ids of all its legs."""

_VIEWS = frozenset(operation_pb2.TransactionView.values())
STATUSES: dict[str, Any] = {
    status.value: transaction_pb2.TransactionStatus.Value(f"TRANSACTION_STATUS_{status.value}") for status in Status
}


def recorded(outcome: Movement | HeaderEntry | Replay) -> Transaction:
    """The transaction behind an outcome that is not a rejection."""
    return _recorded(outcome).to_transaction()


def _recorded(outcome: Movement | HeaderEntry | Replay) -> Recorded:
    """What the database has, or will have. A preview has a Transaction only."""
    return outcome.recorded if isinstance(outcome, Replay) else outcome


def is_basic(view: int) -> bool:
    """Whether the answer to a single write has only the id and the status of the transaction. Raises Rejected:
    FIELD_INVALID, for a view that does not exist."""
    if view not in _VIEWS:
        raise fields.rejected("view", f"{view} is no value of TransactionView")
    return view == operation_pb2.TRANSACTION_VIEW_BASIC


def check_bulk_view(read: fields.Reading, view: int) -> None:
    """Check the view of the results of a batch or stream. They are not shown in DECIMALS: to reject this view keeps its
    meaning free."""
    if read.enum("view", operation_pb2.TransactionView, view) == "DECIMALS":
        read.wrong("view", "DECIMALS is for single transactions: give FULL or BASIC")


def basic(outcome: Movement | HeaderEntry | Replay, *, validate_only: bool) -> transaction_pb2.Transaction:
    """The transaction's id and status. A preview has no id."""
    shown = _recorded(outcome)
    has_id = not validate_only or isinstance(shown, Transaction)
    return id_and_status(shown.id if has_id else "", shown.status)


def read(found: Transaction, view: str) -> transaction_pb2.Transaction:
    """A transaction that was read, in a view by its short name."""
    if view == "BASIC":
        return id_and_status(found.id, found.status)
    return encode.transaction(found, decimals=view == "DECIMALS")


def id_and_status(transaction_id: str, status: Status) -> transaction_pb2.Transaction:
    """What view BASIC has of a transaction."""
    return transaction_pb2.Transaction(id=transaction_id, status=STATUSES[status.value])


def transaction(
    outcome: Movement | HeaderEntry | Replay,
    *,
    validate_only: bool,
    inherited: Mapping[str, Words],
    decimals: bool = False,
) -> transaction_pb2.Transaction:
    """The transaction in full, with what it shows of its parent: see operations.words. A preview has no id, because
    nothing was recorded. An internal balance that the operation would open has no id either: the preview has its
    indicator."""
    shown = recorded(outcome)
    if shown.kind in INHERITING and (words := inherited.get(shown.parent_id or "")) is not None:
        shown = replace(shown, inherited=words)
    encoded = encode.transaction(shown, decimals=decimals)
    if validate_only and not isinstance(_recorded(outcome), Transaction):
        encoded.id = ""
        encoded.ClearField("leg_ids")
        _forget_imagined(encoded)
    return encoded


def legs(
    outcome: Movement | HeaderEntry | Replay, *, validate_only: bool, capacity: int, decimals: bool = False
) -> list[transaction_pb2.Transaction]:
    """The legs of a header that was just recorded or previewed: all of them, or none where they need more bytes than
    ``capacity``. Clients read the legs of an earlier header by its leg_ids. Legs of a preview have no ids."""
    if not isinstance(outcome, HeaderEntry):
        return []
    encoded = []
    for leg in outcome.legs:
        encoded_leg = encode.transaction(leg.to_transaction(), decimals=decimals)
        if validate_only:
            _forget_ids(encoded_leg, of=outcome.id)
        capacity -= encoded_leg.ByteSize() + _FRAME_BYTES
        if capacity < 0:
            return []
        encoded.append(encoded_leg)
    return encoded


def _forget_imagined(encoded: transaction_pb2.Transaction) -> None:
    if encoded.source_id.startswith("@"):
        encoded.source_id = ""
        if encoded.HasField("source_figures"):
            encoded.source_figures.balance_id = ""
    if encoded.destination_id.startswith("@"):
        encoded.destination_id = ""
        if encoded.HasField("destination_figures"):
            encoded.destination_figures.balance_id = ""


def _forget_ids(leg: transaction_pb2.Transaction, *, of: str) -> None:
    _forget_imagined(leg)
    leg.id = leg.header_id = ""
    if leg.parent_id == of:
        leg.parent_id = ""


def add_results(
    into: RepeatedCompositeFieldContainer[operation_pb2.OperationResult],
    references: Sequence[str],
    outcomes: Sequence[Outcome],
    *,
    full: bool,
    validate_only: bool,
    capacity: int,
    inherited: Mapping[str, Words],
) -> None:
    """Add one result for each operation, in order, to the response itself: copies would double the cost.

    Legs are added while there is ``capacity`` for them, in bytes.
    """
    for reference, outcome in zip(references, outcomes, strict=True):
        result = into.add()
        result.reference = reference
        if isinstance(outcome, Rejection):
            result.rejection.CopyFrom(errors.to_proto(outcome))
            continue
        assert not isinstance(outcome, DeferredChange | Unchanged), "only workers nominate"
        replayed = type(outcome) is Replay
        transaction_ = _recorded(outcome)
        if not reference:
            result.reference = transaction_.to_transaction().reference or ""
        posted = result.posted
        posted.status = STATUSES[transaction_.status._value_]
        if replayed:
            posted.replayed = True
        if not validate_only or isinstance(transaction_, Transaction):
            posted.transaction_id = transaction_.id
        if full:
            posted.transaction.CopyFrom(transaction(outcome, validate_only=validate_only, inherited=inherited))
            if isinstance(outcome, HeaderEntry):
                posted.legs.extend(legs(outcome, validate_only=validate_only, capacity=capacity))
                capacity -= result.ByteSize()


def keep_receivable(
    response: transaction_service_pb2.PostBatchResponse | transaction_service_pb2.PostStreamChunkResult, capacity: int
) -> None:
    """Remove what can be read elsewhere until the answer has at most ``capacity`` bytes.

    The answer tells what was recorded, so it must arrive, and its size is known only when it is built. The
    legs are removed first, then the transactions, then the details of rejections, and at last the
    references: results are in the order of the operations.
    """
    for leave_out in (_leave_out_legs, _leave_out_transaction, _leave_out_numbers, _leave_out_reference):
        if response.ByteSize() <= capacity:
            return
        response.reduced = True
        for result in response.results:
            leave_out(result)


def _leave_out_legs(result: operation_pb2.OperationResult) -> None:
    if result.HasField("posted"):
        result.posted.ClearField("legs")


def _leave_out_transaction(result: operation_pb2.OperationResult) -> None:
    if result.HasField("posted"):
        result.posted.ClearField("transaction")


def _leave_out_numbers(result: operation_pb2.OperationResult) -> None:
    if result.HasField("rejection"):
        result.rejection.ClearField("details")
        result.rejection.ClearField("violations")


def _leave_out_reference(result: operation_pb2.OperationResult) -> None:
    result.ClearField("reference")


def counts(outcomes: Sequence[Outcome]) -> tuple[int, int, int]:
    """How many were posted, replayed and rejected."""
    replayed = sum(type(outcome) is Replay for outcome in outcomes)
    rejected = sum(type(outcome) is Rejection for outcome in outcomes)
    return len(outcomes) - replayed - rejected, replayed, rejected


MODES = {
    batch_pb2.BATCH_MODE_UNSPECIFIED: False,
    batch_pb2.BATCH_MODE_INDEPENDENT: False,
    batch_pb2.BATCH_MODE_ATOMIC: True,
}
"""Whether a mode is atomic."""


def repeated_batch(outcomes: Sequence[Outcome]) -> str | None:
    """The batch that a call repeats: all operations replay, and the same batch recorded all of them."""
    batches = {outcome.recorded.batch_id if isinstance(outcome, Replay) else None for outcome in outcomes}
    return batches.pop() if len(batches) == 1 else None


def batch(batch_id: str, outcomes: Sequence[Outcome], *, atomic: bool, validate_only: bool) -> batch_pb2.Batch:
    """The batch of this call. A batch that posted nothing was not recorded and has no id."""
    posted, replayed, rejected = counts(outcomes)
    is_rejected = atomic and rejected
    return batch_pb2.Batch(
        id=batch_id if posted and not validate_only else "",
        mode=batch_pb2.BATCH_MODE_ATOMIC if atomic else batch_pb2.BATCH_MODE_INDEPENDENT,
        status=batch_pb2.BATCH_STATUS_REJECTED if is_rejected else batch_pb2.BATCH_STATUS_FINISHED,
        operation_count=len(outcomes),
        posted_count=posted,
        replayed_count=replayed,
        rejected_count=rejected,
        rejection=_first_cause(outcomes) if is_rejected else None,
    )


def _first_cause(outcomes: Sequence[Outcome]) -> rejection_pb2.Rejection:
    rejections = [outcome for outcome in outcomes if isinstance(outcome, Rejection)]
    cause = next(
        (rejection for rejection in rejections if rejection.reason is not Reason.NOT_APPLIED_WITH_GROUP), rejections[0]
    )
    return errors.to_proto(cause)


def references(messages: Sequence[operation_pb2.Operation], decoded: Sequence[Operation | Rejection]) -> list[str]:
    """The reference of each operation, also of those that could not be read."""
    return [reference(message, operation) for message, operation in zip(messages, decoded, strict=True)]


def reference(message: operation_pb2.Operation, decoded: Operation | Rejection) -> str:
    """The reference of one operation, also of one that could not be read."""
    return _sent_reference(message) if isinstance(decoded, Rejection) else decoded.reference


def _sent_reference(message: operation_pb2.Operation) -> str:
    which = message.WhichOneof("operation")
    # Its length has not been checked.
    return str(getattr(message, which).reference)[: limits.REFERENCE_MAX_CHARS] if which else ""
