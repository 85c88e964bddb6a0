"""Reads into a Book: balances with their monitors, older transactions, and what references recorded."""

import json
from collections.abc import Collection, Iterable
from datetime import datetime

import asyncpg

from ledgerd.core.book import Book
from ledgerd.core.model.account import Account, BalanceStatus
from ledgerd.core.model.figures import DEFERRED, Figures, Kind, Status
from ledgerd.core.model.ids import BALANCE, IDENTITY, MONITOR, TRANSACTION, decode_hex, encode
from ledgerd.core.model.monitor import Monitor, Trigger
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.request_json import was_inflight
from ledgerd.store import compound, conditions, queries, transactions
from ledgerd.store.sql import as_array

_QUERIES = queries.POSTING
_NO_KINDS: frozenset[tuple[str, int]] = frozenset()
_UNMOVED = {status.value: status for status in (*DEFERRED, Status.REJECTED, Status.CANCELLED)}


async def accounts(connection: asyncpg.Connection, book: Book, keys: Collection[str]) -> None:
    """Add balances by key."""
    if not keys:
        return
    for row in await connection.fetch(_QUERIES.accounts_by_id, as_array(keys)):
        book.add(_account(row))


async def indicator_keys(
    connection: asyncpg.Connection, names: Collection[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """The keys of those (indicator, currency) pairs that have a balance."""
    if not names:
        return {}
    rows = await connection.fetch(
        _QUERIES.ids_by_indicator, [name for name, _ in names], [currency for _, currency in names]
    )
    return {(row["indicator"], row["currency"]): row["id"].hex for row in rows}


async def ids_by_reference(connection: asyncpg.Connection, names: Collection[str]) -> dict[str, str]:
    """The ids of the transactions that these references recorded."""
    if not names:
        return {}
    rows = await connection.fetch(_QUERIES.ids_by_reference, list(names))
    return {row["reference"]: encode(TRANSACTION, row["id"].int) for row in rows}


async def sides(connection: asyncpg.Connection, ids: Collection[str], legs_max: int) -> set[str]:
    """The keys of the balances on both sides of these transactions, and of all legs of splits and batches. Raises
    compound.Crowded where the legs are more than ``legs_max``."""
    if not ids:
        return set()
    rows = await connection.fetch(_QUERIES.sides, as_array(_keys(ids)))
    found = {row[side].hex for row in rows for side in ("source_id", "destination_id") if row[side] is not None}
    return found | await compound.sides(connection, compound.split_keys(rows), compound.batch_keys(ids), legs_max)


async def parents(connection: asyncpg.Connection, book: Book, ids: Collection[str]) -> None:
    """Add older transactions as they stand. Call it in a later statement than the one that read or locked their
    balances: an older view of a hold beside a newer view of its balance would resolve the hold twice."""
    if not ids:
        return
    rows = await connection.fetch(_QUERIES.parents, as_array(_keys(ids)))
    for row in rows:
        parent = _parent(row)
        book.parents[parent.id] = parent
    splits, batches = compound.split_keys(rows), compound.batch_keys(ids)
    if splits or batches:
        await compound.add(connection, book, splits, batches, _parent)


async def clock(connection: asyncpg.Connection) -> datetime:
    """The time of the database's clock."""
    told: datetime = await connection.fetchval(_QUERIES.clock)
    return told


async def identities(connection: asyncpg.Connection, book: Book, ids: Collection[str], *, locks: bool) -> None:
    """Add the ids of those identities that exist. ``locks`` keeps them from being deleted before this transaction
    ends."""
    if ids:
        query = _QUERIES.lock_identities if locks else _QUERIES.identities
        rows = await connection.fetch(query, as_array(decode_hex(IDENTITY, name) or "" for name in sorted(ids)))
        book.identities |= {encode(IDENTITY, row["id"].int) for row in rows}


async def references(connection: asyncpg.Connection, book: Book, names: Collection[str]) -> datetime | None:
    """Add the transactions that these references recorded. Returns the time of the database's clock, read with them;
    None where there are no references."""
    if not names:
        return None
    told, found = await transactions.by_references_and_clock(connection, list(names))
    for transaction in found:
        assert transaction.reference is not None, "found by its reference"
        book.references[transaction.reference] = transaction
    return told


def _keys(ids: Iterable[str]) -> list[str]:
    return [key for key in (decode_hex(TRANSACTION, text) for text in ids) if key is not None]


def _account(row: asyncpg.Record) -> Account:
    return Account(
        id=encode(BALANCE, row["id"].int),
        key=row["id"].hex,
        indicator=row["indicator"],
        currency=row["currency"],
        precision=row["precision"],
        floor=row["floor"],
        monitors=_monitors(row),
        figures=Figures(row["version"], row["credit"], row["debit"], row["inflight_credit"], row["inflight_debit"]),
        ceiling=row["ceiling"],
        status=BalanceStatus(row["status"]),
        ledger_key=row["ledger_id"].hex,
        closed_before=row["closed_before"],
        # A transaction that is recorded from now on is effective from now on, so not before a closing time either.
        not_before=max(row["moved_at"], row["closed_before"] or row["moved_at"]),
    )


def _monitors(row: asyncpg.Record) -> tuple[Monitor, ...]:
    if row["monitors"] is None:
        return ()
    balance_id = encode(BALANCE, row["id"].int)
    return tuple(
        Monitor(
            id=encode(MONITOR, int(monitor["id"].replace("-", ""), 16)),
            balance_id=balance_id,
            conditions=conditions.from_lists(monitor["conditions"]),
            trigger=Trigger(monitor["trigger"]),
            description=monitor["description"],
        )
        for monitor in json.loads(row["monitors"])
    )


def _parent(row: asyncpg.Record) -> Parent:
    return Parent(
        id=encode(TRANSACTION, row["id"].int),
        key=row["id"].hex,
        source_id=encode(BALANCE, row["source_id"].int) if row["source_id"] is not None else "",
        destination_id=encode(BALANCE, row["destination_id"].int) if row["destination_id"] is not None else "",
        amount=row["amount"] or 0,
        committed=row["committed"] or 0,
        voided=row["voided"] or 0,
        kind=Kind[row["kind"]],
        refunded=row["refunded"] or 0,
        allow_overdraft=row["allow_overdraft"],
        overdraft_limit=row["overdraft_limit"],
        allow_over_commit=row["allow_over_commit"] is True,
        expires_at=row["expires_at"],
        commits_at=row["commits_at"],
        is_undecided=row["amount"] is None,
        unmoved=_UNMOVED.get(row["status"]),
        expired=row["expired"],
        adjusted=row["adjusted"],
        adjustments=row["adjustments"] or 0,
        inflight=row["undivided"] is not None and was_inflight(row["undivided"]),
        kinds=_NO_KINDS if row["undivided"] is None else frozenset({(row["currency"], row["precision"])}),
    )
