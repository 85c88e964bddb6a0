"""What a list may be narrowed by, and comparisons as SQL.

The text of every statement is made of constants of this layer and of numbers. Values that a caller sent travel as
parameters only.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ledgerd.core.model.filter import Comparator, FieldType, Term, Value
from ledgerd.core.model.ids import uuid7

Column = str | tuple[str, str]
"""An SQL expression, or two alternatives."""

COUNTED_MAX = (1 << 63) - 1
"""The largest number of a counted id."""

CREATED = "create_time"
RECORDED = "record_time"
FROM_A_TIME = frozenset({Comparator.EQUAL, Comparator.GREATER, Comparator.GREATER_OR_EQUAL})
UP_TO_A_TIME = frozenset({Comparator.EQUAL, Comparator.LESS, Comparator.LESS_OR_EQUAL})

_CLOCKS_DIFFER_MAX = timedelta(days=1)
"""By how much a row's id and its time may disagree, where servers' clocks do."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a filter may name.

    type             how its values are read, and which comparisons make sense
    column           the SQL of it
    value            its value in a record, where a watch may be narrowed by it; or alternative values. None where the
                     record has none
    links            where a row has any number of values: the table that has them, its column for ``column`` of the
                     row, and its column for the value
    sides            of a field that names balances: the sides on which they stand, source or destination
    names_indicator  of such a field: whether its value is the indicator of balances, and not the id of one
    is_indexed       whether an index has it in the order of ids: rows that are equal in it follow each other there
    is_counted       of such an id: whether it is a counted number and no UUID
    is_array         whether the column has any number of texts, one of which is compared; only with = and !=
    members          of an id that other rows have besides the column: what selects those that have {value}
    """

    type: FieldType
    column: Column
    value: Callable[[Any], Value | tuple[Value, ...] | None] | None = None
    links: tuple[str, str, str] | None = None
    sides: tuple[str, ...] = ()
    names_indicator: bool = False
    is_indexed: bool = False
    is_counted: bool = False
    is_array: bool = False
    members: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A table that can be listed.

    select       a statement that returns whole rows of the table, which it calls t
    fields       what a filter may name
    narrowed_by  the fields that spare a list the reading of other rows, the most useful first
    is_counted   whether the ids are counted numbers and no UUIDs
    within       the column that the ids are unique within, where they are numbers of another thing
    order        what its order is called: that of the ids
    latest_first whether the last comes first where no order is requested
    """

    select: str
    table: str
    fields: Mapping[str, Field]
    narrowed_by: tuple[str, ...] = (CREATED,)
    is_counted: bool = False
    within: str | None = None
    order: str = CREATED
    latest_first: bool = True


def field_to_add(listing: Listing, terms: Iterable[Term]) -> str:
    """The field that would make a list cheaper; where all are given, the first: it can be narrower."""
    given = {term.field for term in terms}
    return next((name for name in listing.narrowed_by if name not in given), listing.narrowed_by[0])


class Arguments(list[object]):
    """Values on their way to PostgreSQL; each is known in the statement by its number."""

    def put(self, value: object) -> str:
        """The name of a value in the statement."""
        self.append(value)
        return f"${len(self)}"

    def put_value(self, value: Value) -> str:
        """The name of a value of a filter. The number of an id becomes the id."""
        return self.put(uuid.UUID(int=value) if isinstance(value, int) else value)


def counted(number: int) -> int:
    """The number of a counted id as its column can have it: what no column can have, nobody has."""
    return min(number, COUNTED_MAX)


def where(conditions: Collection[str]) -> str:
    """A clause with all conditions; empty where there are none."""
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def condition(listing: Listing, term: Term, arguments: Arguments) -> str:
    """A comparison as SQL."""
    field = listing.fields[term.field]
    column = field.column
    if field.links is not None:
        table, row, value = field.links
        found = f"SELECT l.{row} FROM {table} l WHERE l.{value} = {arguments.put_value(term.value)}"
        if term.comparator is Comparator.EQUAL:
            return f"{column} IN ({found})"
        return f"NOT EXISTS ({found} AND l.{row} = {column})"
    if field.is_array:
        found = f"{column} = '{{}}'" if term.value == "" else f"{column} @> ARRAY[{arguments.put(term.value)}]::text[]"
        return found if term.comparator is Comparator.EQUAL else f"NOT {found}"
    if field.members is not None and isinstance(term.value, int):
        value = arguments.put(counted(term.value)) if field.is_counted else arguments.put_value(term.value)
        found = f"({column} IS NOT DISTINCT FROM {value} OR EXISTS ({field.members.format(value=value)}))"
        return found if term.comparator is Comparator.EQUAL else f"NOT {found}"
    if field.is_counted and isinstance(term.value, int):
        sign = "=" if term.comparator is Comparator.EQUAL else "IS DISTINCT FROM"
        return f"{column} {sign} {arguments.put(counted(term.value))}"
    if isinstance(column, str):
        return _comparison(column, term.comparator, term.value, arguments)
    each = [_comparison(name, term.comparator, term.value, arguments) for name in column]
    return f"({(' OR ' if term.comparator is Comparator.EQUAL else ' AND ').join(each)})"


def _comparison(column: str, comparator: Comparator, value: Value, arguments: Arguments) -> str:
    """An absent text counts as empty, an absent id or time as different from every other."""
    if value == "" and comparator is Comparator.EQUAL:
        return f"{column} IS NULL"
    if value == "" and comparator is Comparator.NOT_EQUAL:
        return f"{column} IS NOT NULL"
    if comparator is Comparator.EQUAL:
        return f"{column} = {arguments.put_value(value)}"
    if comparator is Comparator.NOT_EQUAL:
        return f"{column} IS DISTINCT FROM {arguments.put_value(value)}"
    if isinstance(value, str):
        column = f"COALESCE({column}, '') COLLATE \"C\""
    return f"{column} {comparator.value} {arguments.put_value(value)}"


def id_bounds(terms: Iterable[Term], arguments: Arguments) -> list[str]:
    """Wide bounds of the ids, from comparisons of the creation time. They spare the scan of rows that are far
    too old or too new. The comparisons themselves still decide."""
    bounds = []
    for term in terms:
        if term.field != CREATED or not isinstance(term.value, datetime):
            continue
        if term.comparator in FROM_A_TIME:
            bounds.append(f"t.id >= {arguments.put(_id_at(term.value, -_CLOCKS_DIFFER_MAX))}")
        if term.comparator in UP_TO_A_TIME:
            bounds.append(f"t.id < {arguments.put(_id_at(term.value, _CLOCKS_DIFFER_MAX))}")
    return bounds


def _id_at(moment: datetime, shift: timedelta) -> uuid.UUID:
    """The first id of a millisecond."""
    unix_ms = (moment - _EPOCH + shift) // _MILLISECOND
    return uuid.UUID(int=uuid7(unix_ns=max(unix_ms, 0) * 1_000_000, random_bits=0))
