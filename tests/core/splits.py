"""Drafts of splits, in the tests' words."""

from ledgerd.core.model.allocation import Remainder, Share, parse_percent
from ledgerd.core.model.amount import Quantity, parse_decimal
from ledgerd.core.model.operation import Post
from tests import builders as a


def share(text: str) -> Share:
    """ "rich:500" is 500 minor units of rich; also "rich:5.00", "@Fees:10%" and "poor:left". "poor:available" is what
    poor has available, "poor:available20" at most 20 of it."""
    name, part = text.split(":")
    balance = name if name.startswith("@") else a.bln(name)
    if part == "left":
        return Share(balance, Remainder())
    if part.startswith("available"):
        at_most = part.removeprefix("available")
        return Share(balance, a.available(int(at_most) if at_most else None))
    if part.endswith("%"):
        percent = parse_percent(part[:-1])
        assert percent is not None
        return Share(balance, percent)
    quantity = parse_decimal(part) if "." in part else Quantity(int(part), None)
    assert quantity is not None
    return Share(balance, quantity)


def split(sources: str, destinations: str, minor: int, reference: str = "s", **more: object) -> Post:
    """A draft whose sides are shares, or a balance where there is no colon."""
    sides: dict[str, object] = {}
    for side, text in (("source", sources), ("destination", destinations)):
        if ":" in text:
            sides |= {side: "", f"{side}s": tuple(map(share, text.split()))}
        else:
            sides[side] = text if text.startswith("@") else a.bln(text)
    fields: dict[str, object] = {"currency": "USD", "quantity": Quantity(minor, None), **sides, **more}
    return Post(reference=reference, **fields)  # type: ignore[arg-type]
