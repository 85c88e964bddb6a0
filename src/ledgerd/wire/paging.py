"""Pages of a list: sizes, orders, and tokens that belong to one list, filter and order."""

import base64
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import asyncpg
from google.protobuf.message import Message

from ledgerd.access.caller import Caller
from ledgerd.core.model import limits
from ledgerd.core.model.filter import FieldType, Term
from ledgerd.core.model.rejection import Reason, Rejected, reject
from ledgerd.operations import listing
from ledgerd.operations.engine import Engine
from ledgerd.store import lists
from ledgerd.store.lists import Listing
from ledgerd.wire import fields, filters

_ORDERS = {"": True, "create_time desc": True, "create_time": False, "create_time asc": False}
"""Whether the latest comes first, for each order that a request may name."""
_DIGEST_HEX_CHARS = 24
_EXCERPT_CHARS = 64
_PLACE = re.compile(r"[0-9]{1,39}", re.ASCII)
"""A version, or an id's number: 128 bits have at most 39 digits."""
_FRAME_BYTES = 5
"""The bytes around a message inside another one: its tag and its length."""
_AROUND_ITEMS_BYTES = 1024
"""For the token and the total."""

_NUMBER_MAX = (1 << 31) - 1

Item = TypeVar("Item", bound=Message)
Row = TypeVar("Row")


class NumberedRequest(Protocol):
    """The fields of every request for a page."""

    @property
    def page_size(self) -> int: ...
    @property
    def page_token(self) -> str: ...
    @property
    def max_response_bytes(self) -> int: ...


class ListRequest(NumberedRequest, Protocol):
    """The fields of every request for a list with a filter."""

    @property
    def filter(self) -> str: ...
    @property
    def order_by(self) -> str: ...
    @property
    def include_total(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class List:
    """A list of the contract: its rows, and their fields that its filter may not name."""

    name: str
    listing: Listing
    without: frozenset[str] = frozenset()

    @property
    def types(self) -> Mapping[str, FieldType]:
        """The fields that its filter may name."""
        return {name: field.type for name, field in self.listing.fields.items() if name not in self.without}


@dataclass(frozen=True, slots=True)
class Answer(Generic[Item]):
    """One page. ``next_page_token`` is empty on the last page. ``total`` is None unless requested."""

    items: list[Item]
    next_page_token: str
    total: int | None


async def answer(
    engine: Engine,
    caller: Caller,
    request: ListRequest,
    named: List,
    encode: Callable[[asyncpg.Record], Item],
    *within: Term,
    later_bytes: int = 0,
) -> Answer[Item]:
    """The page that a List request names. ``encode`` makes an item of each row. ``within`` are comparisons
    that the method adds. ``later_bytes`` is how many bytes the method may add to each item.

    A page of very large rows has fewer rows than requested, so that a client can receive it. Raises
    Rejected with FIELD_INVALID, FILTER_INVALID, PAGE_TOKEN_INVALID, READ_TOO_COSTLY.
    """
    wanted, digest = read(request, named, *within)
    capacity = fields.response_bytes(request.max_response_bytes)
    rows, has_more, total = await listing.page(engine, caller, named.listing, wanted)
    items = _fitting(rows, encode, capacity, later_bytes)
    token = ""
    if has_more or len(items) < len(rows):
        token = _token(lists.place(named.listing, wanted, rows[len(items) - 1]), digest)
    return Answer(items, token, total)


async def numbered(
    name: str,
    request: NumberedRequest,
    fetch: Callable[[int, int], Awaitable[list[Row]]],
    encode: Callable[[Row], Item],
    number: Callable[[Item], int],
) -> Answer[Item]:
    """A page of the list with this name, whose items are numbered from 0. ``fetch`` gets the number
    after which the page begins, and the largest number of its rows.

    Raises Rejected with FIELD_INVALID, PAGE_TOKEN_INVALID.
    """
    digest = _digest(name, (), latest_first=False)
    after = _after(request.page_token, digest)
    size = _size(request.page_size)
    capacity = fields.response_bytes(request.max_response_bytes)
    rows = await fetch(-1 if after is None else min(after, _NUMBER_MAX), size + 1)
    items = _fitting(rows[:size], encode, capacity)
    token = _token(number(items[-1]), digest) if len(items) < len(rows) else ""
    return Answer(items, token, None)


def _size(requested: int) -> int:
    if requested < 0:
        raise fields.rejected("page_size", "must not be negative")
    return min(requested or limits.PAGE_SIZE_DEFAULT, limits.PAGE_SIZE_MAX)


def _fitting(rows: list[Row], encode: Callable[[Row], Item], capacity: int, later_bytes: int = 0) -> list[Item]:
    items: list[Item] = []
    capacity -= _AROUND_ITEMS_BYTES
    for row in rows:
        item = encode(row)
        capacity -= item.ByteSize() + _FRAME_BYTES + later_bytes
        if capacity < 0 and items:
            break
        items.append(item)
    return items


def read(request: ListRequest, named: List, *within: Term) -> tuple[lists.Wanted, str]:
    """The page that a List request names, and the digest that ties tokens to the request's filter and order."""
    size = _size(request.page_size)
    order = " ".join(request.order_by.split())
    if order not in _ORDERS:
        raise fields.rejected("order_by", "must be create_time or create_time desc")
    terms = within + filters.parse(request.filter, named.types)
    latest_first = _ORDERS[order]
    digest = _digest(named.name, terms, latest_first=latest_first)
    wanted = lists.Wanted(
        terms=terms,
        latest_first=latest_first,
        after=_after(request.page_token, digest),
        size=size,
        counts=request.include_total,
    )
    return wanted, digest


def _digest(name: str, terms: tuple[Term, ...], *, latest_first: bool) -> str:
    content = [name, latest_first, *((field, str(comparator), str(value)) for field, comparator, value in terms)]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:_DIGEST_HEX_CHARS]


def _token(place: int, digest: str) -> str:
    text = json.dumps({"after": str(place), "of": digest}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _after(token: str, digest: str) -> int | None:
    """The place after which the page of a token begins; None for the first page."""
    if not token:
        return None
    if len(token) > limits.PAGE_TOKEN_MAX_CHARS:
        raise _invalid(token)
    try:
        said = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except ValueError:
        raise _invalid(token) from None
    place = said.get("after") if isinstance(said, dict) and said.get("of") == digest else None
    if not isinstance(place, str) or _PLACE.fullmatch(place) is None:
        raise _invalid(token)
    return int(place)


def _invalid(token: str) -> Rejected:
    return reject(Reason.PAGE_TOKEN_INVALID, page_token=token[:_EXCERPT_CHARS])
