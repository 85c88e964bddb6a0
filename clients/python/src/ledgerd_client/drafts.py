"""Building a Draft from Python values, without floats."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict

from ledgerapi.v1.draft_pb2 import Available, Draft, Share

from ledgerd_client.amounts import major, minor
from ledgerd_client.metadata import to_struct
from ledgerd_client.shares import distribution
from ledgerd_client.times import timestamp


class DraftFields(TypedDict, total=False):
    """What `draft` takes beside the reference, the two sides and the currency; see there."""

    amount: str | Decimal | None
    precise_amount: int | str | None
    available: Available | None
    precision: int | None
    allow_overdraft: bool
    overdraft_limit: str | Decimal | None
    precise_overdraft_limit: int | str | None
    inflight: bool
    inflight_expiry_time: datetime | None
    inflight_commit_time: datetime | None
    allow_over_commit: bool
    queue: bool
    scheduled_time: datetime | None
    require_review: bool
    review_reason: str
    check_deferred: bool
    identity_ids: Sequence[str]
    description: str
    group: str
    tag: str
    effective_time: datetime | None
    metadata: Mapping[str, Any] | None
    on_behalf_of: str


def draft(
    reference: str,
    *,
    source: str | Sequence[Share],
    destination: str | Sequence[Share],
    currency: str = "",
    amount: str | Decimal | None = None,
    precise_amount: int | str | None = None,
    available: Available | None = None,
    precision: int | None = None,
    allow_overdraft: bool = False,
    overdraft_limit: str | Decimal | None = None,
    precise_overdraft_limit: int | str | None = None,
    inflight: bool = False,
    inflight_expiry_time: datetime | None = None,
    inflight_commit_time: datetime | None = None,
    allow_over_commit: bool = False,
    queue: bool = False,
    scheduled_time: datetime | None = None,
    require_review: bool = False,
    review_reason: str = "",
    check_deferred: bool = False,
    identity_ids: Sequence[str] = (),
    description: str = "",
    group: str = "",
    tag: str = "",
    effective_time: datetime | None = None,
    metadata: Mapping[str, Any] | None = None,
    on_behalf_of: str = "",
) -> Draft:
    """A Draft: one movement of money from a source to a destination, or a split. Only the types are checked here.

    Args:
        reference: The caller's unique key, 1 to 255 characters, kept for ever: sending the same draft again changes
            nothing.
        source: Where the money comes from: a balance id (`bln_...`) or an indicator (`@World`). Or 1 to 1,000 shares
            of different balances, made by `fixed`, `percent` and `remainder`, in the order in which they pay: a split.
        destination: Where it goes: a balance id or an indicator, or shares in the order in which they are paid.
        currency: The currency of all balances, such as "USD". "" means that of a balance named by id, or the default of
            the service.
        amount: How much, in major units: "120.50" or Decimal("120.50"). Give this, `precise_amount` or `available`.
        precise_amount: How much, in minor units: 12050. Above zero, below 10^36.
        available: All that the source has available when the money moves: `available()`, or at most so much:
            `available("120.50")`.
        precision: Minor units per major unit, a power of ten up to 10^18. None means the precision of the balances.
        allow_overdraft: Whether the source may go below zero, down to its floor if it has one.
        overdraft_limit: How far below zero, in major units. Only with `allow_overdraft`.
        precise_overdraft_limit: The same in minor units. Give at most one of the two.
        inflight: Whether the money is only held, until a commit or a void.
        inflight_expiry_time: When the remainder of the hold is voided automatically; in the future, with a time zone.
            Only with `inflight`.
        inflight_commit_time: When the remainder of the hold is committed automatically; in the future and before the
            expiry, with a time zone. Only with `inflight`.
        allow_over_commit: Whether a commit may exceed the hold, for tips and fuel. Only with `inflight`, and not on a
            split.
        queue: Whether the draft is deferred, with status QUEUED, and applied in the background, usually within
            milliseconds. A deferred draft keeps its reference, whatever its outcome.
        scheduled_time: When the draft is to be applied, with status SCHEDULED until then; in the future, with a time
            zone. The times of a hold must be after it.
        require_review: Whether the draft is deferred, with status IN_REVIEW, until ApproveTransaction or
            DenyTransaction.
        review_reason: Why the draft should be reviewed, at most 1,000 characters. Only with `require_review`.
        check_deferred: Whether the source must cover, already now, the draft and the deferred debits of the source that
            were recorded before. Only with `queue`, `scheduled_time` or `require_review`.
        identity_ids: The identities that the transaction concerns, beside those of its balances: `idt_...`, at most 16.
        description: At most 1,000 characters.
        group: The caller's word for what belongs together, at most 255 characters.
        tag: The caller's word for the sort of movement, at most 255 characters.
        effective_time: When the movement counts for reads by effective time; needs a time zone. None means now.
        metadata: At most 16 KiB as JSON, made by `to_struct`: write amounts and long numbers as strings.
        on_behalf_of: For whom the caller acts, on one line of at most 255 characters.

    Raises:
        TypeError: An amount or a limit is a float, or something else has another type than allowed.
        ValueError: No amount or more than one form of it, both of the limit, a Decimal that is not a number, a time
            without zone, or metadata with a number that would not arrive as it is.
    """
    if [amount, precise_amount, available].count(None) != 2:
        raise ValueError("give either amount (major units), precise_amount (minor units) or available")
    if overdraft_limit is not None and precise_overdraft_limit is not None:
        raise ValueError("give either overdraft_limit or precise_overdraft_limit, not both")
    return Draft(
        reference=reference,
        amount=major("amount", amount),
        precise_amount=minor("precise_amount", precise_amount),
        available=available,
        currency=currency,
        precision=precision,
        source=source if isinstance(source, str) else None,
        sources=distribution("source", source),
        destination=destination if isinstance(destination, str) else None,
        destinations=distribution("destination", destination),
        allow_overdraft=allow_overdraft,
        overdraft_limit=major("overdraft_limit", overdraft_limit),
        precise_overdraft_limit=minor("precise_overdraft_limit", precise_overdraft_limit),
        inflight=inflight,
        inflight_expiry_time=timestamp("inflight_expiry_time", inflight_expiry_time),
        inflight_commit_time=timestamp("inflight_commit_time", inflight_commit_time),
        allow_over_commit=allow_over_commit,
        queue=queue,
        scheduled_time=timestamp("scheduled_time", scheduled_time),
        require_review=require_review,
        review_reason=review_reason,
        check_deferred=check_deferred,
        identity_ids=identity_ids,
        description=description,
        metadata=None if metadata is None else to_struct(metadata),
        effective_time=timestamp("effective_time", effective_time),
        group=group,
        tag=tag,
        on_behalf_of=on_behalf_of,
    )
