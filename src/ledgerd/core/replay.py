"""Whether a request repeats what its reference recorded: the same content gives the same answer again."""

from dataclasses import replace
from typing import NamedTuple

from ledgerd.core.book import Book, Recorded
from ledgerd.core.model import request_json
from ledgerd.core.model.amount import Available, Quantity, minor_units
from ledgerd.core.model.figures import DEFERRED, Kind, Status
from ledgerd.core.model.ids import TRANSACTION, decode_hex
from ledgerd.core.model.operation import (
    AdjustHold,
    Amendment,
    Apply,
    Cancel,
    Change,
    Deferral,
    Moving,
    Operation,
    Post,
    Refund,
    Reschedule,
    ResolveHold,
    Targeted,
)
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.model.transaction import Transaction


class Replay(NamedTuple):
    """The reference recorded the same request before; this is what it recorded."""

    recorded: Recorded


def repeat(operation: Operation, recorded: Recorded, book: Book) -> Replay | Rejection:
    """The answer to a reference that is recorded: the same again, or how the request differs."""
    transaction = recorded.to_transaction()
    fields = differences(operation, transaction)
    if not fields:
        if transaction.remaining is not None:
            return Replay(_as_it_stands(transaction, book))
        is_being_written = not isinstance(recorded, Transaction)
        return Replay((_as_amended(transaction, book) if is_being_written else None) or recorded)
    return Rejection(
        Reason.REFERENCE_CONFLICT,
        {"reference": operation.reference, "transaction": transaction.id, "fields": ",".join(fields)},
    )


def _as_it_stands(hold: Transaction, book: Book) -> Transaction:
    """A hold with what the Book knows to be resolved of it, perhaps by a batch that is still being written."""
    known = book.parents.get(hold.id)
    if known is None or hold.committed is None or hold.voided is None:
        return hold
    adjustments = 0 if hold.adjusted is None else hold.adjusted.adjustments
    if known.committed + known.voided <= hold.committed + hold.voided and known.adjustments <= adjustments:
        # Both only grow, so what was looked up is the later of the two.
        return hold
    return replace(
        hold,
        committed=known.committed,
        voided=known.voided,
        refunded=known.refunded,
        status=known.status,
        adjusted=known.adjustment,
    )


def _as_amended(written: Transaction, book: Book) -> Transaction | None:
    """What is being written and deferred, with what an amendment has made of it since; None where there was none. What
    was applied or rejected since has more to show than the Book knows, and is answered as it was recorded."""
    known = book.deferred.get(decode_hex(TRANSACTION, written.id) or "") if written.status in DEFERRED else None
    if known is None or known.before == (written.status, written.scheduled_at):
        return None
    if known.status not in DEFERRED and known.status is not Status.CANCELLED:
        return None
    return replace(written, status=known.status, scheduled_at=known.scheduled_at)


def differences(operation: Operation, recorded: Transaction) -> list[str]:
    """The fields in which a repeated request differs from what its reference recorded, as the request names
    them; ``operation`` alone where it recorded something of another sort, which has other fields.

    The first request is compared, defaults filled in and indicators resolved; metadata by the
    digest of what was first posted, so that a later edit does not count.
    """
    if recorded.kind not in _kinds(operation):
        return ["operation"]
    if isinstance(operation, Post):
        is_split = operation.is_split or recorded.kind is Kind.SPLIT
        pairs = _split_fields(operation, recorded) if is_split else _post_fields(operation, recorded)
    elif isinstance(operation, ResolveHold):
        pairs = _resolve_fields(operation, recorded)
    elif isinstance(operation, Refund):
        pairs = _refund_fields(operation, recorded)
    elif isinstance(operation, AdjustHold):
        pairs = _adjustment_fields(operation, recorded)
    else:
        assert not isinstance(operation, Apply), "a nomination records nothing"
        pairs = _amendment_fields(operation, recorded)
    pairs.append(("on_behalf_of", operation.on_behalf_of, recorded.on_behalf_of))
    return [name for name, asked, held in pairs if asked != held]


