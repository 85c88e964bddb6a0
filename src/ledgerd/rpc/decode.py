"""Operations from the wire: Draft, Commit and Void become what the rules judge.

Written out by hand and without helpers where a stream passes through it a thousand times a chunk.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from google.protobuf.timestamp_pb2 import Timestamp
from ledgerapi.v1 import draft_pb2, operation_pb2

from ledgerd.core import limits
from ledgerd.core.amount import Quantity, is_precision, parse_decimal, parse_integer
from ledgerd.core.ids import TRANSACTION, decode
from ledgerd.core.operation import Later, Operation, Post, Refund, Settle
from ledgerd.core.rejection import Reason, Refused, Rejection, Violation
from ledgerd.rpc import fields, orders

_SIDE = re.compile(r"bln_[0-7][0-9a-hjkmnp-tv-z]{25}|@[A-Za-z0-9_.:-]{1,127}", re.ASCII)


# The same few thousand names and few currencies come again and again. Whoever asks tests the length
# first: a cache keeps what it is asked about, whether or not it is well-formed.
@lru_cache(maxsize=50_000)
def _is_side(text: str) -> bool:
    return _SIDE.fullmatch(text) is not None


@lru_cache(maxsize=1_000)
def _is_currency(text: str) -> bool:
    return fields.is_currency(text) is not None


def operation(message: operation_pb2.Operation) -> Operation | Rejection:
    """One operation of a batch or chunk, or why it cannot be read."""
    try:
        return _operation(message)
    except Refused as refused:
        return refused.rejection


def _operation(message: operation_pb2.Operation) -> Operation | Rejection:
    which = message.WhichOneof("operation")
    if which == "post":
        return post(message.post)
    if which == "commit":
        return commit(message.commit)
    if which == "void":
        return void(message.void)
    if which == "refund":
        return refund(message.refund)
    if which == "cancel":
        return orders.cancel(message.cancel)
    return _malformed([Violation("operation", "one of post, commit, void, refund and cancel is required")])


def post(draft: draft_pb2.Draft, path: str = "post.") -> Post | Rejection:
    """A draft, or why it cannot be read. ``path`` stands before the names of its fields."""
    unsupported = _unsupported(draft)
    if unsupported is not None:
        return _not_supported(path + unsupported)
    violations: list[Violation] = []
    reference, currency, source, destination = draft.reference, draft.currency, draft.source, draft.destination
    if not _is_label(reference, limits.REFERENCE_MAX_CHARS) or reference.startswith(limits.RESERVED_REFERENCE_PREFIX):
        violations.append(_bad_reference("reference"))
    if len(currency) > limits.CURRENCY_MAX_CHARS or not _is_currency(currency):
        violations.append(Violation("currency", "1 to 32 of A-Z, 0-9, _ . -, beginning with a letter"))
    if len(source) > limits.SIDE_MAX_CHARS or not _is_side(source):
        violations.append(Violation("source", "a balance id (bln_…) or an indicator (@…)"))
    if len(destination) > limits.SIDE_MAX_CHARS or not _is_side(destination):
        violations.append(Violation("destination", "a balance id (bln_…) or an indicator (@…)"))
    amount = _quantity("", draft.amount, draft.precise_amount, violations)
    limit = _limit(draft, violations)
    precision = draft.precision if draft.HasField("precision") else None
    if precision is not None and not is_precision(precision):
        violations.append(Violation("precision", "a power of ten from 1 to 10^18"))
    effective = _time("effective_time", draft.effective_time, violations) if draft.HasField("effective_time") else None
    commits_at, expires_at = _hold_times(draft, violations)
    later = _later(draft, violations) if draft.queue or _waits(draft) else None
    if draft.allow_over_commit and not draft.inflight:
        violations.append(Violation("allow_over_commit", "needs inflight"))
    description, metadata, digest = _words(draft, violations)
    group, tag = _label("group", draft.group, violations), _label("tag", draft.tag, violations)
    if violations or amount is None:
        return _malformed(violations, path)
    return Post(
        reference,
        currency,
        amount,
        source,
        destination,
        precision,
        draft.allow_overdraft,
        limit,
        draft.inflight,
        effective,
        description,
        group,
        tag,
        metadata,
        digest,
        expires_at,
        commits_at,
        draft.allow_over_commit,
        later,
    )


def commit(message: operation_pb2.Commit) -> Settle | Rejection:
    """A commit, or why it cannot be read. Without an amount it takes all that remains."""
    violations: list[Violation] = []
    quantity = None
    if message.WhichOneof("amount_form") is not None:
        quantity = _quantity("", message.amount, message.precise_amount, violations)
    return _settle(message, quantity, violations, void=False)


def void(message: operation_pb2.Void) -> Settle | Rejection:
    """A void, or why it cannot be read."""
    return _settle(message, None, [], void=True)


def refund(message: operation_pb2.Refund) -> Refund | Rejection:
    """A refund, or why it cannot be read. Without an amount it gives back all that was not yet."""
    violations: list[Violation] = []
    quantity = None
    if message.WhichOneof("amount_form") is not None:
        quantity = _quantity("", message.amount, message.precise_amount, violations)
    transaction_id, reference = message.transaction_id, message.reference
    if decode(TRANSACTION, transaction_id) is None:
        violations.append(Violation("transaction_id", "a transaction id (txn_…)"))
    if not _is_label(reference, limits.REFERENCE_MAX_CHARS) or reference.startswith(limits.RESERVED_REFERENCE_PREFIX):
        violations.append(_bad_reference("reference"))
    description, metadata, digest = _words(message, violations)
    later = None
    if message.HasField("scheduled_time"):
        later = Later(scheduled_at=_time("scheduled_time", message.scheduled_time, violations))
    if violations:
        return _malformed(violations, "refund.")
    return Refund(reference, transaction_id, quantity, message.allow_overdraft, description, metadata, digest, later)


def _settle(
    message: operation_pb2.Commit | operation_pb2.Void,
    quantity: Quantity | None,
    violations: list[Violation],
    *,
    void: bool,
) -> Settle | Rejection:
    hold_id, reference = message.transaction_id, message.reference
    if decode(TRANSACTION, hold_id) is None:
        violations.append(Violation("transaction_id", "a transaction id (txn_…)"))
    if not reference and quantity is None:
        # All that remains can be taken only once, so the hold itself makes the call repeatable.
        reference = f"{limits.RESERVED_REFERENCE_PREFIX}{'void' if void else 'commit'}:{hold_id}"
    elif not _is_label(reference, limits.REFERENCE_MAX_CHARS) or reference.startswith(limits.RESERVED_REFERENCE_PREFIX):
        violations.append(_bad_reference("reference"))
    description, metadata, digest = _words(message, violations)
    if violations:
        return _malformed(violations, "void." if void else "commit.")
    return Settle(reference, hold_id, void, quantity, description, metadata, digest)


def _unsupported(draft: draft_pb2.Draft) -> str | None:
    """A field that was set and does nothing yet, by name."""
    if draft.HasField("sources"):
        return "sources"
    return "destinations" if draft.HasField("destinations") else None


def _quantity(prefix: str, amount: str, precise: str, violations: list[Violation]) -> Quantity | None:
    if amount:
        quantity = parse_decimal(amount)
        if quantity is None:
            violations.append(Violation(f"{prefix}amount", 'a plain decimal such as "120.50"'))
    else:
        quantity = parse_integer(precise)
        if quantity is None:
            violations.append(
                Violation(f"{prefix}precise_amount", 'an amount is required; here an integer such as "12050"')
            )
    return quantity


def _limit(draft: draft_pb2.Draft, violations: list[Violation]) -> Quantity | None:
    form = draft.WhichOneof("overdraft_limit_form")
    if form is None:
        return None
    if not draft.allow_overdraft:
        violations.append(Violation(form, "needs allow_overdraft"))
    text = draft.overdraft_limit if form == "overdraft_limit" else draft.precise_overdraft_limit
    limit = parse_decimal(text) if form == "overdraft_limit" else parse_integer(text)
    if limit is None:
        violations.append(Violation(form, "an unsigned amount"))
    return limit


def _words(
    message: draft_pb2.Draft | operation_pb2.Commit | operation_pb2.Void | operation_pb2.Refund,
    violations: list[Violation],
) -> tuple[str | None, str | None, bytes | None]:
    """Description, metadata as JSON text, and the metadata's digest; each None where empty."""
    description = message.description
    if len(description) > limits.DESCRIPTION_MAX_CHARS or "\0" in description:
        violations.append(Violation("description", f"at most {limits.DESCRIPTION_MAX_CHARS} characters, no NUL"))
    if not message.HasField("metadata"):
        return description or None, None, None
    read = fields.Reading()
    metadata = read.metadata("metadata", message.metadata)
    violations += read.violations
    return description or None, metadata, hashlib.sha256(metadata.encode()).digest() if metadata else None


