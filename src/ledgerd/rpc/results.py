"""Outcomes of the write path on the wire."""

from collections.abc import Sequence
from typing import Any

from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from ledgerapi.v1 import batch_pb2, operation_pb2, rejection_pb2, transaction_pb2, transaction_service_pb2

from ledgerd.core import limits
from ledgerd.core.book import Change, Movement, Record, Unchanged
from ledgerd.core.figures import Status
from ledgerd.core.operation import Operation
from ledgerd.core.posting import Outcome, Replay
from ledgerd.core.rejection import Reason, Rejection
from ledgerd.core.transaction import Transaction
from ledgerd.rpc import encode, errors

STATUSES: dict[str, Any] = {
    status.value: transaction_pb2.TransactionStatus.Value(f"TRANSACTION_STATUS_{status.value}") for status in Status
}


def recorded(outcome: Movement | Record | Replay) -> Transaction:
    """The transaction behind an outcome that is not a refusal."""
    transaction = outcome.recorded if isinstance(outcome, Replay) else outcome
    return transaction if isinstance(transaction, Transaction) else transaction.to_transaction()


def transaction(outcome: Movement | Record | Replay, *, validate_only: bool) -> transaction_pb2.Transaction:
    """The transaction in full. A preview has no id: nothing was recorded under it."""
    encoded = encode.transaction(recorded(outcome))
    if validate_only and not isinstance(outcome, Replay):
        encoded.id = ""
    return encoded


def fill(
    into: RepeatedCompositeFieldContainer[operation_pb2.OperationResult],
    references: Sequence[str],
    outcomes: Sequence[Outcome],
    *,
    full: bool,
    validate_only: bool,
) -> None:
    """Write one result for each operation, in order, where it belongs: copies would cost as much again."""
    for reference, outcome in zip(references, outcomes, strict=True):
        result = into.add(reference=reference)
        if isinstance(outcome, Rejection):
            result.rejection.CopyFrom(errors.to_proto(outcome))
            continue
        assert not isinstance(outcome, Change | Unchanged), "only workers nominate"
        replayed = isinstance(outcome, Replay)
        one = outcome.recorded if isinstance(outcome, Replay) else outcome
        posted = result.posted
        posted.status = STATUSES[one.status._value_]
        if replayed:
            posted.replayed = True
        if replayed or not validate_only:
            posted.transaction_id = one.id
        if full:
            posted.transaction.CopyFrom(transaction(outcome, validate_only=validate_only))


def keep_receivable(response: transaction_service_pb2.PostBatchResponse) -> None:
    """Leave out what can be read elsewhere until a client can receive the answer.

    It tells what was recorded, so it must arrive; that an answer is too large is known only when it
    is built. First the transactions go, then what stands behind the rejections' reasons.
    """
    if response.ByteSize() <= limits.MESSAGE_MAX_BYTES:
        return
    for result in response.results:
        if result.HasField("posted"):
            result.posted.ClearField("transaction")
    if response.ByteSize() <= limits.MESSAGE_MAX_BYTES:
        return
    for result in response.results:
        if result.HasField("rejection"):
            result.rejection.ClearField("details")
            result.rejection.ClearField("violations")


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
"""Whether a mode makes operations stand and fall together."""


def repeated_batch(outcomes: Sequence[Outcome]) -> str | None:
    """The batch that a call repeats: where everything replays and one batch recorded all of it."""
    batches = {one.recorded.batch_id if isinstance(one, Replay) else None for one in outcomes}
    return batches.pop() if len(batches) == 1 else None


def batch(batch_id: str, outcomes: Sequence[Outcome], *, atomic: bool, validate_only: bool) -> batch_pb2.Batch:
    """A batch just done. One that posted nothing was not recorded and has no id."""
    posted, replayed, rejected = counts(outcomes)
    refused = atomic and rejected
    return batch_pb2.Batch(
        id=batch_id if posted and not validate_only else "",
        mode=batch_pb2.BATCH_MODE_ATOMIC if atomic else batch_pb2.BATCH_MODE_INDEPENDENT,
        status=batch_pb2.BATCH_STATUS_REJECTED if refused else batch_pb2.BATCH_STATUS_FINISHED,
        operation_count=len(outcomes),
        posted_count=posted,
        replayed_count=replayed,
        rejected_count=rejected,
        rejection=_first_cause(outcomes) if refused else None,
    )


def _first_cause(outcomes: Sequence[Outcome]) -> rejection_pb2.Rejection:
    refusals = [one for one in outcomes if isinstance(one, Rejection)]
    cause = next((one for one in refusals if one.reason is not Reason.NOT_APPLIED_WITH_GROUP), refusals[0])
    return errors.to_proto(cause)


def references(messages: Sequence[operation_pb2.Operation], decoded: Sequence[Operation | Rejection]) -> list[str]:
    """The reference of each operation, also of those that could not be read."""
    return [
        _sent_reference(message) if isinstance(one, Rejection) else one.reference
        for message, one in zip(messages, decoded, strict=True)
    ]


def _sent_reference(message: operation_pb2.Operation) -> str:
    which = message.WhichOneof("operation")
    # Nobody has tested its length.
    return str(getattr(message, which).reference)[: limits.REFERENCE_MAX_CHARS] if which else ""