def _kinds(operation: Operation) -> tuple[Kind, ...]:
    """What an operation may be recorded as."""
    if isinstance(operation, Post):
        return Kind.POSTING, Kind.HOLD, Kind.SPLIT
    if isinstance(operation, ResolveHold):
        return (Kind.VOID if operation.void else Kind.COMMIT,)
    if isinstance(operation, Refund):
        return (Kind.REFUND,)
    if isinstance(operation, AdjustHold):
        return (Kind.ADJUSTMENT,)
    if isinstance(operation, Cancel):
        return (Kind.CANCEL,)
    if isinstance(operation, Reschedule):
        return (Kind.RESCHEDULE,)
    assert not isinstance(operation, Apply), "a nomination records nothing"
    return (Kind.APPROVE if operation.approves else Kind.DENY,)


def _post_fields(post: Post, recorded: Transaction) -> list[tuple[str, object, object]]:
    return [
        ("inflight", post.inflight, recorded.kind is Kind.HOLD),
        _amount(post.quantity, recorded),
        ("currency", post.currency if post.currency_given else recorded.currency, recorded.currency),
        ("precision", post.precision or recorded.precision, recorded.precision),
        ("source", *_side(post.source, recorded.source_id, recorded.source_indicator)),
        ("destination", *_side(post.destination, recorded.destination_id, recorded.destination_indicator)),
        *_terms(post, recorded),
    ]


def _split_fields(post: Post, recorded: Transaction) -> list[tuple[str, object, object]]:
    """A split is one in both its forms: it holds or it moves."""
    sources, destinations = (request_json.recorded(recorded.request_json, side) for side in ("sources", "destinations"))
    was_split = recorded.kind is Kind.SPLIT
    pairs: list[tuple[str, object, object]] = [
        (
            "inflight",
            post.inflight,
            request_json.was_inflight(recorded.request_json) if was_split else recorded.kind is Kind.HOLD,
        ),
        _amount(post.quantity, recorded),
        ("currency", post.currency if post.currency_given else recorded.currency, recorded.currency),
        ("precision", post.precision or recorded.precision, recorded.precision),
        ("sources", *request_json.compared(post.sources, sources, recorded.precision)),
        ("destinations", *request_json.compared(post.destinations, destinations, recorded.precision)),
    ]
    if not post.sources and sources is None:
        pairs.append(("source", *_side(post.source, recorded.source_id, recorded.source_indicator)))
    if not post.destinations and destinations is None:
        side = _side(post.destination, recorded.destination_id, recorded.destination_indicator)
        pairs.append(("destination", *side))
    return pairs + _terms(post, recorded)


def _terms(post: Post, recorded: Transaction) -> list[tuple[str, object, object]]:
    return [
        ("allow_overdraft", post.allow_overdraft, recorded.allow_overdraft),
        _quantity("overdraft_limit", post.overdraft_limit, recorded.overdraft_limit, recorded),
        ("effective_time", post.effective_at, recorded.effective_at),
        ("inflight_expiry_time", post.expires_at, recorded.expires_at),
        ("inflight_commit_time", post.commits_at, recorded.commits_at),
        ("allow_over_commit", post.allow_over_commit, recorded.allow_over_commit),
        ("identity_ids", frozenset(post.identity_ids), frozenset(recorded.identity_ids)),
        ("group", post.group, recorded.group),
        ("tag", post.tag, recorded.tag),
        *_deferral_fields(post.deferral, recorded),
        *_words(post, recorded),
    ]


def _resolve_fields(resolve: ResolveHold, recorded: Transaction) -> list[tuple[str, object, object]]:
    return [
        _target(resolve, recorded),
        _amount(resolve.quantity, recorded),
        ("effective_time", resolve.effective_at, recorded.effective_at),
        *_words(resolve, recorded),
    ]


def _refund_fields(refund: Refund, recorded: Transaction) -> list[tuple[str, object, object]]:
    return [
        _target(refund, recorded),
        _amount(refund.quantity, recorded),
        ("allow_overdraft", refund.allow_overdraft, recorded.allow_overdraft),
        ("effective_time", refund.effective_at, recorded.effective_at),
        *_deferral_fields(refund.deferral, recorded),
        *_words(refund, recorded),
    ]


