"""The shares of a split from the wire: well-formed, but not checked by the rules yet."""

import re

from ledgerapi.v1 import draft_pb2

from ledgerd.core.model import limits
from ledgerd.core.model.allocation import Percent, Remainder, Rule, Share, parse_percent
from ledgerd.core.model.amount import Available, Quantity, parse_decimal, parse_integer
from ledgerd.core.model.operation import Operation, share_count
from ledgerd.core.model.rejection import Reason, Rejected, Rejection, Violation
from ledgerd.wire import available

SIDE = re.compile(r"bln_[0-7][0-9a-hjkmnp-tv-z]{25}|@[A-Za-z0-9_.:-]{1,127}", re.ASCII)
"""A balance as a draft names it: by id or by indicator."""
_NOTHING = Remainder()


def read(field: str, distribution: draft_pb2.Distribution, violations: list[Violation]) -> tuple[Share, ...]:
    """The shares of one side. Raises Rejected with SPLIT_INVALID where there are none or too many."""
    count = len(distribution.shares)
    if not 0 < count <= limits.SPLIT_MAX_SHARES:
        raise Rejected(_miscounted(f"{field}.shares", count))
    return tuple(
        _share(f"{field}.shares[{place}]", share, violations) for place, share in enumerate(distribution.shares)
    )


def _miscounted(field: str, count: int) -> Rejection:
    if count == 0:
        return Rejection(Reason.SPLIT_INVALID, {"field": field, "rule": Rule.EMPTY.value})
    numbers = {"requested": str(count), "limit": str(limits.SPLIT_MAX_SHARES)}
    return Rejection(Reason.SPLIT_INVALID, {"field": field, "rule": Rule.TOO_MANY.value} | numbers)


def _share(at: str, share: draft_pb2.Share, violations: list[Violation]) -> Share:
    balance = share.balance
    if len(balance) > limits.SIDE_MAX_CHARS or SIDE.fullmatch(balance) is None:
        violations.append(Violation(f"{at}.balance", "a balance id (bln_…) or an indicator (@…)"))
    form = share.WhichOneof("share_form")
    part: Quantity | Percent | Remainder | Available | None = None
    if form == "amount":
        part = parse_decimal(share.amount)
    elif form == "precise_amount":
        part = parse_integer(share.precise_amount)
    elif form == "percent":
        part = parse_percent(share.percent)
    elif form == "available":
        return Share(balance, available.read(f"{at}.available", share.available, violations))
    elif share.remainder:
        part = _NOTHING
    if part is None:
        violations.append(Violation(f"{at}.{form or 'amount'}", _FORMS[form or ""]))
    return Share(balance, part or _NOTHING)


_FORMS = {
    "": "one of amount, precise_amount, percent, available and remainder is required",
    "amount": 'a plain decimal such as "120.50"',
    "precise_amount": 'an integer such as "12050"',
    "percent": f"a plain decimal above 0 and up to 100, at most {limits.PERCENT_MAX_DECIMALS} decimals",
    "remainder": "true, or not set",
}


def too_many(operations: list[Operation | Rejection]) -> Rejection | None:
    """The rejection of a batch or chunk whose splits would make more legs than one commit, void or refund may have."""
    count = share_count(operations)
    if count <= limits.LEGS_MAX:
        return None
    return Rejection(Reason.TOO_MANY_ITEMS, {"unit": "shares", "requested": str(count), "limit": str(limits.LEGS_MAX)})
