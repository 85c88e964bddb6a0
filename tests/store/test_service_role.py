"""The service's own role: PostgreSQL lets it do its work, and rejects what would change history."""

import asyncpg
import pytest

from tests.conftest import start_server, stop_server
from tests.rpc import wire

HISTORY = ("transactions", "transitions", "events", "journal", "positions", "batches", "batch_rejections")
FORBIDDEN = [
    *(f"DELETE FROM {table}" for table in (*HISTORY, "balances", "ledgers", "creations", "journal_head")),
    *(f"TRUNCATE {table}" for table in (*HISTORY, "balances")),
    *(f"UPDATE {table} SET recorded_at = now()" for table in HISTORY[1:-1] if table != "positions"),
    "UPDATE batch_rejections SET reference = ''",
    "UPDATE positions SET chain = ''",
    "UPDATE transactions SET currency = 'EUR'",
    "UPDATE creations SET content = '{}'",
    "INSERT INTO journal_head (epoch, position, chain) VALUES ('', 0, '')",
    "ALTER TABLE transactions DISABLE TRIGGER ALL",
    "SET session_replication_role = replica",
    "DROP TABLE events",
    "CREATE TABLE mine ()",
    "UPDATE schema_migrations SET version = '9'",
]


async def test_the_service_role_cannot_even_try_to_change_history(books: asyncpg.Connection) -> None:
    await books.execute("SET ROLE ledgerd_service")
    for statement in FORBIDDEN:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await books.execute(statement)


async def test_the_server_works_under_the_service_role(dsn: str, connection: asyncpg.Connection) -> None:
    server = await start_server(dsn)
    await wire.record(server, wire.from_world("r", "@Sales", 1))
    roles = await server.app.pools.calls.fetch("SELECT current_user AS role")
    assert {row["role"] for row in roles} == {"ledgerd_service"}
    await stop_server(server)