def _adjustment_fields(adjust: AdjustHold, recorded: Transaction) -> list[tuple[str, object, object]]:
    said = request_json.adjustment_of(recorded.request_json)
    fields: list[tuple[str, object, object]] = [_target(adjust, recorded)]
    for change in Change:
        requested = _units(adjust.quantity if adjust.change is change else None, recorded)
        fields.append((change.value, requested, said.get(change.value)))
    return [
        *fields,
        ("currency", adjust.currency or recorded.currency, recorded.currency),
        ("precision", adjust.precision or recorded.precision, recorded.precision),
        ("inflight_expiry_time", adjust.expires_at, recorded.expires_at),
        ("inflight_commit_time", adjust.commits_at, recorded.commits_at),
        *_words(adjust, recorded),
    ]


def _amendment_fields(amendment: Amendment, recorded: Transaction) -> list[tuple[str, object, object]]:
    fields: list[tuple[str, object, object]] = [
        _target(amendment, recorded),
        *_words(amendment, recorded),
    ]
    if isinstance(amendment, Reschedule):
        fields.append(("scheduled_time", amendment.scheduled_at, request_json.scheduled_time(recorded.request_json)))
    return fields


def _target(operation: Targeted, recorded: Transaction) -> tuple[str, object, object]:
    """The same transaction may be named by its id or by its reference."""
    return "target", operation.target.id, recorded.parent_id or request_json.batch_of(recorded.request_json)


def _deferral_fields(deferral: Deferral | None, recorded: Transaction) -> list[tuple[str, object, object]]:
    """How it was deferred; with a time or a review it is queued either way."""
    if deferral is None and recorded.deferred_as is None:
        return []
    said, requested = request_json.said(recorded.request_json), deferral or Deferral()
    queued = deferral is not None and deferral.scheduled_at is None and not deferral.in_review
    return [
        ("queue", queued, recorded.deferred_as is Status.QUEUED),
        ("scheduled_time", requested.scheduled_at, request_json.scheduled_time(recorded.request_json)),
        ("require_review", requested.in_review, recorded.deferred_as is Status.IN_REVIEW),
        ("review_reason", requested.review_reason, said.get("review_reason")),
        ("check_deferred", requested.check_deferred, said.get("check_queued", False)),
    ]


def _amount(asked: Quantity | Available | None, recorded: Transaction) -> tuple[str, object, object]:
    """The amount. Only what takes the remainder may leave it out; what takes all that is available is compared with
    the most that it was to take."""
    known = request_json.available_of(recorded.request_json) if recorded.takes_remainder else None
    if isinstance(asked, Available):
        return (
            "available",
            (True, _units(asked.at_most, recorded)),
            (known is not None, _units(known and known.at_most, recorded)),
        )
    if known is not None:
        return "available" if asked is None else _quantity("amount", asked, None, recorded)[0], False, True
    return _quantity("amount", asked, None if recorded.takes_remainder else recorded.amount, recorded)


def _quantity(name: str, asked: Quantity | None, held: int | None, recorded: Transaction) -> tuple[str, object, object]:
    """A sum, by the name of the spelling that was used."""
    in_minor_units = asked is not None and asked.decimals is None
    return f"precise_{name}" if in_minor_units else name, _units(asked, recorded), held


def _units(asked: Quantity | None, recorded: Transaction) -> int | None:
    """What was asked in minor units; None only where nothing was. No amount is ever negative, so what
    has more decimals than the precision holds differs from everything recorded."""
    if asked is None:
        return None
    units = None if recorded.precision is None else minor_units(asked, recorded.precision)
    return -1 if units is None else units


def _side(asked: str, balance_id: str | None, indicator: str | None) -> tuple[str | None, str | None]:
    """The same balance may be named by its id or by its indicator."""
    return (balance_id if asked == indicator else asked), balance_id


def _words(operation: Moving | Amendment, recorded: Transaction) -> list[tuple[str, object, object]]:
    return [
        ("description", operation.description, recorded.description),
        ("metadata", operation.metadata_digest, recorded.metadata_digest),
    ]
