"""Reads by id stay what they are on a ledger so new that PostgreSQL knows nothing about its tables."""

import uuid

import asyncpg

from ledgerd.store import balances

INSERT = """
INSERT INTO balances (id, ledger_id, currency, precision, moved_at, created_at, updated_at)
SELECT unnest($1::uuid[]), (SELECT id FROM ledgers LIMIT 1), 'USD', 100, now(), now(), now()
"""


async def whole_reads(connection: asyncpg.Connection) -> int:
    await connection.execute("SELECT pg_stat_force_next_flush()")
    return await connection.fetchval("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'balances'")


async def test_many_balances_are_found_by_index(connection: asyncpg.Connection) -> None:
    ids = [uuid.uuid4() for _ in range(3_000)]
    await connection.execute(INSERT, ids)
    before = await whole_reads(connection)
    keys = [transaction_id.hex for transaction_id in ids[:1_000]]
    assert (await balances.by_keys(connection, keys)).keys() == set(keys)
    assert await whole_reads(connection) == before
