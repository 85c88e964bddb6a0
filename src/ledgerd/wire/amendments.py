"""Amendments of a deferred transaction, from the wire: cancel, reschedule, approve, deny."""

from ledgerapi.v1 import operation_pb2

from ledgerd.core.model import limits
from ledgerd.core.model.operation import Cancel, Reschedule, Verdict
from ledgerd.core.model.rejection import Rejection
from ledgerd.wire import fields, targets

_MadeOnce = operation_pb2.CancelTransaction | operation_pb2.ApproveTransaction | operation_pb2.DenyTransaction
_Any = _MadeOnce | operation_pb2.RescheduleTransaction


def cancel(message: operation_pb2.CancelTransaction) -> Cancel | Rejection:
    """A cancellation, or why it cannot be read."""
    read = fields.Reading()
    target = targets.read(message.target, read.violations)
    reference = _optional_reference(read, message)
    amendment = Cancel(reference, target, *_words(read, message), _on_behalf_of(read, message))
    return targets.judged(amendment, read.violations, "cancel.")


def reschedule(message: operation_pb2.RescheduleTransaction) -> Reschedule | Rejection:
    """A new time for a deferred transaction, or why it cannot be read."""
    read = fields.Reading()
    target = targets.read(message.target, read.violations)
    reference = read.reference("reference", message.reference)
    words = _words(read, message)
    if not message.HasField("scheduled_time"):
        read.wrong("scheduled_time", "is required")
    scheduled_at = read.time("scheduled_time", message.scheduled_time)
    amendment = Reschedule(reference, target, scheduled_at, *words, _on_behalf_of(read, message))
    return targets.judged(amendment, read.violations, "reschedule.")


def verdict(message: operation_pb2.ApproveTransaction | operation_pb2.DenyTransaction) -> Verdict | Rejection:
    """An approval or a denial, or why it cannot be read."""
    approves = isinstance(message, operation_pb2.ApproveTransaction)
    read = fields.Reading()
    target = targets.read(message.target, read.violations)
    reference = _optional_reference(read, message)
    words = _words(read, message)
    # Required until callers are known: who decides must be.
    on_behalf_of = read.label("on_behalf_of", message.on_behalf_of, limits.LABEL_MAX_CHARS)
    amendment = Verdict(reference, target, approves, *words, on_behalf_of)
    return targets.judged(amendment, read.violations, "approve." if approves else "deny.")


def _words(read: fields.Reading, message: _Any) -> tuple[str | None, str | None, bytes | None]:
    """The description, the metadata and its digest."""
    description = read.prose("description", message.description)
    return description, *read.metadata_and_digest("metadata", message.metadata)


def _on_behalf_of(
    read: fields.Reading, message: operation_pb2.CancelTransaction | operation_pb2.RescheduleTransaction
) -> str | None:
    return read.optional_label("on_behalf_of", message.on_behalf_of, limits.LABEL_MAX_CHARS)


def _optional_reference(read: fields.Reading, message: _MadeOnce) -> str:
    """The reference of an amendment that can be made only once; empty where it is derived."""
    return read.reference("reference", message.reference) if message.reference else ""
