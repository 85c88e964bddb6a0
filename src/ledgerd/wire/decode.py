"""Operations from the wire: messages such as Draft, CommitHold and Refund become operations of the core.

The code that a stream runs a thousand times per chunk is written out, without helpers.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from google.protobuf.timestamp_pb2 import Timestamp
from ledgerapi.v1 import draft_pb2, operation_pb2

from ledgerd.core.model import limits
from ledgerd.core.model.allocation import Share
from ledgerd.core.model.amount import Available, Quantity, is_precision, parse_decimal, parse_integer
from ledgerd.core.model.ids import IDENTITY, decode
from ledgerd.core.model.operation import Deferral, Operation, Post, Refund, ResolveHold
from ledgerd.core.model.rejection import Rejected, Rejection, Violation
from ledgerd.core.model.text import is_label, is_prose, is_reference
from ledgerd.wire import adjustments, amendments, available, fields, shares, targets, unknown

_FORMS = {"amount": 'a plain decimal such as "120.50"', "precise_amount": 'an integer such as "12050"'}
_FIVE_TAGS_BYTES = 10
_FLAG_BYTES = 2
_LONG_BYTES = 130
"""An operation of fewer bytes has two beside its draft, the tag and the length; in a larger one the length has two."""


# The same few thousand names and few currencies come again and again. The caller checks the length
# first, because a cache keeps every text, whether or not it is well-formed.
@lru_cache(maxsize=50_000)
def _side(text: str) -> str | None:
    """The name, if it is well-formed: always the same object, which the Book finds faster than a copy."""
    return text if shares.SIDE.fullmatch(text) else None


@lru_cache(maxsize=1_000)
def _currency(text: str) -> str | None:
    return text if fields.is_currency(text) else None


def operation(message: operation_pb2.Operation) -> Operation | Rejection:
    """One operation of a batch or chunk, or why it cannot be read."""
    which = message.WhichOneof("operation")
    if which == "post":
        size = message.ByteSize()
        plain = _plain_post(message.post, size - 2 if size < _LONG_BYTES else size - 3)
        if plain is not None:
            return plain
    found = unknown.rejection(message)
    if found is not None:
        return found
    try:
        return _operation(message, which)
    except Rejected as rejected:
        return rejected.rejection


def _operation(message: operation_pb2.Operation, which: str | None) -> Operation | Rejection:
    if which == "post":
        return _any_post(message.post, "post.")
    if which == "commit_hold":
        return commit(message.commit_hold)
    if which == "void_hold":
        return void(message.void_hold)
    if which == "refund":
        return refund(message.refund)
    if which == "cancel":
        return amendments.cancel(message.cancel)
    if which == "reschedule":
        return amendments.reschedule(message.reschedule)
    if which == "approve":
        return amendments.verdict(message.approve)
    if which == "deny":
        return amendments.verdict(message.deny)
    if which == "adjust_hold":
        return adjustments.adjust_hold(message.adjust_hold)
    return _malformed([Violation("post", "exactly one operation is required")])


def post(draft: draft_pb2.Draft, path: str = "post.") -> Post | Rejection:
    """A draft, or why it cannot be read. ``path`` stands before the names of its fields. The caller looks for unknown
    fields."""
    plain = _plain_post(draft, draft.ByteSize())
    return _any_post(draft, path) if plain is None else plain


def _any_post(draft: draft_pb2.Draft, path: str) -> Post | Rejection:
    violations: list[Violation] = []
    reference, currency, source, destination = draft.reference, draft.currency, draft.source, draft.destination
    if not is_reference(reference):
        violations.append(Violation("reference", fields.REFERENCE_FORM))
    if currency and (len(currency) > limits.CURRENCY_MAX_CHARS or not _currency(currency)):
        violations.append(Violation("currency", "1 to 32 of A-Z, 0-9, _ . -, beginning with a letter"))
    sources, destinations = _sides(draft, violations)
    amount = _amount(draft, violations)
    if isinstance(amount, Available) or any(isinstance(share.part, Available) for share in (*sources, *destinations)):
        available.check(draft, violations)
    limit = _limit(draft, violations)
    precision = draft.precision or None
    if precision is not None and not is_precision(precision):
        violations.append(Violation("precision", "a power of ten from 1 to 10^18"))
    effective = _effective_time(draft, violations)
    commits_at, expires_at = _hold_times(draft, violations)
    deferral = _deferral(draft, violations) if draft.queue or _has_deferral(draft) else None
    description, metadata, digest = _words(draft, violations)
    group, tag = _label("group", draft.group, violations), _label("tag", draft.tag, violations)
    identity_ids = _identities(draft.identity_ids, violations) if draft.identity_ids else ()
    if amount is None:
        return _malformed(violations, path)
    requested = Post(
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
        deferral,
        sources,
        destinations,
        _label("on_behalf_of", draft.on_behalf_of, violations),
        identity_ids,
        bool(currency),
    )
    return fields.judged(requested, violations, path)


def _sides(draft: draft_pb2.Draft, violations: list[Violation]) -> tuple[tuple[Share, ...], tuple[Share, ...]]:
    """The shares of both sides; none where a side is a single balance."""
    sources: tuple[Share, ...] = ()
    destinations: tuple[Share, ...] = ()
    if draft.HasField("sources"):
        sources = shares.read("sources", draft.sources, violations)
    elif len(draft.source) > limits.SIDE_MAX_CHARS or not _side(draft.source):
        violations.append(Violation("source", "a balance id (bln_…) or an indicator (@…)"))
    if draft.HasField("destinations"):
        destinations = shares.read("destinations", draft.destinations, violations)
    elif len(draft.destination) > limits.SIDE_MAX_CHARS or not _side(draft.destination):
        violations.append(Violation("destination", "a balance id (bln_…) or an indicator (@…)"))
    return sources, destinations


def _plain_post(draft: draft_pb2.Draft, draft_size: int) -> Post | None:
    """A well-formed draft that sets these fields only, as nearly all drafts do; None for any other draft.

    The size of such a draft is known: a tag, a length and a text for each field. To compare the size is cheaper than
    to check a dozen other fields. A long text, or a text that is not ASCII, makes a larger message, which is not plain;
    so does an unknown field, in the draft or beside it in the operation whose size was measured.
    """
    reference, currency, source, destination = draft.reference, draft.currency, draft.source, draft.destination
    text, allow_overdraft = draft.amount, draft.allow_overdraft
    size = len(reference) + len(currency) + len(source) + len(destination) + len(text)
    if draft_size != size + _FIVE_TAGS_BYTES + _FLAG_BYTES * allow_overdraft:
        return None
    # An empty text has no tag, which would leave bytes for another field; but none of these texts may be empty.
    amount = parse_decimal(text)
    if (
        amount is None
        or not is_reference(reference)
        or len(currency) > limits.CURRENCY_MAX_CHARS
        or (known_currency := _currency(currency)) is None
        or len(source) > limits.SIDE_MAX_CHARS
        or (known_source := _side(source)) is None
        or len(destination) > limits.SIDE_MAX_CHARS
        or (known_destination := _side(destination)) is None
    ):
        return None
    return Post(reference, known_currency, amount, known_source, known_destination, None, allow_overdraft)


def commit(message: operation_pb2.CommitHold) -> ResolveHold | Rejection:
    """A commit, or why it cannot be read. Without an amount it takes all that remains."""
    violations: list[Violation] = []
    quantity = None if message.WhichOneof("amount_form") is None else _quantity(message, violations)
    effective_at = _effective_time(message, violations)
    return _resolve(message, quantity, violations, void=False, effective_at=effective_at)


def void(message: operation_pb2.VoidHold) -> ResolveHold | Rejection:
    """A void, or why it cannot be read."""
    return _resolve(message, None, [], void=True)


def refund(message: operation_pb2.RefundTransaction) -> Refund | Rejection:
    """A refund, or why it cannot be read. Without an amount it refunds all that is not refunded yet."""
    violations: list[Violation] = []
    quantity = None if message.WhichOneof("amount_form") is None else _amount(message, violations)
    target, reference = targets.read(message.target, violations), message.reference
    if not is_reference(reference):
        violations.append(Violation("reference", fields.REFERENCE_FORM))
    description, metadata, digest = _words(message, violations)
    deferral = None
    if message.HasField("scheduled_time"):
        deferral = Deferral(scheduled_at=_time("scheduled_time", message.scheduled_time, violations))
    requested = Refund(
        reference,
        target,
        quantity,
        message.allow_overdraft,
        description,
        metadata,
        digest,
        deferral,
        _effective_time(message, violations),
        _label("on_behalf_of", message.on_behalf_of, violations),
    )
    return targets.judged(requested, violations, "refund.")


def _resolve(
    message: operation_pb2.CommitHold | operation_pb2.VoidHold,
    quantity: Quantity | None,
    violations: list[Violation],
    *,
    void: bool,
    effective_at: datetime | None = None,
) -> ResolveHold | Rejection:
    target, reference = targets.read(message.target, violations), message.reference
    # A hold can be resolved as a whole only once, so the call without a reference can be repeated.
    if (reference or quantity is not None) and not is_reference(reference):
        violations.append(Violation("reference", fields.REFERENCE_FORM))
    description, metadata, digest = _words(message, violations)
    requested = ResolveHold(reference, target, void, quantity, description, metadata, digest, effective_at=effective_at)
    requested.on_behalf_of = _label("on_behalf_of", message.on_behalf_of, violations)
    return targets.judged(requested, violations, "void_hold." if void else "commit_hold.")


def _amount(
    message: draft_pb2.Draft | operation_pb2.RefundTransaction, violations: list[Violation]
) -> Quantity | Available | None:
    """The amount of a draft or refund, which can also be all that is available."""
    if message.WhichOneof("amount_form") == "available":
        return available.read("available", message.available, violations)
    return _quantity(message, violations)


def _quantity(
    message: draft_pb2.Draft | operation_pb2.CommitHold | operation_pb2.RefundTransaction, violations: list[Violation]
) -> Quantity | None:
    """The amount in the spelling that was given, even where the given text is empty."""
    form = message.WhichOneof("amount_form")
    if form is None:
        violations.append(Violation("amount", "one of amount, precise_amount and available is required"))
        return None
    quantity = parse_decimal(message.amount) if form == "amount" else parse_integer(message.precise_amount)
    if quantity is None:
        violations.append(Violation(form, _FORMS[form]))
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
    message: draft_pb2.Draft | operation_pb2.CommitHold | operation_pb2.VoidHold | operation_pb2.RefundTransaction,
    violations: list[Violation],
) -> tuple[str | None, str | None, bytes | None]:
    """Description, metadata as JSON text, and the metadata's digest; each None where empty."""
    description = message.description
    _check_prose("description", description, violations)
    if not message.HasField("metadata"):
        return description or None, None, None
    read = fields.Reading()
    metadata = read.metadata("metadata", message.metadata)
    violations += read.violations
    return description or None, metadata, hashlib.sha256(metadata.encode()).digest() if metadata else None


