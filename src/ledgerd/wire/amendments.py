"""Amendments of a deferred transaction, from the wire: cancel, reschedule, approve, deny."""

from ledgerapi.v1 import operation_pb2

from ledgerd.core.model import limits
from ledgerd.core.model.ids import TRANSACTION, decode
from ledgerd.core.model.operation import Cancel, Reschedule, Verdict
from ledgerd.core.model.rejection import Rejection
from ledgerd.wire import fields

_Message = operation_pb2.Cancel | operation_pb2.Reschedule | operation_pb2.Approve | operation_pb2.Deny


def cancel(message: operation_pb2.Cancel) -> Cancel | Rejection:
    """A cancellation, or why it cannot be read."""
    read = fields.Reading()
    reference = _reference(read, message, "cancel")
    description = read.prose("description", message.description)
    return fields.judged(Cancel(reference, message.transaction_id, description), read.violations, "cancel.")


def reschedule(message: operation_pb2.Reschedule) -> Reschedule | Rejection:
    """A new time for a deferred transaction, or why it cannot be read."""
    read = fields.Reading()
    reference = _reference(read, message, None)
    description = read.prose("description", message.description)
    if not message.HasField("scheduled_time"):
        read.wrong("scheduled_time", "is required")
    scheduled_at = read.time("scheduled_time", message.scheduled_time)
    amendment = Reschedule(reference, message.transaction_id, scheduled_at, description)
    return fields.judged(amendment, read.violations, "reschedule.")


def verdict(message: operation_pb2.Approve | operation_pb2.Deny) -> Verdict | Rejection:
    """An approval or a denial, or why it cannot be read."""
    approves = isinstance(message, operation_pb2.Approve)
    name = "approve" if approves else "deny"
    read = fields.Reading()
    reference = _reference(read, message, name)
    description = read.prose("description", message.description)
    decided_by = read.label("decided_by", message.decided_by, limits.LABEL_MAX_CHARS)
    amendment = Verdict(reference, message.transaction_id, approves, decided_by, description)
    return fields.judged(amendment, read.violations, f"{name}.")


def _reference(read: fields.Reading, message: _Message, derived: str | None) -> str:
    """The amendment's reference. An amendment that can be made only once needs none: the reference is derived."""
    if decode(TRANSACTION, message.transaction_id) is None:
        read.wrong("transaction_id", "a transaction id (txn_…)")
    reference = message.reference
    if not reference and derived is not None:
        return f"{limits.RESERVED_REFERENCE_PREFIX}{derived}:{message.transaction_id}"
    return read.reference("reference", reference)
