"""Row locks of pessimistic decisions."""

from collections.abc import Collection

import asyncpg

from ledgerd.store import queries
from ledgerd.store.sql import as_array

_QUERIES = queries.POSTING


async def lock_balances(connection: asyncpg.Connection, keys: Collection[str]) -> None:
    """Lock these balances in id order, to the end of the transaction. Read them in a later statement: the snapshot of
    this statement is older than the locks.
    """
    await connection.fetchval(_QUERIES.lock, as_array(keys))
