"""Operations from the wire: messages such as Draft, Commit and Void become operations of the core.

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
from ledgerd.core.model.amount import Quantity, is_precision, parse_decimal, parse_integer
from ledgerd.core.model.ids import BATCH, TRANSACTION, decode
from ledgerd.core.model.operation import Deferral, Operation, Post, Refund, ResolveHold
from ledgerd.core.model.rejection import Rejected, Rejection, Violation
from ledgerd.core.model.text import is_label, is_prose, is_reference
from ledgerd.wire import amendments, fields, shares

_FORMS = {"amount": 'a plain decimal such as "120.50"', "precise_amount": 'an integer such as "12050"'}
_FIVE_TAGS_BYTES = 10
_FLAG_BYTES = 2


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
    try:
        return _operation(message)
    except Rejected as rejected:
        return rejected.rejection


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
        return amendments.cancel(message.cancel)
    return _malformed([Violation("post", "one of post, commit, void, refund and cancel is required")])


def post(draft: draft_pb2.Draft, path: str = "post.") -> Post | Rejection:
    """A draft, or why it cannot be read. ``path`` stands before the names of its fields."""
    plain = _plain_post(draft)
    if plain is not None:
        return plain
    violations: list[Violation] = []
    reference, currency, source, destination = draft.reference, draft.currency, draft.source, draft.destination
    if not is_reference(reference):
        violations.append(Violation("reference", fields.REFERENCE_FORM))
    if len(currency) > limits.CURRENCY_MAX_CHARS or not _currency(currency):
        violations.append(Violation("currency", "1 to 32 of A-Z, 0-9, _ . -, beginning with a letter"))
    sources, destinations = _sides(draft, violations)
    amount = _quantity(draft, violations)
    limit = _limit(draft, violations)
    precision = draft.precision if draft.HasField("precision") else None
    if precision is not None and not is_precision(precision):
        violations.append(Violation("precision", "a power of ten from 1 to 10^18"))
    effective = _time("effective_time", draft.effective_time, violations) if draft.HasField("effective_time") else None
    commits_at, expires_at = _hold_times(draft, violations)
    deferral = _deferral(draft, violations) if draft.queue or _has_deferral(draft) else None
    description, metadata, digest = _words(draft, violations)
    group, tag = _label("group", draft.group, violations), _label("tag", draft.tag, violations)
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


def _plain_post(draft: draft_pb2.Draft) -> Post | None:
    """A well-formed draft that sets these fields only, as nearly all drafts do; None for any other draft.

    The size of such a draft is known: a tag, a length and a text for each field. To compare the size is cheaper than
    to check a dozen other fields. A long text, or a text that is not ASCII, makes a larger message, which is not plain.
    """
    reference, currency, source, destination = draft.reference, draft.currency, draft.source, draft.destination
    text, allow_overdraft = draft.amount, draft.allow_overdraft
    size = len(reference) + len(currency) + len(source) + len(destination) + len(text)
    if draft.ByteSize() != size + _FIVE_TAGS_BYTES + _FLAG_BYTES * allow_overdraft:
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


def commit(message: operation_pb2.Commit) -> ResolveHold | Rejection:
    """A commit, or why it cannot be read. Without an amount it takes all that remains."""
    violations: list[Violation] = []
    quantity = None if message.WhichOneof("amount_form") is None else _quantity(message, violations)
    return _resolve(message, quantity, violations, void=False)


def void(message: operation_pb2.Void) -> ResolveHold | Rejection:
    """A void, or why it cannot be read."""
    return _resolve(message, None, [], void=True)


def refund(message: operation_pb2.Refund) -> Refund | Rejection:
    """A refund, or why it cannot be read. Without an amount it refunds all that is not refunded yet."""
    violations: list[Violation] = []
    quantity = None if message.WhichOneof("amount_form") is None else _quantity(message, violations)
    transaction_id, reference = message.transaction_id, message.reference
    _check_parent(transaction_id, violations)
    if not is_reference(reference):
        violations.append(Violation("reference", fields.REFERENCE_FORM))
    description, metadata, digest = _words(message, violations)
    deferral = None
    if message.HasField("scheduled_time"):
        deferral = Deferral(scheduled_at=_time("scheduled_time", message.scheduled_time, violations))
    requested = Refund(
        reference, transaction_id, quantity, message.allow_overdraft, description, metadata, digest, deferral
    )
    return fields.judged(requested, violations, "refund.")


def _resolve(
    message: operation_pb2.Commit | operation_pb2.Void,
    quantity: Quantity | None,
    violations: list[Violation],
    *,
    void: bool,
) -> ResolveHold | Rejection:
    hold_id, reference = message.transaction_id, message.reference
    _check_parent(hold_id, violations)
    if not reference and quantity is None:
        # A hold can be resolved as a whole only once, so the call without a reference can be repeated.
        reference = f"{limits.RESERVED_REFERENCE_PREFIX}{'void' if void else 'commit'}:{hold_id}"
    elif not is_reference(reference):
        violations.append(Violation("reference", fields.REFERENCE_FORM))
    description, metadata, digest = _words(message, violations)
    requested = ResolveHold(reference, hold_id, void, quantity, description, metadata, digest)
    return fields.judged(requested, violations, "void." if void else "commit.")


def _check_parent(text: str, violations: list[Violation]) -> None:
    """Check the id of what is resolved or refunded: a transaction, or a batch."""
    if decode(TRANSACTION, text) is None and decode(BATCH, text) is None:
        violations.append(Violation("transaction_id", "a transaction id (txn_…) or a batch id (bat_…)"))


def _quantity(
    message: draft_pb2.Draft | operation_pb2.Commit | operation_pb2.Refund, violations: list[Violation]
) -> Quantity | None:
    """The amount in the spelling that was given, even where the given text is empty."""
    form = message.WhichOneof("amount_form")
    if form is None:
        violations.append(Violation("amount", "one of amount and precise_amount is required"))
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
    message: draft_pb2.Draft | operation_pb2.Commit | operation_pb2.Void | operation_pb2.Refund,
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
    return draft.hold_for_review or draft.check_queued or bool(draft.review_reason) or draft.HasField("scheduled_time")


def _deferral(draft: draft_pb2.Draft, violations: list[Violation]) -> Deferral | None:
    """The deferral of a draft. Impossible times of a hold are rejected here where the draft alone shows the
    mistake."""
    has_time = draft.HasField("scheduled_time")
    scheduled_at = _time("scheduled_time", draft.scheduled_time, violations) if has_time else None
    reason = draft.review_reason
    if reason and not draft.hold_for_review:
        violations.append(Violation("review_reason", "needs hold_for_review"))
    _check_prose("review_reason", reason, violations)
    if draft.check_queued and not (draft.queue or has_time or draft.hold_for_review):
        violations.append(Violation("check_queued", "needs queue, scheduled_time or hold_for_review"))
    return Deferral(scheduled_at, draft.hold_for_review, reason or None, draft.check_queued)


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
