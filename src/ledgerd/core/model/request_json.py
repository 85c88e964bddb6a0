"""What a request said that has no column of its own, as JSON: the shares of a split, the batch that is refunded, the
terms of a deferral.

In shares, balances stand there by id, with the indicator where they have one; fixed amounts in minor units,
percentages without zeros at the end. So each may be spelled anew in another form that means the same.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ledgerd.core.model.allocation import Percent, Remainder, Share, parse_percent
from ledgerd.core.model.amount import Quantity, minor_units
from ledgerd.core.model.operation import Deferral

_Parts = list[tuple[str | None, str | None]]


def said(text: str | None) -> dict[str, Any]:
    """What the request said, by name; empty where it said nothing."""
    names: dict[str, Any] = {} if text is None else json.loads(text)
    return names


def scheduled_time(text: str | None) -> datetime | None:
    """The time that was asked for first; a transaction's ``scheduled_at`` is the latest."""
    moment = said(text).get("scheduled_time")
    return None if moment is None else datetime.fromisoformat(moment)


def deferral_terms(deferral: Deferral) -> dict[str, object]:
    """What the request said of its deferral and no column of its own keeps, by name."""
    terms: dict[str, object] = {}
    if deferral.scheduled_at is not None:
        terms["scheduled_time"] = deferral.scheduled_at.astimezone(UTC).isoformat()
    if deferral.review_reason is not None:
        terms["review_reason"] = deferral.review_reason
    if deferral.check_queued:
        terms["check_queued"] = True
    return terms


def deferral_text(deferral: Deferral) -> str | None:
    """The same as JSON; None where that is nothing."""
    terms = deferral_terms(deferral)
    return json.dumps(terms, sort_keys=True) if terms else None


def batch_text(batch_id: str) -> str:
    """What a commit, void or refund of a batch says: a batch is no transaction, so it has no column."""
    return json.dumps({"batch": batch_id}, separators=(",", ":"))


def batch_of(text: str | None) -> str | None:
    """The batch that a commit, void or refund was of."""
    return said(text).get("batch")


def recorded(text: str | None, side: str) -> list[dict[str, str]] | None:
    """The shares of one side ("sources" or "destinations"); None where it was a single balance."""
    return said(text).get(side)


def read_back(text: str | None, side: str) -> tuple[Share, ...]:
    """The shares of one side as they are to be judged again, with balances by id; none where it was a single one."""
    return tuple(Share(share["balance"], _part(share["part"])) for share in recorded(text, side) or ())


def _part(text: str) -> Quantity | Percent | Remainder:
    """The part that part_text wrote."""
    if text == "left":
        return Remainder()
    if not text.endswith("%"):
        return Quantity(int(text), None)
    percent = parse_percent(text.removesuffix("%"))
    assert percent is not None, f"not a percentage of ours: {text}"
    return percent


def was_inflight(text: str | None) -> bool:
    """Whether a split was asked to hold."""
    return bool(said(text).get("inflight"))


def compared(
    shares: Sequence[Share], held: list[dict[str, str]] | None, precision: int | None
) -> tuple[_Parts | None, _Parts | None]:
    """One side's shares, as asked now and as recorded, in a form in which they are equal if they mean the same."""
    known: _Parts | None = None if held is None else [(share["balance"], share["part"]) for share in held]
    if not shares:
        return None, known
    ids = {share["indicator"]: share["balance"] for share in held or () if "indicator" in share}
    return [(ids.get(share.balance, share.balance), part_text(share, precision)) for share in shares], known


def part_text(share: Share, precision: int | None) -> str | None:
    """A share's part as text; None for an amount that has more decimals than the precision holds."""
    match share.part:
        case Quantity():
            units = None if precision is None else minor_units(share.part, precision)
            return None if units is None else str(units)
        case Percent(digits, decimals):
            text = str(digits).rjust(decimals + 1, "0")
            return f"{text[:-decimals]}.{text[-decimals:]}%" if decimals else f"{text}%"
        case _:
            return "left"
