"""Pages of a list: sizes, orders, and tokens that belong to one list, filter and order."""

import base64
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

import asyncpg
from google.protobuf.message import Message

from ledgerd.access.caller import Caller
from ledgerd.core.model import limits
from ledgerd.core.model.filter import FieldType, Term
from ledgerd.core.model.rejection import Reason, Rejected, reject
from ledgerd.operations import listing
from ledgerd.operations.engine import Engine
from ledgerd.store import lists, walks
from ledgerd.store.list_terms import Listing
from ledgerd.store.walks import Order
from ledgerd.wire import fields, filters

_RECORDED = "record_time"
_LATEST_FIRST = {"": False, "asc": False, "desc": True}
"""Whether the latest comes first, for each word that may follow the field of an order."""
_DIGEST_HEX_CHARS = 24
_EXCERPT_CHARS = 64
_PLACE = re.compile(r"[0-9]{1,39}(?:\.[0-9]{1,39})*", re.ASCII)
"""Versions, times and ids' numbers: 128 bits have at most 39 digits."""
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

    async def prepare(_: list[asyncpg.Record]) -> Callable[[asyncpg.Record], Item]:
        return encode

    return await prepared(engine, caller, request, named, prepare, *within, later_bytes=later_bytes)


async def prepared(
    engine: Engine,
    caller: Caller,
    request: ListRequest,
    named: List,
    prepare: Callable[[list[asyncpg.Record]], Awaitable[Callable[[asyncpg.Record], Item]]],
    *within: Term,
    later_bytes: int = 0,
    size_max: int = limits.PAGE_SIZE_MAX,
) -> Answer[Item]:
    """As ``answer``, where ``prepare`` reads what the items of all rows of the page need, and makes what encodes a
    row. The page has at most ``size_max`` rows."""
    wanted, digest = read(request, named, *within)
    wanted = replace(wanted, size=min(wanted.size, size_max))
    capacity = fields.response_bytes(request.max_response_bytes)
    page = await listing.page(engine, caller, named.listing, wanted)
    items = fitting(page.rows, await prepare(page.rows), capacity, later_bytes)
    has_more = page.has_more or len(items) < len(page.rows)
    token = _token(page.place(len(items)), digest) if has_more else ""
    return Answer(items, token, page.total)


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
    digest = _digest(name, (), Order(is_by_record=False, latest_first=False))
    after = _after(request.page_token, digest)
    size = page_size(request.page_size)
    capacity = fields.response_bytes(request.max_response_bytes)
    rows = await fetch(-1 if after is None else min(after[0], _NUMBER_MAX), size + 1)
    items = fitting(rows[:size], encode, capacity)
    token = _token((number(items[-1]),), digest) if len(items) < len(rows) else ""
    return Answer(items, token, None)


def page_size(requested: int) -> int:
    """How many items a page has at most. Raises Rejected: FIELD_INVALID."""
    if requested < 0:
        raise fields.rejected("page_size", "must not be negative")
    return min(requested or limits.PAGE_SIZE_DEFAULT, limits.PAGE_SIZE_MAX)


def fitting(rows: list[Row], encode: Callable[[Row], Item], capacity: int, later_bytes: int = 0) -> list[Item]:
    """The items of the first rows that fit an answer of so many bytes; at least one."""
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
    size = page_size(request.page_size)
    terms = within + filters.parse(request.filter, named.types)
    order = _order(request.order_by, named.listing, terms)
    digest = _digest(named.name, terms, order)
    wanted = lists.Wanted(
        terms=terms,
        order=order,
        after=_after(request.page_token, digest),
        size=size,
        counts=request.include_total,
    )
    return wanted, digest


def _order(order_by: str, of: Listing, terms: tuple[Term, ...]) -> Order:
    """The order that a request names. The order of recording belongs to balances: indexes have it for each of them."""
    usual = f"{of.order} desc" if of.latest_first else of.order
    name, _, direction = (" ".join(order_by.split()) or usual).partition(" ")
    has_records = _RECORDED in of.fields
    if name not in (of.order, _RECORDED) or direction not in _LATEST_FIRST or (name == _RECORDED and not has_records):
        names = f"{of.order} or {_RECORDED}" if has_records else of.order
        raise fields.rejected("order_by", f"must be {names}, with or without asc or desc")
    if name == _RECORDED and not any(walks.can_walk(of, term) for term in terms):
        named = ", ".join(field for field, is_of in of.fields.items() if is_of.sides)
        raise fields.rejected("order_by", f"{_RECORDED} needs a filter with = of one of {named}")
    return Order(is_by_record=name == _RECORDED, latest_first=_LATEST_FIRST[direction])


def _digest(name: str, terms: tuple[Term, ...], order: Order) -> str:
    compared = [(field, str(comparator), str(value)) for field, comparator, value in terms]
    content = [name, order.is_by_record, order.latest_first, compared]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:_DIGEST_HEX_CHARS]


def _token(place: lists.Place, digest: str) -> str:
    text = json.dumps({"after": ".".join(map(str, place)), "of": digest}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _after(token: str, digest: str) -> lists.Place | None:
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
    return tuple(int(number) for number in place.split("."))


def _invalid(token: str) -> Rejected:
    return reject(Reason.PAGE_TOKEN_INVALID, page_token=token[:_EXCERPT_CHARS])
