"""Deferred transactions: reads for decisions, the writes of these decisions, and counts."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from itertools import accumulate, takewhile

import asyncpg

from ledgerd.core.book import Book
from ledgerd.core.effects import DeferredChange
from ledgerd.core.model.account import Account
from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.figures import DEFERRED, Kind, Status
from ledgerd.core.model.ids import BALANCE, BATCH, TRANSACTION, decode_hex, encode
from ledgerd.core.model.limits import LEGS_TOGETHER_MAX
from ledgerd.core.model.operation import Deferred, Post, Refund, Target
from ledgerd.core.model.rejection import rejection_text
from ledgerd.core.model.request_json import available_of, batch_of, read_back, was_inflight
from ledgerd.core.plan import Plan
from ledgerd.store import canonical, compound, queries
from ledgerd.store.copying import copy_rows
from ledgerd.store.sql import as_array

_QUERIES = queries.DEFERRED
_ROWS_AT_ONCE = 500

LEGS = f"{_QUERIES.select} WHERE t.header_id = ANY($1::text::uuid[]) ORDER BY t.header_id, t.id"
"""The query for the legs of deferred splits."""


# Reading ---------------------------------------------------------------------------------------


async def load(connection: asyncpg.Connection, book: Book, keys: Collection[str]) -> None:
    """Add these transactions to the Book, whether or not they are deferred.

    They may be read before their balances. A decision about them is written only if they have not
    changed since, see change(). Raises compound.Crowded where they have too many legs.
    """
    for transaction in await by_keys(connection, keys, book.legs_max):
        book.keep(transaction)


async def load_members(connection: asyncpg.Connection, book: Book, ids: Collection[str]) -> None:
    """Add the deferred transactions of these batches to the Book. Of an unfinished batch nothing is known yet. Raises
    compound.Crowded where they are too many."""
    known = await compound.finished(connection, book, compound.batch_keys(ids))
    if not known:
        return
    keys: dict[str, list[str]] = {encode(BATCH, number.int): [] for number in known}
    for row in await connection.fetch(_QUERIES.members, as_array(number.hex for number in known)):
        keys[encode(BATCH, row["batch_id"].int)].append(row["id"].hex)
    together = {key for members in keys.values() for key in members}
    compound.reject_crowd(len(together), book.legs_max)
    await load(connection, book, {key for key in together if key not in book.deferred})
    book.members |= {batch_id: tuple(members) for batch_id, members in keys.items()}


async def by_keys(
    connection: asyncpg.Connection, keys: Collection[str], legs_max: int = LEGS_TOGETHER_MAX
) -> list[Deferred]:
    """These transactions, in any order. Raises compound.Crowded where they have more legs than ``legs_max``."""
    if not keys:
        return []
    rows = await connection.fetch(f"{_QUERIES.select} WHERE t.id = ANY($1::text::uuid[])", as_array(keys))
    return await _with_legs(connection, rows, legs_max)


async def nominated(connection: asyncpg.Connection, keys: Sequence[str], limit: int) -> tuple[dict[str, Deferred], int]:
    """The first of these transactions up to a limit, by key, and the number of all of them. Legs count. For
    connections outside of the write path."""
    if not keys:
        return {}, 0
    async with _along_indexes(connection):
        counts = await _counts(connection, keys)
        first = await by_keys(connection, _up_to(counts, limit))
    return {transaction.key: transaction for transaction in first}, sum(counts.values())


async def _with_legs(connection: asyncpg.Connection, rows: Sequence[asyncpg.Record], legs_max: int) -> list[Deferred]:
    splits = [row for row in rows if row["kind"] == Kind.SPLIT and row["status"] in DEFERRED]
    undivided = (compound.share_count(row["request_json"]) for row in splits if row["leg_count"] is None)
    compound.reject_crowd(sum(row["leg_count"] or 0 for row in splits) + sum(undivided), legs_max)
    headers = [row["id"].hex for row in splits if row["leg_count"] is not None]
    legs: dict[uuid.UUID, list[Deferred]] = {}
    if headers:
        for row in await connection.fetch(LEGS, as_array(headers)):
            legs.setdefault(row["header_id"], []).append(_deferred(row))
    transactions = [_deferred(row, legs.get(row["id"], ())) for row in rows]
    for transaction in transactions:
        for leg in transaction.legs:
            # The legs were read after their split and have its status. Otherwise the split has changed since.
            leg.status, leg.scheduled_at = transaction.status, transaction.scheduled_at
    return transactions


async def _counts(connection: asyncpg.Connection, keys: Sequence[str]) -> dict[str, int]:
    """The number of transactions that each of these is with its legs, in this order. The text of a split is long, so
    it is read for nominated splits only."""
    counts = {row["id"].hex: row["count"] for row in await connection.fetch(_QUERIES.counts, as_array(keys))}
    return {key: counts[key] for key in keys if key in counts}


def _up_to(counts: dict[str, int], limit: int) -> list[str]:
    """The first of these that fit into the limit together, but one at least."""
    taken = takewhile(lambda total: total <= limit, accumulate(counts.values()))
    return list(counts)[: max(1, len(list(taken)))]


@asynccontextmanager
async def _along_indexes(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Make the planner read by index in this transaction. On a new or fast growing ledger it would not choose an index.
    Connections of the write path always have these settings."""
    async with connection.transaction(readonly=True):
        await connection.execute(_QUERIES.along_indexes)
        yield