def _time(name: str, stamp: Timestamp, violations: list[Violation]) -> datetime:
    read = fields.Reading()
    moment = read.time(name, stamp)
    violations += read.violations
    return moment


def _hold_times(draft: draft_pb2.Draft, violations: list[Violation]) -> tuple[datetime | None, datetime | None]:
    """When the hold commits and when it expires by itself."""
    times: list[datetime | None] = []
    for name in ("inflight_commit_time", "inflight_expiry_time"):
        if not draft.HasField(name):
            times.append(None)
            continue
        times.append(_time(name, getattr(draft, name), violations))
        if not draft.inflight:
            violations.append(Violation(name, "needs inflight"))
    commits_at, expires_at = times
    if commits_at is not None and expires_at is not None and commits_at >= expires_at:
        violations.append(Violation("inflight_commit_time", "must be before inflight_expiry_time"))
    return commits_at, expires_at


def _waits(draft: draft_pb2.Draft) -> bool:
    """Whether anything is said of a later application, other than that it is queued."""
    return draft.hold_for_review or draft.check_queued or bool(draft.review_reason) or draft.HasField("scheduled_time")


def _later(draft: draft_pb2.Draft, violations: list[Violation]) -> Later | None:
    """That it is accepted now and applied later. Times of a hold that cannot be are refused here where the
    draft alone shows it."""
    has_time = draft.HasField("scheduled_time")
    scheduled_at = _time("scheduled_time", draft.scheduled_time, violations) if has_time else None
    reason = draft.review_reason
    if reason and not draft.hold_for_review:
        violations.append(Violation("review_reason", "needs hold_for_review"))
    if len(reason) > limits.DESCRIPTION_MAX_CHARS or "\0" in reason:
        violations.append(Violation("review_reason", f"at most {limits.DESCRIPTION_MAX_CHARS} characters, no NUL"))
    if draft.check_queued and not (draft.queue or has_time or draft.hold_for_review):
        violations.append(Violation("check_queued", "needs queue, scheduled_time or hold_for_review"))
    return Later(scheduled_at, draft.hold_for_review, reason or None, draft.check_queued)


def _label(name: str, value: str, violations: list[Violation]) -> str | None:
    if not value:
        return None
    if not _is_label(value, limits.LABEL_MAX_CHARS):
        violations.append(Violation(name, f"at most {limits.LABEL_MAX_CHARS} printable characters"))
    return value


def _is_label(value: str, max_chars: int) -> bool:
    return 0 < len(value) <= max_chars and value.isprintable()


def _bad_reference(field: str) -> Violation:
    return Violation(
        field,
        f"required: 1 to {limits.REFERENCE_MAX_CHARS} printable characters,"
        f" not beginning with {limits.RESERVED_REFERENCE_PREFIX}",
    )


def _malformed(violations: Sequence[Violation], path: str = "") -> Rejection:
    return fields.invalid(*(Violation(path + field, description) for field, description in violations))


def _not_supported(field: str) -> Rejection:
    return Rejection(Reason.FIELD_NOT_SUPPORTED, {"field": field})


def operations(messages: Iterable[operation_pb2.Operation]) -> list[Operation | Rejection]:
    """The operations of a batch or chunk, in order."""
    return [operation(message) for message in messages]
