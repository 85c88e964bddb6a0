"""Pages of rows, filtered and in keyset order, whatever the length of the list.

Rows come in the order of their ids. The ids are UUIDv7, so this is the order of creation, exact to
the millisecond and to the difference between the clocks of servers.

The history of one balance comes in the order of the balance's versions instead. This is the exact
order in which its movements were recorded, and an index has it, so a page costs the same for
ten movements and for a million. The text of every statement is made of constants of this layer and
of numbers. Values that a caller sent travel as parameters only.
"""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import asyncpg

from ledgerd.core.model.filter import Comparator, FieldType, Term, Value
from ledgerd.core.model.ids import uuid7
from ledgerd.core.model.transaction import Transaction

Column = str | tuple[str, str]
"""An SQL expression, or two alternatives."""

COSTLY_FROM = 5_000.0
"""In the planner's units: about so many pages, or some tens of milliseconds."""
_NUMBER_MAX = (1 << 128) - 1
_VERSION_MAX = (1 << 63) - 1
_CLOCKS_DIFFER_MAX = timedelta(days=1)
"""By how much a row's id and its time may disagree, where servers' clocks do."""

_CREATED = "create_time"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The page that a caller requested. ``after`` is the place where the preceding page ended."""

    terms: tuple[Term, ...]
    latest_first: bool
    after: int | None
    size: int
    counts: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a filter may name.

    type        how its values are read, and which comparisons make sense
    column      the SQL of it
    value       its value in a transaction, where a watch may be narrowed by it; or two alternative values
    history     of a field that names a balance: the (id, version) columns to walk along
    is_indexed  whether an index has it in the order of ids: rows that are equal in it follow each other there
    """

    type: FieldType
    column: Column
    value: Callable[[Transaction], Value | tuple[Value, Value]] | None = None
    history: tuple[tuple[str, str], ...] = ()
    is_indexed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A table that can be listed.

    select   a statement that returns whole rows of the table, which it calls t
    fields   what a filter may name
    unmoved  values of the field status that only rows without a version have
    """

    select: str
    table: str
    fields: Mapping[str, Field]
    unmoved: frozenset[str] = frozenset()


class Page(NamedTuple):
    """Rows in order, whether there are more, and the total count if requested."""

    rows: list[asyncpg.Record]
    has_more: bool
    total: int | None


async def is_costly(connection: asyncpg.Connection, listing: Listing, wanted: Wanted) -> bool:
    """Whether a page may have to scan far more rows than it returns.

    The first rows of an index never do. Otherwise the answer is PostgreSQL's estimate for a scan of all rows
    that the filter selects from: it is not known beforehand how soon a page is complete.
    """
    if not wanted.counts and _is_served(listing, wanted.terms):
        return False
    statement, arguments = _count(listing, wanted.terms)
    plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *arguments))
    return float(plan[0]["Plan"]["Total Cost"]) > COSTLY_FROM


def _is_served(listing: Listing, terms: tuple[Term, ...]) -> bool:
    """Whether an index has exactly these rows, in the list's order."""
    if not terms:
        return True
    if len(terms) > 1 or terms[0].comparator is not Comparator.EQUAL or terms[0].value == "":
        return False
    field = listing.fields[terms[0].field]
    return field.is_indexed or bool(field.history)


async def page(connection: asyncpg.Connection, listing: Listing, wanted: Wanted) -> Page:
    """Read one page; its rows are as of one moment."""
    walked = _walked(listing, wanted.terms)
    if walked is None:
        rows = await _by_id(connection, listing, wanted)
    else:
        rows = await _by_version(connection, listing, wanted, walked)
    total = await _total(connection, listing, wanted.terms) if wanted.counts else None
    return Page(rows[: wanted.size], len(rows) > wanted.size, total)


def place(listing: Listing, wanted: Wanted, row: asyncpg.Record) -> int:
    """The place of a row, for the page after it."""
    walked = _walked(listing, wanted.terms)
    if walked is None:
        return int(row["id"].int)
    for side, version in listing.fields[walked.field].history:
        if row[side.removeprefix("t.")].int == walked.value:
            return int(row[version.removeprefix("t.")])
    raise AssertionError("a row of another balance")


class _Arguments(list[object]):
    """Values on their way to PostgreSQL; each is known in the statement by its number."""

    def put(self, value: Value | uuid.UUID) -> str:
        self.append(uuid.UUID(int=value) if isinstance(value, int) else value)
        return f"${len(self)}"


async def _by_id(connection: asyncpg.Connection, listing: Listing, wanted: Wanted) -> list[asyncpg.Record]:
    arguments = _Arguments()
    conditions = [_condition(listing, term, arguments) for term in wanted.terms]
    conditions += [bound for term in wanted.terms for bound in _id_bounds(term, arguments)]
    if wanted.after is not None:
        last = uuid.UUID(int=min(wanted.after, _NUMBER_MAX))
        conditions.append(f"t.id {_beyond(wanted)} {arguments.put(last)}")
    direction = _direction(wanted)
    statement = f"""
        WITH page AS MATERIALIZED (
            SELECT t.id FROM {listing.table} t {_where(conditions)}
            ORDER BY t.id {direction} LIMIT {wanted.size + 1}
        )
        {listing.select} WHERE t.id IN (SELECT id FROM page) ORDER BY t.id {direction}"""
    rows: list[asyncpg.Record] = await connection.fetch(statement, *arguments)
    return rows