async def queue_after(connection: asyncpg.Connection, seq: int, limit: int) -> tuple[list[Deferred], int, bool]:
    """The next queued transactions in order, up to a limit, legs counted. Also the number of the last transaction, and
    whether there are more."""
    if await connection.fetchval(_QUERIES.is_queued) is None:
        return [], seq, False
    async with _along_indexes(connection):
        rows = await connection.fetch(_QUERIES.queue_after, seq, limit)
        if not rows:
            return [], seq, False
        numbers = {row["transaction_id"].hex: row["seq"] for row in rows}
        counts = await _counts(connection, list(numbers))
        first = _up_to(counts, limit)
        by_key = {found.key: found for found in await by_keys(connection, first)}
    transactions = [by_key[key] for key in first]
    if len(first) < len(counts):
        return transactions, numbers[first[-1]], True
    return transactions, rows[-1]["seq"], len(rows) == limit


async def queued(connection: asyncpg.Connection, keys: Collection[str]) -> dict[str, tuple[int, int]]:
    """The sums that deferred transactions will take from these balances and bring to them, in minor units, by key."""
    rows = await connection.fetch(_QUERIES.queued, as_array(keys))
    return {row["id"].hex: (int(row["debit"]), int(row["credit"])) for row in rows}


async def load_queued(connection: asyncpg.Connection, book: Book, sources: Collection[Account]) -> None:
    """Add the sums that deferred transactions will take from these balances. Call it under the balances' locks, or in
    one snapshot with all other reads."""
    if sources:
        found = await queued(connection, {source.key for source in sources})
        for source in sources:
            # In a preview, a balance that does not exist yet has a key but no id.
            book.queued[source.id] = found[source.key][0]


async def count_of_balance(connection: asyncpg.Connection, balance_id: uuid.UUID) -> int:
    """The number of deferred transactions of a balance."""
    said = [row["request_json"] for row in await connection.fetch(_QUERIES.refunds_of_batches)]
    batches = {key for key in (decode_hex(BATCH, batch_of(text) or "") for text in said) if key is not None}
    named = encode(BALANCE, balance_id.int)
    return int(await connection.fetchval(_QUERIES.count_of_balance, balance_id, as_array(batches), named))


async def backlog(connection: asyncpg.Connection) -> int:
    """The number of deferred transactions."""
    async with _along_indexes(connection):
        return int(await connection.fetchval(_QUERIES.backlog))


