"""Balances with the sums that deferred transactions will take from them and bring to them."""

import uuid
from collections.abc import Collection, Sequence

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.operations import balances
from ledgerd.operations.engine import Engine
from ledgerd.store import balances as balance_rows
from ledgerd.store import deferred

Queued = dict[str, tuple[int, int]]
"""The sums that deferred transactions will take from balances and bring to them, in minor units, by key: an id as 32
hex digits."""


async def get(engine: Engine, caller: Caller, name: uuid.UUID | tuple[str, str]) -> tuple[asyncpg.Record, Queued]:
    """A balance by one of its names, and its deferred sums, as of one moment. Raises Rejected: BALANCE_NOT_FOUND."""
    key = name if isinstance(name, uuid.UUID) else (await balances.get(engine, caller, name))["id"]
    rows, queued = await get_many(engine, caller, [key.hex])
    return rows[0], queued


async def get_many(engine: Engine, caller: Caller, keys: Sequence[str]) -> tuple[list[asyncpg.Record], Queued]:
    """Balances in the order of the keys, and their deferred sums, as of one moment. Raises Rejected:
    BALANCE_NOT_FOUND."""
    async with (
        engine.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        found = await balance_rows.by_keys(connection, keys)
        queued = await deferred.queued(connection, found.keys())
    for key in keys:
        if key not in found:
            raise balances.missing(key)
    return [found[key] for key in keys], queued


async def of(engine: Engine, caller: Caller, keys: Collection[str]) -> Queued:
    """The deferred sums of these balances now."""
    async with engine.pool.acquire() as connection:
        return await deferred.queued(connection, keys)
