"""What a request said that has no column of its own, as JSON: the shares of a split, the batch that is refunded, the
terms of a deferral; how an adjustment says its amount; that all that is available is to be taken; whom a draft
concerns; for whom the caller acts.

In shares, balances stand there by id, with the indicator where they have one; fixed amounts in minor units,
percentages without zeros at the end; the remainder as "left". So each may be spelled anew in another form that means
the same.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ledgerd.core.model.allocation import Percent, Remainder, Share, parse_percent
from ledgerd.core.model.amount import Available, Quantity, minor_units
from ledgerd.core.model.ids import IDENTITY, decode_hex, encode_hex
from ledgerd.core.model.operation import Change, Deferral, Post, Refund

_AVAILABLE = "available "
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
    if deferral.check_deferred:
        terms["check_queued"] = True  # The name under which earlier versions kept it.
    return terms


def deferral_text(
    deferral: Deferral, quantity: Quantity | Available | None, precision: int, identity_ids: Sequence[str] = ()
) -> str | None:
    """The same as JSON, with what no column keeps of the amount, and whom it concerns; None where that is nothing."""
    terms = deferral_terms(deferral) | available_terms(quantity, precision) | identity_terms(identity_ids)
    return json.dumps(terms, sort_keys=True) if terms else None


def available_terms(quantity: Quantity | Available | None, precision: int | None) -> dict[str, object]:
    """That all that is available was asked for, and at most how much, by name; nothing for any other amount."""
    if not isinstance(quantity, Available):
        return {}
    units = _at_most(quantity, precision)
    return {"available": {} if units is None else {"at_most": str(units)}}


def _at_most(quantity: Available, precision: int | None) -> int | None:
    return None if quantity.at_most is None or precision is None else minor_units(quantity.at_most, precision)


def identity_terms(identity_ids: Sequence[str]) -> dict[str, object]:
    """The identities that a draft concerns, as SQL takes them, by name."""
    return {"identities": [decode_hex(IDENTITY, identity_id) for identity_id in identity_ids]} if identity_ids else {}


def movement_text(operation: Post | Refund, precision: int) -> str | None:
    """What a draft or refund that moves at once says of both, as JSON; None where that is nothing."""
    terms = available_terms(operation.quantity, precision)
    if isinstance(operation, Post):
        terms |= identity_terms(operation.identity_ids)
    return json.dumps(terms, separators=(",", ":")) if terms else None


def identities_of(text: str | None) -> tuple[str, ...]:
    """The identities that a transaction concerns, in the order in which they were named."""
    return tuple(encode_hex(IDENTITY, key) for key in said(text).get("identities", ()))


def available_of(text: str | None) -> Available | None:
    """All that is available, if that was asked for; ``at_most`` is in minor units."""
    terms = said(text).get("available")
    if terms is None:
        return None
    return Available(Quantity(int(terms["at_most"]), None) if "at_most" in terms else None)


def compound_text(batch_id: str | None, quantity: Quantity | Available | None, precision: int) -> str | None:
    """What a commit, void or refund of a split or batch says that has no column of its own: a batch is no
    transaction, so it has none."""
    terms = ({} if batch_id is None else {"batch": batch_id}) | available_terms(quantity, precision)
    return json.dumps(terms, separators=(",", ":")) if terms else None


def acted_for(text: str | None) -> str | None:
    """For whom the caller acted. The first approvals and denials have it under another name."""
    names = said(text)
    name: str | None = names.get("on_behalf_of", names.get("decided_by"))
    return name


def with_acted_for(text: str | None, name: str | None) -> str | None:
    """The same request with the one for whom the caller acts."""
    return text if name is None else json.dumps({**said(text), "on_behalf_of": name}, sort_keys=True)


def batch_of(text: str | None) -> str | None:
    """The batch that a commit, void, refund or amendment was of."""
    return said(text).get("batch")


def adjustment_text(change: Change | None, quantity: Quantity | None, precision: int) -> str | None:
    """What an adjustment says of the amount, in minor units; None where only times change."""
    if change is None or quantity is None:
        return None
    return json.dumps({change.value: str(minor_units(quantity, precision))}, separators=(",", ":"))


def adjustment_of(text: str | None) -> dict[str, int]:
    """The amount that an adjustment said, under its name; empty where only times change."""
    names = said(text)
    return {change.value: int(names[change.value]) for change in Change if change.value in names}


def recorded(text: str | None, side: str) -> list[dict[str, str]] | None:
    """The shares of one side ("sources" or "destinations"); None where it was a single balance."""
    return said(text).get(side)


def read_back(text: str | None, side: str) -> tuple[Share, ...]:
    """The shares of one side as they are to be judged again, with balances by id; none where it was a single one."""
    return tuple(Share(share["balance"], _part(share["part"])) for share in recorded(text, side) or ())


def _part(text: str) -> Quantity | Percent | Remainder | Available:
    """The part that part_text wrote."""
    if text == "left":
        return Remainder()
    if text.startswith(_AVAILABLE):
        at_most = text.removeprefix(_AVAILABLE)
        return Available(Quantity(int(at_most), None) if at_most else None)
    if not text.endswith("%"):
        return Quantity(int(text), None)
    percent = parse_percent(text.removesuffix("%"))
    assert percent is not None, f"not a percentage of ours: {text}"
    return percent


def divides_late(text: str | None) -> bool:
    """Whether the legs of a split are known only when the money moves, see Post.divides_late."""
    names = said(text)
    return "available" in names or any(share["part"].startswith(_AVAILABLE) for share in names.get("sources", ()))


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
        case Available():
            if share.part.at_most is None:
                return _AVAILABLE
            units = _at_most(share.part, precision)
            return None if units is None else f"{_AVAILABLE}{units}"
        case Percent(digits, decimals):
            text = str(digits).rjust(decimals + 1, "0")
            return f"{text[:-decimals]}.{text[-decimals:]}%" if decimals else f"{text}%"
        case _:
            return "left"
