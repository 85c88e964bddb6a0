"""The shares of a split as its record keeps them, and how a repeated request is compared with them.

Balances stand there by id, with the indicator where they have one; fixed amounts in minor units,
percentages without zeros at the end. So each may be spelled anew in another form that means the same.
"""

import json
from collections.abc import Sequence
from typing import Any

from ledgerd.core.model.allocation import Percent, Remainder, Share, parse_percent
from ledgerd.core.model.amount import Quantity, minor_units

_Parts = list[tuple[str | None, str | None]]


def batch_text(batch_id: str) -> str:
    """What a commit, void or refund of a batch asked: a batch is no transaction, so it has no column."""
    return json.dumps({"batch": batch_id}, separators=(",", ":"))


def asked_batch(asked: str | None) -> str | None:
    """The batch that a commit, void or refund was of."""
    return None if asked is None else json.loads(asked).get("batch")


def recorded(asked: str | None, side: str) -> list[dict[str, str]] | None:
    """The shares of one side ("sources" or "destinations"); None where it was a single balance."""
    held: dict[str, Any] = json.loads(asked) if asked else {}
    return held.get(side)


def read_back(asked: str | None, side: str) -> tuple[Share, ...]:
    """The shares of one side as they are to be judged again, with balances by id; none where it was a single one."""
    return tuple(Share(one["balance"], _part(one["part"])) for one in recorded(asked, side) or ())


def _part(text: str) -> Quantity | Percent | Remainder:
    """The part that part_text wrote."""
    if text == "left":
        return Remainder()
    if not text.endswith("%"):
        return Quantity(int(text), None)
    percent = parse_percent(text.removesuffix("%"))
    assert percent is not None, f"not a percentage of ours: {text}"
    return percent


def was_inflight(asked: str | None) -> bool:
    """Whether a split was asked to hold."""
    return bool(asked and json.loads(asked).get("inflight"))


def compared(
    shares: Sequence[Share], held: list[dict[str, str]] | None, precision: int | None
) -> tuple[_Parts | None, _Parts | None]:
    """One side's shares, as asked now and as recorded, in a form in which they are equal if they mean the same."""
    known: _Parts | None = None if held is None else [(one["balance"], one["part"]) for one in held]
    if not shares:
        return None, known
    ids = {one["indicator"]: one["balance"] for one in held or () if "indicator" in one}
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
