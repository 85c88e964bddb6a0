"""Adjustments of a hold, from the wire."""

from ledgerapi.v1 import operation_pb2

from ledgerd.core.model import limits
from ledgerd.core.model.operation import AdjustHold, Change
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.wire import available, fields, targets


def adjust_hold(message: operation_pb2.AdjustHold) -> AdjustHold | Rejection:
    """An adjustment, or why it cannot be read."""
    read = fields.Reading()
    target = targets.read(message.target, read.violations)
    metadata, digest = read.metadata_and_digest("metadata", message.metadata)
    adjust = AdjustHold(
        read.reference("reference", message.reference),
        target,
        description=read.prose("description", message.description),
        on_behalf_of=read.optional_label("on_behalf_of", message.on_behalf_of, limits.LABEL_MAX_CHARS),
        metadata=metadata,
        metadata_digest=digest,
    )
    if target.is_batch and not read.violations:
        # Not worth a look at all that came with the batch.
        return Rejection(Reason.NOT_ADJUSTABLE, {"batch": target.id})
    form = message.WhichOneof("adjustment")
    if form is not None:
        adjust.change = Change(form)
        amount = available.amount(form, getattr(message, form), read.violations)
        adjust.quantity, adjust.currency, adjust.precision = amount
    if message.HasField("inflight_expiry_time"):
        adjust.expires_at = read.time("inflight_expiry_time", message.inflight_expiry_time)
    if message.HasField("inflight_commit_time"):
        adjust.commits_at = read.time("inflight_commit_time", message.inflight_commit_time)
    if form is None and adjust.expires_at is None and adjust.commits_at is None:
        read.wrong("total", "at least one of an amount and a time is required")
    if adjust.expires_at is not None and adjust.commits_at is not None and adjust.commits_at >= adjust.expires_at:
        read.wrong("inflight_commit_time", "must be before inflight_expiry_time")
    return targets.judged(adjust, read.violations, "adjust_hold.")