def _effective_time(
    message: draft_pb2.Draft | operation_pb2.CommitHold | operation_pb2.RefundTransaction, violations: list[Violation]
) -> datetime | None:
    return _time("effective_time", message.effective_time, violations) if message.HasField("effective_time") else None


def _time(name: str, stamp: Timestamp, violations: list[Violation]) -> datetime:
    read = fields.Reading()
    moment = read.time(name, stamp)
    violations += read.violations
    return moment


def _hold_times(draft: draft_pb2.Draft, violations: list[Violation]) -> tuple[datetime | None, datetime | None]:
    """When the hold commits and when it expires automatically. Also checks the other fields that are for holds only."""
    times: list[datetime | None] = []
    for name in ("inflight_commit_time", "inflight_expiry_time"):
        if not draft.HasField(name):
            times.append(None)
            continue
        times.append(_time(name, getattr(draft, name), violations))
        if not draft.inflight:
            violations.append(Violation(name, "needs inflight"))
    if draft.allow_over_commit and (not draft.inflight or draft.HasField("sources") or draft.HasField("destinations")):
        violations.append(Violation("allow_over_commit", "needs inflight, and a single source and destination"))
    commits_at, expires_at = times
    if commits_at is not None and expires_at is not None and commits_at >= expires_at:
        violations.append(Violation("inflight_commit_time", "must be before inflight_expiry_time"))
    return commits_at, expires_at