async def no_longer_deferred(connection: asyncpg.Connection, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """The transactions of these that are no longer deferred."""
    return {row["id"] for row in await connection.fetch(_QUERIES.statuses, list(ids))}


@lru_cache(maxsize=65_536)
def _balance_id(number: uuid.UUID) -> str:
    """The id of a balance, cached: the same balances come again and again."""
    return encode(BALANCE, number.int)


def _deferred(row: asyncpg.Record, legs: Sequence[Deferred] = ()) -> Deferred:
    (number, kind, status, reference, currency, precision, amount, source, destination, allow_overdraft, limit,
     effective_at, description, expires_at, commits_at, allow_over_commit, parent_id, scheduled_at, batch_id, header,
     _, said, now, created_by, group, tag) = row  # fmt: skip
    status = Status(status)
    source_id = "" if source is None else _balance_id(source)
    destination_id = "" if destination is None else _balance_id(destination)
    operation: Post | Refund | None = None
    if status not in DEFERRED or header is not None:
        pass  # The transaction is not decided again, or its split is decided.
    elif kind == "REFUND":
        quantity = available_of(said) if amount is None else Quantity(amount, None)
        refunded_id = batch_of(said) if parent_id is None else encode(TRANSACTION, parent_id.int)
        assert refunded_id is not None, "a refund is of a transaction or of a batch"
        operation = Refund(reference, Target(refunded_id), quantity, allow_overdraft, effective_at=effective_at)
    elif kind in ("POSTING", "HOLD", "SPLIT"):
        available = available_of(said) if amount is None else None
        operation = Post(
            reference,
            currency,
            available or Quantity(amount, None),
            source_id,
            destination_id,
            precision,
            allow_overdraft,
            None if limit is None else Quantity(limit, None),
            kind == "HOLD",
            effective_at,
            description,
            group,
            tag,
            expires_at=expires_at,
            commits_at=commits_at,
            allow_over_commit=allow_over_commit is True,
        )
        if kind == "SPLIT":
            operation.inflight = was_inflight(said)
            operation.sources, operation.destinations = read_back(said, "sources"), read_back(said, "destinations")
            source_id = destination_id = ""
    return Deferred(
        number.hex,
        status,
        source_id,
        destination_id,
        operation,
        scheduled_at,
        now,
        amount,
        currency,
        batch_id and encode(BATCH, batch_id.int),
        tuple(legs),
        header and encode(TRANSACTION, header.int),
        created_by,
    )


# Writing ---------------------------------------------------------------------------------------


AppliedFigures = dict[int, tuple[str, ...]]
"""The figures of applied transactions as text, by ordinal: made once for the rows and for the digest."""


def applied_figures(plan: Plan) -> AppliedFigures:
    """The figures of all deferred transactions that the plan applies."""
    return {change.ordinal: canonical.applied_fields(change) for change in plan.changes if change.is_applied}


async def change(connection: asyncpg.Connection, plan: Plan, figures: AppliedFigures) -> bool:
    """Write the changes of deferred transactions. Returns False where one of them has changed since it was read.

    Rows are changed in one order, so that two processes that change the same ones do not deadlock.
    """
    first = {change.deferred.key: change.before for change in reversed(plan.changes)}
    last = {
        change.deferred.key: change
        for change in sorted(plan.changes, key=lambda change: (change.deferred.key, change.ordinal))
    }
    applied = [change for change in last.values() if change.is_applied]
    others = [change for change in last.values() if not change.is_applied]
    changed = 0
    if applied:
        before = [first[change.deferred.key] for change in applied]
        changed += _count(await _apply(connection, applied, before, figures))
    if others:
        changed += _count(await _change(connection, others, [first[other.deferred.key] for other in others]))
    return changed == len(last)


_Before = Sequence[tuple[Status, object]]


async def _apply(
    connection: asyncpg.Connection, applied: list[DeferredChange], before: _Before, figures: AppliedFigures
) -> str:
    columns = zip(*(figures[change.ordinal] for change in applied), strict=True)
    status: str = await connection.execute(
        _QUERIES.apply,
        as_array(change.deferred.key for change in applied),
        [change.status.value for change in applied],
        [status.value for status, _ in before],
        [scheduled_at for _, scheduled_at in before],
        *(as_array("NULL" if value == canonical.NULL else value for value in column) for column in columns),
        [change.recorded_at for change in applied],
        [None if change.sums is None else change.sums.legs for change in applied],
    )
    return status


async def _change(connection: asyncpg.Connection, others: list[DeferredChange], before: _Before) -> str:
    status: str = await connection.execute(
        _QUERIES.change,
        as_array(other.deferred.key for other in others),
        [other.status.value for other in others],
        [status.value for status, _ in before],
        [scheduled_at for _, scheduled_at in before],
        [other.scheduled_at for other in others],
        [None if other.rejection is None else rejection_text(other.rejection) for other in others],
    )
    return status


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])


async def copy_transitions(
    connection: asyncpg.Connection, plan: Plan, figures: AppliedFigures
) -> list[tuple[int, str]]:
    """Write the transitions of deferred transactions. Returns their digested rows."""
    digested, rows = [], []
    for number, change_ in enumerate(plan.changes):
        if number % _ROWS_AT_ONCE == 0:
            # As in plan_writer.copy_transactions: the preceding batch must not wait for this text.
            await asyncio.sleep(0)
        key, fields = (
            plan.block.hex(change_.ordinal),
            canonical.change_fields(change_, canonical.time_text(change_.recorded_at or plan.now)),
        )
        row = canonical.change_row(key=key, change=fields)
        rows.append(row + "\n")
        digested.append((change_.ordinal, "\t".join((row, *figures.get(change_.ordinal, ())))))
    columns = ["id", *canonical.CHANGE_COLUMNS]
    await copy_rows(connection, "transitions", rows, columns)
    return digested
