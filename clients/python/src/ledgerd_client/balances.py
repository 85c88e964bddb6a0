"""Building a balance to open."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypedDict

from ledgerapi.v1.balance_pb2 import Balance

from ledgerd_client.amounts import as_amount
from ledgerd_client.metadata import to_struct


class BalanceFields(TypedDict, total=False):
    """What `balance` takes beside the currency; see there."""

    ledger_id: str
    indicator: str
    identity_id: str
    precision: int
    floor: str | Decimal | None
    ceiling: str | Decimal | None
    group: str
    tag: str
    metadata: Mapping[str, Any] | None


def balance(
    currency: str,
    *,
    ledger_id: str = "",
    indicator: str = "",
    identity_id: str = "",
    precision: int = 0,
    floor: str | Decimal | None = None,
    ceiling: str | Decimal | None = None,
    group: str = "",
    tag: str = "",
    metadata: Mapping[str, Any] | None = None,
) -> Balance:
    """A balance that is to be opened.

    Args:
        currency: Such as "USD".
        ledger_id: The ledger that it belongs to. "" means the General Ledger, and needs an indicator.
        indicator: A name that can stand for the id, such as "@Fees". One balance per indicator and currency.
        identity_id: Whom it belongs to.
        precision: Minor units per major unit. 0 means that of ISO 4217.
        floor: What is available never falls below this, in major units; may be negative. None means no floor.
        ceiling: The balance never rises above this, in major units. None means no ceiling.
        group: The caller's word for what belongs together, at most 255 characters.
        tag: The caller's word for the sort of balance, at most 255 characters.
        metadata: As for `draft`.
    """
    return Balance(
        currency=currency,
        ledger_id=ledger_id,
        indicator=indicator,
        identity_id=identity_id,
        precision=precision,
        floor=as_amount("floor", floor),
        ceiling=as_amount("ceiling", ceiling),
        group=group,
        tag=tag,
        metadata=None if metadata is None else to_struct(metadata),
    )