def _has_deferral(draft: draft_pb2.Draft) -> bool:
    """Whether any field of a deferral is given, other than ``queue``."""
    return draft.require_review or draft.check_deferred or bool(draft.review_reason) or draft.HasField("scheduled_time")


def _deferral(draft: draft_pb2.Draft, violations: list[Violation]) -> Deferral | None:
    """The deferral of a draft. Impossible times of a hold are rejected here where the draft alone shows the
    mistake."""
    has_time = draft.HasField("scheduled_time")
    scheduled_at = _time("scheduled_time", draft.scheduled_time, violations) if has_time else None
    reason = draft.review_reason
    if reason and not draft.require_review:
        violations.append(Violation("review_reason", "needs require_review"))
    _check_prose("review_reason", reason, violations)
    if draft.check_deferred and not (draft.queue or has_time or draft.require_review):
        violations.append(Violation("check_deferred", "needs queue, scheduled_time or require_review"))
    return Deferral(scheduled_at, draft.require_review, reason or None, draft.check_deferred)


def _identities(values: Sequence[str], violations: list[Violation]) -> tuple[str, ...]:
    """Whom a draft concerns, each once."""
    if len(values) > limits.TRANSACTION_MAX_IDENTITIES:
        violations.append(Violation("identity_ids", f"at most {limits.TRANSACTION_MAX_IDENTITIES}"))
        return ()
    seen: set[str] = set()
    for place, value in enumerate(values):
        if decode(IDENTITY, value) is None:
            violations.append(Violation(f"identity_ids[{place}]", "an identity id (idt_…)"))
        elif value in seen:
            violations.append(Violation(f"identity_ids[{place}]", "is given twice"))
        seen.add(value)
    return tuple(values)


def _label(name: str, value: str, violations: list[Violation]) -> str | None:
    if not value:
        return None
    if not is_label(value, limits.LABEL_MAX_CHARS):
        violations.append(Violation(name, fields.LABEL_RULE))
    return value


def _check_prose(name: str, value: str, violations: list[Violation]) -> None:
    if value and not is_prose(value, limits.DESCRIPTION_MAX_CHARS):
        violations.append(Violation(name, fields.PROSE_RULE))


def _malformed(violations: Sequence[Violation], path: str = "") -> Rejection:
    return fields.invalid(*(Violation(path + field, description) for field, description in violations))


def operations(messages: Iterable[operation_pb2.Operation]) -> list[Operation | Rejection]:
    """The operations of a batch or chunk, in order."""
    return [operation(message) for message in messages]
