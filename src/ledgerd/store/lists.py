"""Pages of rows, filtered and in keyset order, whatever the length of the list.

Rows come in the order of their ids. Counted ids are in the order of recording; the others are UUIDv7, so this is the
order of creation, exact to the millisecond and to the difference between the clocks of servers. Which rows a list has
depends on its filter alone, never on its order.

The transactions of one balance are read along indexes of that balance (store/walks.py), in the same order or in the
order of recording.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import asyncpg

from ledgerd.core.model.filter import Comparator, Term
from ledgerd.store import walks
from ledgerd.store.list_terms import Arguments, Listing, condition, counted, id_bounds, where
from ledgerd.store.walks import Order, Walk

COSTLY_FROM = 5_000.0
"""In the planner's units: about so many pages, or some tens of milliseconds."""
_NUMBER_MAX = (1 << 128) - 1

Place = tuple[int, ...]
"""Where a page ended, in numbers that only this layer understands."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The page that a caller requested. ``after`` is the place where the preceding page ended. Only the transactions of
    balances have the order of recording: see walks.can_walk()."""

    terms: tuple[Term, ...]
    order: Order
    after: Place | None
    size: int
    counts: bool


class Page(NamedTuple):
    """Rows in order, whether there are more, the total count if requested, and the place after the first so many rows,
    for the page that follows them."""

    rows: list[asyncpg.Record]
    has_more: bool
    total: int | None
    place: Callable[[int], Place]


async def find_walk(connection: asyncpg.Connection, listing: Listing, wanted: Wanted) -> Walk | None:
    """The balances along whose indexes a page is read; None where it is read in the order of ids."""
    if not wanted.order.is_by_record and any(_finds_few(listing, term) for term in wanted.terms):
        return None
    return await walks.find(connection, listing, wanted.terms, wanted.after[0] if wanted.after else None)


async def is_costly(connection: asyncpg.Connection, listing: Listing, wanted: Wanted, walk: Walk | None) -> bool:
    """Whether a page may have to scan far more rows than it returns.

    The first rows of an index never do. Otherwise the answer is PostgreSQL's estimate for a scan of all rows
    that the filter selects from: it is not known beforehand how soon a page is complete.
    """
    if not wanted.counts and _is_served(listing, wanted, walk):
        return False
    statement, arguments = _count(listing, wanted.terms, walk)
    plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *arguments))
    return float(plan[0]["Plan"]["Total Cost"]) > COSTLY_FROM


def _is_served(listing: Listing, wanted: Wanted, walk: Walk | None) -> bool:
    """Whether an index has exactly these rows, in the list's order."""
    if walk is not None:
        return walks.is_served(walk, wanted.terms, wanted.order)
    return not wanted.terms or (len(wanted.terms) == 1 and _finds_few(listing, wanted.terms[0]))


def _finds_few(listing: Listing, term: Term) -> bool:
    return term.comparator is Comparator.EQUAL and term.value != "" and listing.fields[term.field].is_indexed


async def page(connection: asyncpg.Connection, listing: Listing, wanted: Wanted, walk: Walk | None) -> Page:
    """Read one page; its rows are as of one moment."""
    if walk is None:
        rows = await _by_id(connection, listing, wanted)
    else:
        rows = await walks.page(
            connection, listing, wanted.terms, walk, wanted.order, after=wanted.after, limit=wanted.size + 1
        )

    def place(count: int) -> Place:
        if walk is None:
            return (_number(rows[count - 1]),)
        return walks.place_after(walk, wanted.order, wanted.after, rows[:count])

    total = await _total(connection, listing, wanted.terms, walk) if wanted.counts else None
    return Page(rows[: wanted.size], len(rows) > wanted.size, total, place)


async def _by_id(connection: asyncpg.Connection, listing: Listing, wanted: Wanted) -> list[asyncpg.Record]:
    arguments = Arguments()
    conditions = [condition(listing, term, arguments) for term in wanted.terms]
    conditions += [] if listing.is_counted else id_bounds(wanted.terms, arguments)
    if wanted.after is not None:
        number = wanted.after[0]
        last = counted(number) if listing.is_counted else uuid.UUID(int=min(number, _NUMBER_MAX))
        cast = "::bigint" if listing.is_counted else ""
        conditions.append(f"t.id {wanted.order.beyond} {arguments.put(last)}{cast}")
    direction = wanted.order.direction
    key = "t.id" if listing.within is None else f"t.{listing.within}, t.id"
    statement = f"""
        WITH page AS MATERIALIZED (
            SELECT {key} FROM {listing.table} t {where(conditions)} ORDER BY t.id {direction} LIMIT {wanted.size + 1}
        )
        {listing.select} WHERE ({key}) IN (SELECT * FROM page) ORDER BY t.id {direction}"""
    rows: list[asyncpg.Record] = await connection.fetch(statement, *arguments)
    return rows


def _number(row: asyncpg.Record) -> int:
    """The number of a row's id."""
    found: int = row["id"] if isinstance(row["id"], int) else row["id"].int
    return found


async def _total(connection: asyncpg.Connection, listing: Listing, terms: tuple[Term, ...], walk: Walk | None) -> int:
    statement, arguments = _count(listing, terms, walk)
    return int(await connection.fetchval(statement, *arguments))


def _count(listing: Listing, terms: tuple[Term, ...], walk: Walk | None) -> tuple[str, Arguments]:
    if walk is not None:
        return walks.count(listing, terms, walk)
    arguments = Arguments()
    conditions = [condition(listing, term, arguments) for term in terms]
    conditions += [] if listing.is_counted else id_bounds(terms, arguments)
    return f"SELECT count(*) FROM {listing.table} t {where(conditions)}", arguments