async def _by_version(
    connection: asyncpg.Connection, listing: Listing, wanted: Wanted, walked: Term
) -> list[asyncpg.Record]:
    """Read along the index of each side and merge. A movement has two different balances, so no row comes
    twice."""
    arguments = _Arguments()
    balance, limit = arguments.put(walked.value), str(wanted.size + 1)
    others = [_condition(listing, term, arguments) for term in wanted.terms if term is not walked]
    last = None if wanted.after is None else min(wanted.after, _VERSION_MAX)
    direction = _direction(wanted)
    branches = []
    for side, version in listing.fields[walked.field].history:
        conditions = [f"{side} = {balance}", f"{version} IS NOT NULL", *others]
        if last is not None:
            conditions.append(f"{version} {_beyond(wanted)} {last}")
        branches.append(
            f"(SELECT t.id, {version} AS place FROM {listing.table} t {_where(conditions)}"
            f" ORDER BY {version} {direction} LIMIT {limit})"
        )
    statement = f"""
        WITH page AS MATERIALIZED (
            SELECT id, place FROM ({" UNION ALL ".join(branches)}) AS sides
            ORDER BY place {direction} LIMIT {limit}
        )
        {listing.select} JOIN page ON page.id = t.id ORDER BY page.place {direction}"""
    rows: list[asyncpg.Record] = await connection.fetch(statement, *arguments)
    return rows


async def _total(connection: asyncpg.Connection, listing: Listing, terms: tuple[Term, ...]) -> int:
    statement, arguments = _count(listing, terms)
    return int(await connection.fetchval(statement, *arguments))


def _count(listing: Listing, terms: tuple[Term, ...]) -> tuple[str, _Arguments]:
    arguments = _Arguments()
    conditions = [_condition(listing, term, arguments) for term in terms]
    conditions += [bound for term in terms for bound in _id_bounds(term, arguments)]
    walked = _walked(listing, terms)
    if walked is not None:
        # A transaction that moved nothing itself has no place in a history.
        conditions += [f"{version} IS NOT NULL" for _, version in listing.fields[walked.field].history]
    return f"SELECT count(*) FROM {listing.table} t {_where(conditions)}", arguments


def _walked(listing: Listing, terms: tuple[Term, ...]) -> Term | None:
    """The comparison that names the balance whose history is requested, if any. Transactions that did not move the
    balance have no place there: a request for their status lists them in the order of ids."""
    if any(
        term.field == "status" and term.comparator is Comparator.EQUAL and term.value in listing.unmoved
        for term in terms
    ):
        return None
    return next(
        (term for term in terms if listing.fields[term.field].history and term.comparator is Comparator.EQUAL), None
    )


def _where(conditions: list[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def _direction(wanted: Wanted) -> str:
    return "DESC" if wanted.latest_first else "ASC"


def _beyond(wanted: Wanted) -> str:
    return "<" if wanted.latest_first else ">"


# Conditions ------------------------------------------------------------------------------------


def _condition(listing: Listing, term: Term, arguments: _Arguments) -> str:
    column = listing.fields[term.field].column
    if isinstance(column, str):
        return _comparison(column, term.comparator, term.value, arguments)
    each = [_comparison(name, term.comparator, term.value, arguments) for name in column]
    return f"({(' OR ' if term.comparator is Comparator.EQUAL else ' AND ').join(each)})"


def _comparison(column: str, comparator: Comparator, value: Value, arguments: _Arguments) -> str:
    """An absent text counts as empty, an absent id as different from every other."""
    if value == "" and comparator is Comparator.EQUAL:
        return f"{column} IS NULL"
    if value == "" and comparator is Comparator.NOT_EQUAL:
        return f"{column} IS NOT NULL"
    if comparator is Comparator.EQUAL:
        return f"{column} = {arguments.put(value)}"
    if comparator is Comparator.NOT_EQUAL:
        return f"{column} IS DISTINCT FROM {arguments.put(value)}"
    if isinstance(value, str):
        column = f"COALESCE({column}, '') COLLATE \"C\""
    return f"{column} {comparator.value} {arguments.put(value)}"


def _id_bounds(term: Term, arguments: _Arguments) -> list[str]:
    """Wide bounds of the ids, from a comparison of the creation time. They spare the scan of rows that are far
    too old or too new. The comparison itself still decides."""
    if term.field != _CREATED or not isinstance(term.value, datetime):
        return []
    bounds = []
    if term.comparator in (Comparator.EQUAL, Comparator.GREATER, Comparator.GREATER_OR_EQUAL):
        bounds.append(f"t.id >= {arguments.put(_id_at(term.value, -_CLOCKS_DIFFER_MAX))}")
    if term.comparator in (Comparator.EQUAL, Comparator.LESS, Comparator.LESS_OR_EQUAL):
        bounds.append(f"t.id < {arguments.put(_id_at(term.value, _CLOCKS_DIFFER_MAX))}")
    return bounds


def _id_at(moment: datetime, shift: timedelta) -> uuid.UUID:
    """The first id of a millisecond."""
    unix_ms = (moment - _EPOCH + shift) // _MILLISECOND
    return uuid.UUID(int=uuid7(unix_ns=max(unix_ms, 0) * 1_000_000, random_bits=0))
