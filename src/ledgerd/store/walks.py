"""Lists of the transactions of some balances, at the price of a page whatever the length of the list.

No index has all transactions of a balance in one order. A page is merged from those that have them together, on each
side:

- Transactions that were never deferred and moved the balance, along its versions. Their record times, which are their
  creation times too, never run backwards along the versions.
- In the order of creation: all that were deferred, and headers, along their creation times.
- In the order of recording: those that were deferred and moved later, along the versions; then all that move nothing
  themselves, along their record times. Those without a record time come after all others.

Among equal times the ids decide. A walk remembers where it stands in each of these, so a page continues exactly after
the one before. Ids follow versions only as far as the clocks of servers agree: a row whose id is behind those before it
is placed as if its id were theirs, and no row comes twice or never.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import asyncpg

from ledgerd.core.model.figures import DEFERRED, Status
from ledgerd.core.model.filter import Comparator, Term
from ledgerd.store import queries
from ledgerd.store.list_terms import (
    CREATED,
    FROM_A_TIME,
    RECORDED,
    UP_TO_A_TIME,
    Arguments,
    Listing,
    condition,
)

BALANCES_MAX = 100
"""The most balances that a list is merged from."""
_VERSION_MAX = (1 << 63) - 1
_NUMBER_MAX = (1 << 128) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NO_TIME = 1 << 60
"""In microseconds: later than every time. It stands for the record time of a row that has none."""
_INFINITY = "infinity"

_PROMPT = "t.{side}_version IS NOT NULL AND t.deferred_as IS NULL"
_LATE = "t.{side}_version IS NOT NULL AND t.deferred_as IS NOT NULL"
_ASIDE = "(t.{side}_version IS NULL OR t.deferred_as IS NOT NULL)"
_UNMOVED = "t.{side}_version IS NULL"
_CREATED_AT = "COALESCE(t.created_at, t.recorded_at)"
_RECORDED_AT = "COALESCE(t.recorded_at, 'infinity')"
_IS_DEFERRED = f"t.status IN ({', '.join(repr(status.value) for status in Status if status in DEFERRED)})"
_NEVER_MOVED = frozenset({*DEFERRED, Status.REJECTED, Status.CANCELLED})


class Stretch(NamedTuple):
    """Part of the versions of a balance: those between two versions, both left out."""

    above: int
    below: int


_WHOLE = Stretch(0, _VERSION_MAX)


@dataclass(frozen=True, slots=True)
class Walk:
    """The balances whose transactions are listed.

    choice           which comparison of the filter names them
    names_indicator  whether it names them by their indicator
    sides            the sides on which they stand
    balances         their ids, in order
    prompt           for each of them, the versions among which transactions can be that were never deferred
    late             the same for those that were deferred first
    """

    choice: int
    names_indicator: bool
    sides: tuple[str, ...]
    balances: list[uuid.UUID]
    prompt: list[Stretch]
    late: list[Stretch]


@dataclass(frozen=True, slots=True)
class Order:
    """Along record times or along ids, from the first or from the latest."""

    is_by_record: bool
    latest_first: bool

    @property
    def direction(self) -> str:
        return "DESC" if self.latest_first else "ASC"

    @property
    def beyond(self) -> str:
        return "<" if self.latest_first else ">"


def can_walk(listing: Listing, term: Term) -> bool:
    """Whether a comparison names the balances whose transactions are wanted."""
    return bool(listing.fields[term.field].sides) and term.comparator is Comparator.EQUAL and term.value != ""


async def find(
    connection: asyncpg.Connection, listing: Listing, terms: Sequence[Term], choice: int | None
) -> Walk | None:
    """The walk for a filter, if a comparison in it names balances: of several, the one with the fewest movements. A
    page that is not the first has the ``choice`` of the page before."""
    named = [place for place, term in enumerate(terms) if can_walk(listing, term)]
    found = [
        (await _balances(connection, listing, terms, terms[place]), place)
        for place in (named if choice not in named else [choice])
    ]
    if not found:
        return None
    rows, place = min(found, key=lambda each: (sum(row["version"] for row in each[0]), each[1]))
    prompt, late = await _stretches(connection, rows, terms)
    field_ = listing.fields[terms[place].field]
    return Walk(place, field_.names_indicator, field_.sides, [row["id"] for row in rows], prompt, late)


async def _balances(
    connection: asyncpg.Connection, listing: Listing, terms: Sequence[Term], term: Term
) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record]
    if not listing.fields[term.field].names_indicator:
        assert isinstance(term.value, int), "the number of an id"
        rows = await connection.fetch(queries.WALKS.by_id, uuid.UUID(int=term.value))
        return rows
    currencies = [other.value for other in terms if other[:2] == ("currency", Comparator.EQUAL)]
    currency = currencies[0] if currencies else None
    rows = await connection.fetch(queries.WALKS.by_indicator, term.value, currency, BALANCES_MAX + 1)
    return rows


async def _stretches(
    connection: asyncpg.Connection, rows: Sequence[asyncpg.Record], terms: Sequence[Term]
) -> tuple[list[Stretch], list[Stretch]]:
    """The versions that comparisons of times leave over. What was deferred is recorded later than it is created, so the
    latest creation time says nothing about its versions."""
    lower = [term.value for term in terms if term.field in (CREATED, RECORDED) and term.comparator in FROM_A_TIME]
    upper = {
        name: [_after(term.value) for term in terms if term.field == name and term.comparator in UP_TO_A_TIME]
        for name in (CREATED, RECORDED)
    }
    moments = sorted({*lower, *upper[CREATED], *upper[RECORDED]})
    if not moments or not rows:
        return [_WHOLE] * len(rows), [_WHOLE] * len(rows)
    last = [row["version"] for row in rows]
    ids = [row["id"] for row in rows]
    found = {
        (row["id"], row["moment"]): row["low"]
        for row in await connection.fetch(queries.WALKS.versions_before, ids, last, moments)
    }

    def stretch(balance: uuid.UUID, until: Sequence[object]) -> Stretch:
        above = max((found[balance, moment] for moment in lower), default=0)
        below = min((found[balance, moment] + 1 for moment in until), default=_VERSION_MAX)
        return Stretch(above, below)

    prompt = [stretch(balance, upper[CREATED] + upper[RECORDED]) for balance in ids]
    return prompt, [stretch(balance, upper[RECORDED]) for balance in ids]


def _after(value: object) -> datetime:
    assert isinstance(value, datetime), "a time"
    return min(value, datetime.max.replace(tzinfo=UTC) - _MICROSECOND) + _MICROSECOND


def is_served(walk: Walk, terms: Sequence[Term], order: Order) -> bool:
    """Whether the indexes have exactly these rows, in this order."""
    served = {RECORDED if order.is_by_record else CREATED}
    if walk.names_indicator:
        served.add("currency")
    others = [term for place, term in enumerate(terms) if place != walk.choice]
    return all(term.field in served and term.comparator is not Comparator.NOT_EQUAL for term in others)


def _statuses(terms: Sequence[Term]) -> set[object]:
    return {term.value for term in terms if term.field == "status" and term.comparator is Comparator.EQUAL}


# Places ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Place:
    """Where a walk stands: the time and the id of the last row that was read along times, and the last version of each
    balance."""

    time: int
    number: int
    versions: list[int] = field(default_factory=list)


def _start(walk: Walk, order: Order) -> _Place:
    if order.latest_first:
        return _Place(_NO_TIME, _NUMBER_MAX, [_VERSION_MAX] * len(walk.balances))
    return _Place(0, 0, [0] * len(walk.balances))


def _read(walk: Walk, order: Order, after: Sequence[int] | None) -> _Place:
    """The place after a page. Balances that were opened since come last: their ids are later."""
    place = _start(walk, order)
    if after is None or len(after) < 3:
        return place
    _, time, number, *versions = after
    place.time, place.number = min(time, _NO_TIME), min(number, _NUMBER_MAX)
    for at, version in enumerate(versions[: len(place.versions)]):
        place.versions[at] = min(version, _VERSION_MAX)
    return place


def place_after(
    walk: Walk, order: Order, after: Sequence[int] | None, rows: Sequence[asyncpg.Record]
) -> tuple[int, ...]:
    """The place of a walk after these rows, which follow the place ``after``."""
    place = _read(walk, order, after)
    numbers = {balance: at for at, balance in enumerate(walk.balances)}
    for row in rows:
        side = next(side for side in walk.sides if row[f"{side}_id"] in numbers)
        version = row[f"{side}_version"]
        if version is not None and (order.is_by_record or row["deferred_as"] is None):
            place.versions[numbers[row[f"{side}_id"]]] = version
        else:
            recorded, created = row["recorded_at"], row["created_at"]
            time = recorded if order.is_by_record else created or recorded
            place.time = _NO_TIME if time is None else (time - _EPOCH) // _MICROSECOND
            place.number = row["id"].int
    return (walk.choice, place.time, place.number, *place.versions)


# Statements ------------------------------------------------------------------------------------


async def page(
    connection: asyncpg.Connection,
    listing: Listing,
    terms: Sequence[Term],
    walk: Walk,
    order: Order,
    *,
    after: Sequence[int] | None,
    limit: int,
) -> list[asyncpg.Record]:
    """At most ``limit`` rows after a place. They are as of one moment."""
    place = _read(walk, order, after)
    arguments = Arguments()
    others = [condition(listing, term, arguments) for at, term in enumerate(terms) if at != walk.choice]
    parts = [_rest(walk, terms, order, place, others, arguments, limit)]
    if not _statuses(terms) & _NEVER_MOVED:
        parts.append(_moved(walk, order, place, others, arguments, limit))
    in_order = ", ".join(f"page.{key} {order.direction}" for key in ("time", "key", "place", "version"))
    statement = f"""
        WITH page AS MATERIALIZED (
            SELECT * FROM ({" UNION ALL ".join(f"({part})" for part in parts)}) AS page
            ORDER BY {in_order} LIMIT {limit}
        )
        {listing.select} JOIN page ON page.id = t.id ORDER BY {in_order}"""
    rows: list[asyncpg.Record] = await connection.fetch(statement, *arguments)
    return rows


def _moved(walk: Walk, order: Order, place: _Place, others: list[str], arguments: Arguments, limit: int) -> str:
    """The next rows along versions, each with the greatest id so far (the least, from the latest on)."""
    classes = [(_PROMPT, "prompt"), (_LATE, "late")] if order.is_by_record else [(_PROMPT, "prompt")]
    columns = [arguments.put(walk.balances)]
    for name, stretches in (("prompt", walk.prompt), ("late", walk.late)):
        if any(name == used for _, used in classes):
            above = [stretch.above for stretch in stretches]
            below = [stretch.below for stretch in stretches]
            if order.latest_first:
                below = [min(pair) for pair in zip(below, place.versions, strict=True)]
            else:
                above = [max(pair) for pair in zip(above, place.versions, strict=True)]
            columns += [f"{arguments.put(above)}::bigint[]", f"{arguments.put(below)}::bigint[]"]
    names = [f"{used}_{bound}" for _, used in classes for bound in ("above", "below")]
    branches = []
    for side in walk.sides:
        for rows, used in classes:
            version = f"t.{side}_version"
            conditions = [
                f"t.{side}_id = b.id",
                rows.format(side=side),
                f"{version} > b.{used}_above AND {version} < b.{used}_below",
                *others,
            ]
            branches.append(
                f"(SELECT t.id, {version} AS version, t.recorded_at AS time FROM transactions t"
                f" WHERE {' AND '.join(conditions)} ORDER BY {version} {order.direction} LIMIT {limit})"
            )
    furthest = "min" if order.latest_first else "max"
    key = f'{furthest}(m.id::text COLLATE "C") OVER (PARTITION BY b.place ORDER BY m.version {order.direction})'
    return f"""
        SELECT m.id, m.version, b.place, m.time, {key} AS key
        FROM unnest({columns[0]}::uuid[], {", ".join(columns[1:])}) WITH ORDINALITY AS b(id, {", ".join(names)}, place)
        CROSS JOIN LATERAL (
            SELECT * FROM ({" UNION ALL ".join(branches)}) AS sides ORDER BY version {order.direction} LIMIT {limit}
        ) AS m"""


def _rest(
    walk: Walk,
    terms: Sequence[Term],
    order: Order,
    place: _Place,
    others: list[str],
    arguments: Arguments,
    limit: int,
) -> str:
    """The next rows along creation times or record times."""
    number = f"{arguments.put(uuid.UUID(int=place.number))}::uuid"
    if _statuses(terms) & DEFERRED:
        # They have an index of their own, along ids, and none of them has a record time.
        kept, time, key, bounds = _IS_DEFERRED, f"'{_INFINITY}'::timestamptz", f"t.id {order.direction}", []
        bounds.append(f"t.id {order.beyond} {number}")
    else:
        kept, time = (_UNMOVED, _RECORDED_AT) if order.is_by_record else (_ASIDE, _CREATED_AT)
        key = f"{time} {order.direction}, t.id {order.direction}"
        last = f"{arguments.put(_time_text(place.time))}::text::timestamptz"
        bounds = [f"({time}, t.id) {order.beyond} ({last}, {number})"]
        if order.is_by_record:
            bounds += _time_bounds(terms, arguments)
    columns = f't.id, 0::bigint AS version, 0::bigint AS place, {time} AS time, t.id::text COLLATE "C" AS key'
    branches = []
    for side in walk.sides:
        conditions = " AND ".join([f"t.{side}_id = b.id", kept.format(side=side), *bounds, *others])
        branches.append(f"(SELECT {columns} FROM transactions t WHERE {conditions} ORDER BY {key} LIMIT {limit})")
    return f"""
        SELECT r.* FROM unnest({arguments.put(walk.balances)}::uuid[]) AS b(id)
        CROSS JOIN LATERAL ({" UNION ALL ".join(branches)}) AS r"""


def _time_text(microseconds: int) -> str:
    return _INFINITY if microseconds >= _NO_TIME else (_EPOCH + microseconds * _MICROSECOND).isoformat()


def _time_bounds(terms: Sequence[Term], arguments: Arguments) -> list[str]:
    """What the comparisons of the record time say, in the words of the index."""
    return [
        f"{_RECORDED_AT} {sign} {arguments.put(term.value)}"
        for term in terms
        if term.field == RECORDED
        for sign, comparators in ((">=", FROM_A_TIME), ("<=", UP_TO_A_TIME))
        if term.comparator in comparators
    ]


def count(listing: Listing, terms: Sequence[Term], walk: Walk) -> tuple[str, Arguments]:
    """The statement that counts all rows of a walk, from the same indexes."""
    arguments = Arguments()
    others = [condition(listing, term, arguments) for at, term in enumerate(terms) if at != walk.choice]
    balances = f"ANY({arguments.put(walk.balances)}::uuid[])"
    parts = [[_IS_DEFERRED if _statuses(terms) & DEFERRED else _ASIDE]]
    if not _statuses(terms) & _NEVER_MOVED:
        above = f"{arguments.put(min((stretch.above for stretch in walk.prompt), default=0))}::bigint"
        below = f"{arguments.put(max((stretch.below for stretch in walk.prompt), default=0))}::bigint"
        parts.append([_PROMPT, f"t.{{side}}_version > {above} AND t.{{side}}_version < {below}"])
    counts = [
        f"SELECT count(*) AS rows FROM transactions t"
        f" WHERE {' AND '.join([f't.{side}_id = {balances}', *(text.format(side=side) for text in part), *others])}"
        for side in walk.sides
        for part in parts
    ]
    return f"SELECT sum(rows)::bigint FROM ({' UNION ALL '.join(counts)}) AS parts", arguments
