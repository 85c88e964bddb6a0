"""Building a Draft from Python values, without floats."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from ledgerapi.v1.draft_pb2 import Draft, Share

from ledgerd_client.amounts import major, minor
from ledgerd_client.metadata import to_struct
from ledgerd_client.shares import distribution


def draft(
    reference: str,
    *,
    source: str | Sequence[Share],
    destination: str | Sequence[Share],
    currency: str,
    amount: str | Decimal | None = None,
    precise_amount: int | str | None = None,
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
    hold_for_review: bool = False,
    review_reason: str = "",
    check_queued: bool = False,
    description: str = "",
    group: str = "",
    tag: str = "",
    effective_time: datetime | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Draft:
    """A Draft: one movement of money from a source to a destination, or a split. Only the types are checked here.

    Args:
        reference: The caller's unique key, 1 to 255 characters, kept for ever: sending the same draft again changes
            nothing.
        source: Where the money comes from: a balance id (`bln_...`) or an indicator (`@World`). Or 1 to 1,000 shares
            of different balances, made by `fixed`, `percent` and `left`, in the order in which they pay: a split.
        destination: Where it goes: a balance id or an indicator, or shares in the order in which they are paid.
        currency: The currency of both balances, such as "USD".
        amount: How much, in major units: "120.50" or Decimal("120.50"). Give this or `precise_amount`.
        precise_amount: How much, in minor units: 12050. Above zero, below 10^36.
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
        hold_for_review: Whether the draft is deferred, with status IN_REVIEW, until ApproveTransaction or
            DenyTransaction.
        review_reason: Why the draft should be reviewed, at most 1,000 characters. Only with `hold_for_review`.
        check_queued: Whether the source must cover, already now, the draft and the deferred debits of the source that
            were recorded before. Only with `queue`, `scheduled_time` or `hold_for_review`.
        description: At most 1,000 characters.
        group: The caller's word for what belongs together, at most 255 characters.
        tag: The caller's word for the sort of movement, at most 255 characters.
        effective_time: When the movement counts for reads by effective time; needs a time zone. None means now.
        metadata: At most 16 KiB as JSON, made by `to_struct`: write amounts and long numbers as strings.

    Raises:
        TypeError: An amount or a limit is a float, or something else has another type than allowed.
        ValueError: Neither or both spellings of the amount, both of the limit, a Decimal that is not a number, a time
            without zone, or metadata with a number that would not arrive as it is.
    """
    if (amount is None) == (precise_amount is None):
        raise ValueError("give either amount (major units) or precise_amount (minor units)")
    if overdraft_limit is not None and precise_overdraft_limit is not None:
        raise ValueError("give either overdraft_limit or precise_overdraft_limit, not both")
    return Draft(
        reference=reference,
        amount=major("amount", amount),
        precise_amount=minor("precise_amount", precise_amount),
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
        inflight_expiry_time=_timestamp("inflight_expiry_time", inflight_expiry_time),
        inflight_commit_time=_timestamp("inflight_commit_time", inflight_commit_time),
        allow_over_commit=allow_over_commit,
        queue=queue,
        scheduled_time=_timestamp("scheduled_time", scheduled_time),
        hold_for_review=hold_for_review,
        review_reason=review_reason,
        check_queued=check_queued,
        description=description,
        metadata=None if metadata is None else to_struct(metadata),
        effective_time=_timestamp("effective_time", effective_time),
        group=group,
        tag=tag,
    )


def _timestamp(name: str, time: datetime | None) -> Timestamp | None:
    if time is None:
        return None
    if not isinstance(time, datetime):
        raise TypeError(f"{name} is a datetime, not {type(time).__name__}")
    if time.tzinfo is None:
        raise ValueError(f"{name} needs a time zone")
    timestamp = Timestamp()
    timestamp.FromDatetime(time)
    return timestamp
