"""The transaction as recorded, and how a repeated request is compared with it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ledgerd.core.model import request_json
from ledgerd.core.model.amount import Quantity, minor_units
from ledgerd.core.model.figures import Figures, Kind, Status
from ledgerd.core.model.operation import (
    Amendment,
    Apply,
    Cancel,
    Deferral,
    Moving,
    Operation,
    Post,
    Refund,
    Reschedule,
    ResolveHold,
    Verdict,
)
from ledgerd.core.model.rejection import Rejection


class Review(NamedTuple):
    """Why a transaction was to be looked at, and who decided when; the last two None while nobody has."""

    reason: str | None
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One movement, or a record that moves nothing itself. Amounts in minor units; figures are each side's
    just after it.

    What moves nothing has no figures: what waits (``deferred_as`` is how it was accepted), a header of
    ``leg_ids`` (a split, or a commit, void or refund of one or of a batch), and an amendment of another
    transaction. A header's sides are set where all its legs share them, its currency, precision and amount
    where its legs have one currency. A leg has no reference; ``header_id`` is its lead. ``asked`` is JSON: what
    the request said that has no column of its own. ``rejection`` is why it was rejected when it was due.

    ``takes_remainder`` is true where a settlement asked for all that remained rather than an amount.
    ``committed`` and ``voided`` are a hold's, and None for every other kind. ``expires_at`` and
    ``commits_at`` are when what remains of a hold is voided or committed by itself. ``released`` is
    what a commit above its hold took from the hold, and None for every other. ``refunded`` is what was
    given back of what it moved.
    """

    id: str
    reference: str | None
    kind: Kind
    status: Status
    currency: str | None
    precision: int | None
    amount: int | None
    source_id: str | None
    source_indicator: str | None
    source: Figures | None
    destination_id: str | None
    destination_indicator: str | None
    destination: Figures | None
    allow_overdraft: bool
    overdraft_limit: int | None
    takes_remainder: bool | None
    parent_id: str | None
    batch_id: str | None
    description: str | None
    group: str | None
    tag: str | None
    metadata: str | None
    metadata_digest: bytes | None
    created_by: str | None
    created_at: datetime
    recorded_at: datetime | None
    effective_at: datetime | None
    committed: int | None
    voided: int | None
    expires_at: datetime | None = None
    commits_at: datetime | None = None
    allow_over_commit: bool = False
    released: int | None = None
    refunded: int = 0
    header_id: str | None = None
    leg_ids: tuple[str, ...] = ()
    deferred_as: Status | None = None
    request_json: str | None = None
    scheduled_at: datetime | None = None
    rejection: Rejection | None = None
    review: Review | None = None

    @property
    def remaining(self) -> int | None:
        """What a hold still holds; None for every other kind."""
        if self.committed is None or self.voided is None or self.amount is None:
            return None
        return max(0, self.amount - self.committed - self.voided)

    @property
    def moved(self) -> int:
        """What it moved that can be given back: its amount, or what was committed of a hold."""
        if self.committed is not None:
            return self.committed
        is_given = self.kind in (Kind.POSTING, Kind.SPLIT) and self.status is Status.APPLIED
        return self.amount or 0 if is_given else 0


def differences(operation: Operation, recorded: Transaction) -> list[str]:
    """The fields in which a repeated request differs from what its reference recorded, as the request names
    them; ``operation`` alone where it recorded something of another sort, which has other fields.

    The original input is compared, defaults filled in and indicators resolved; metadata by the
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
    else:
        assert not isinstance(operation, Apply), "a nomination records nothing"
        pairs = _amendment_fields(operation, recorded)
    return [name for name, asked, held in pairs if asked != held]


def _kinds(operation: Operation) -> tuple[Kind, ...]:
    """What an operation may be recorded as."""
    if isinstance(operation, Post):
        return Kind.POSTING, Kind.HOLD, Kind.SPLIT
    if isinstance(operation, ResolveHold):
        return (Kind.VOID if operation.void else Kind.COMMIT,)
    if isinstance(operation, Refund):
        return (Kind.REFUND,)
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
        ("currency", post.currency, recorded.currency),
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
        ("currency", post.currency, recorded.currency),
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
        ("group", post.group, recorded.group),
        ("tag", post.tag, recorded.tag),
        *_deferral_fields(post.deferral, recorded),
        *_words(post, recorded),
    ]


def _resolve_fields(resolve: ResolveHold, recorded: Transaction) -> list[tuple[str, object, object]]:
    return [
        ("transaction_id", resolve.hold_id, recorded.parent_id or request_json.asked_batch(recorded.request_json)),
        _amount(resolve.quantity, recorded),
        *_words(resolve, recorded),
    ]


def _refund_fields(refund: Refund, recorded: Transaction) -> list[tuple[str, object, object]]:
    return [
        (
            "transaction_id",
            refund.transaction_id,
            recorded.parent_id or request_json.asked_batch(recorded.request_json),
        ),
        _amount(refund.quantity, recorded),
        ("allow_overdraft", refund.allow_overdraft, recorded.allow_overdraft),
        *_deferral_fields(refund.deferral, recorded),
        *_words(refund, recorded),
    ]


def _amendment_fields(amendment: Amendment, recorded: Transaction) -> list[tuple[str, object, object]]:
    said = asked_of(recorded)
    fields: list[tuple[str, object, object]] = [
        ("transaction_id", amendment.transaction_id, recorded.parent_id),
        ("description", amendment.description, recorded.description),
    ]
    if isinstance(amendment, Reschedule):
        fields.append(("scheduled_time", amendment.scheduled_at, _moment(said.get("scheduled_time"))))
    elif isinstance(amendment, Verdict):
        fields.append(("decided_by", amendment.decided_by, said.get("decided_by")))
    return fields


def _deferral_fields(deferral: Deferral | None, recorded: Transaction) -> list[tuple[str, object, object]]:
    """How it was to be applied later; with a time or a review it is queued either way."""
    if deferral is None and recorded.deferred_as is None:
        return []
    said, was_asked = asked_of(recorded), deferral or Deferral()
    queued = deferral is not None and deferral.scheduled_at is None and not deferral.in_review
    return [
        ("queue", queued, recorded.deferred_as is Status.QUEUED),
        ("scheduled_time", was_asked.scheduled_at, _moment(said.get("scheduled_time"))),
        ("hold_for_review", was_asked.in_review, recorded.deferred_as is Status.IN_REVIEW),
        ("review_reason", was_asked.review_reason, said.get("review_reason")),
        ("check_queued", was_asked.check_queued, said.get("check_queued", False)),
    ]


def asked_of(recorded: Transaction) -> dict[str, Any]:
    """What ``asked`` says, by name; empty where it says nothing."""
    said: dict[str, Any] = {} if recorded.request_json is None else json.loads(recorded.request_json)
    return said


def first_scheduled(recorded: Transaction) -> datetime | None:
    """The time that was asked for first; ``scheduled_at`` is the latest."""
    return _moment(asked_of(recorded).get("scheduled_time"))


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _amount(asked: Quantity | None, recorded: Transaction) -> tuple[str, object, object]:
    """The amount, which only what takes the rest may leave out."""
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


def _words(operation: Moving, recorded: Transaction) -> list[tuple[str, object, object]]:
    return [
        ("description", operation.description, recorded.description),
        ("metadata", operation.metadata_digest, recorded.metadata_digest),
    ]
