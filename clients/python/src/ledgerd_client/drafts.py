"""Building a Draft from Python values, without floats."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp
from ledgerapi.v1.draft_pb2 import Draft


def draft(
    reference: str,
    *,
    source: str,
    destination: str,
    currency: str,
    amount: str | Decimal | None = None,
    precise_amount: int | str | None = None,
    precision: int | None = None,
    allow_overdraft: bool = False,
    overdraft_limit: str | Decimal | None = None,
    precise_overdraft_limit: int | str | None = None,
    inflight: bool = False,
    description: str = "",
    group: str = "",
    tag: str = "",
    effective_time: datetime | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Draft:
    """A Draft: one movement of money from a source to a destination. Only the types are checked here.

    Args:
        reference: The caller's unique key, 1 to 255 characters, kept for ever: sending the same draft again changes
            nothing.
        source: Where the money comes from: a balance id (`bln_...`) or an indicator (`@World`).
        destination: Where it goes: a balance id or an indicator.
        currency: The currency of both balances, such as "USD".
        amount: How much, in major units: "120.50" or Decimal("120.50"). Give this or `precise_amount`.
        precise_amount: How much, in minor units: 12050. Above zero, below 10^36.
        precision: Minor units per major unit, a power of ten up to 10^18. None means that of the balances.
        allow_overdraft: Whether the source may go below zero, down to its floor if it has one.
        overdraft_limit: How far below zero, in major units. Only with `allow_overdraft`.
        precise_overdraft_limit: The same in minor units. Give one of the two at most.
        inflight: Whether the money is only held, to be committed or voided later.
        description: At most 1,000 characters.
        group: The caller's word for what belongs together, at most 255 characters.
        tag: The caller's word for the sort of movement, at most 255 characters.
        effective_time: When the movement counts for reads by effective time; needs a time zone. None means now.
        metadata: At most 16 KiB as JSON. Numbers in it become doubles: write amounts as strings.

    Raises:
        TypeError: An amount or a limit is a float, or has another type than allowed.
        ValueError: Neither or both spellings of the amount, both of the limit, a Decimal that is no number, or a time
            without zone.
    """
    if (amount is None) == (precise_amount is None):
        raise ValueError("give either amount (major units) or precise_amount (minor units)")
    if overdraft_limit is not None and precise_overdraft_limit is not None:
        raise ValueError("give either overdraft_limit or precise_overdraft_limit, not both")
    return Draft(
        reference=reference,
        amount=_major("amount", amount),
        precise_amount=_minor("precise_amount", precise_amount),
        currency=currency,
        precision=precision,
        source=source,
        destination=destination,
        allow_overdraft=allow_overdraft,
        overdraft_limit=_major("overdraft_limit", overdraft_limit),
        precise_overdraft_limit=_minor("precise_overdraft_limit", precise_overdraft_limit),
        inflight=inflight,
        description=description,
        metadata=_struct(metadata),
        effective_time=_timestamp(effective_time),
        group=group,
        tag=tag,
    )


def _major(name: str, value: str | Decimal | None) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{name} is {value}, which is no amount")
        return format(value, "f")
    # An int could mean either unit: it is refused here as a float is.
    raise TypeError(f"{name} is a str or a Decimal in major units, not {type(value).__name__}")


def _minor(name: str, value: int | str | None) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"{name} is an int in minor units, not {type(value).__name__}")


def _struct(metadata: Mapping[str, Any] | None) -> Struct | None:
    if metadata is None:
        return None
    struct = Struct()
    struct.update(dict(metadata))
    return struct


def _timestamp(time: datetime | None) -> Timestamp | None:
    if time is None:
        return None
    if time.tzinfo is None:
        raise ValueError("effective_time needs a time zone")
    timestamp = Timestamp()
    timestamp.FromDatetime(time)
    return timestamp
