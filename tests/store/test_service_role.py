"""The service's own role: PostgreSQL lets it do its work, and rejects what would change history."""

import asyncpg
import pytest

from tests.conftest import start_server, stop_server
from tests.rpc import wire

HISTORY = ("transactions", "transitions", "events", "journal", "positions", "batches", "batch_rejections")
RULES = ("matching_rule_versions", "matching_rule_set_versions", "matching_rule_set_rules")
UPLOADED = ("external_records", "bank_statements", "upload_faults")
LOSABLE = ("matches", "match_members", "unmatched_rows")
"""Until their run is finished: a trigger looks after it."""
FOUND = {
    "reconciliation_balances": "version = 1",
    "matches": "level = 1",
    "match_members": "place = 1",
    "unmatched_rows": "outcome = ''",
    "row_decisions": "reason = ''",
    "record_claims": "claimed_by = 1",
    "entry_claims": "claimed_by = 1",
}
STATED = ("reconciliation_statements", "reconciliation_statement_items")
FORBIDDEN = [
    *(f"TRUNCATE {table}" for table in FOUND),
    *(f"UPDATE {table} SET {change}" for table, change in FOUND.items()),
    *(f"DELETE FROM {table}" for table in ("reconciliations", *FOUND) if table not in LOSABLE),
    *(f"{change} {table}" for table in RULES for change in ("DELETE FROM", "TRUNCATE")),
    *(f"UPDATE {table} SET version = 1" for table in RULES),
    *(f"DELETE FROM {table}" for table in ("matching_rules", "matching_rule_sets")),
    "UPDATE matching_rules SET created_at = now()",
    *(f"{change} {table}" for table in UPLOADED for change in ("DELETE FROM", "TRUNCATE")),
    *(f"UPDATE {table} SET line = 1" for table in UPLOADED),
    "DELETE FROM uploads",
    *(f"{change} {table}" for table in STATED for change in ("DELETE FROM", "TRUNCATE")),
    "UPDATE reconciliation_statements SET figures = '{}'",
    "UPDATE reconciliation_statement_items SET place = 1",
    *(f"{change} reconciliation_exceptions" for change in ("DELETE FROM", "TRUNCATE")),
    "TRUNCATE reconciliation_adjustments",
    "UPDATE reconciliation_adjustments SET amount = 1",
    "UPDATE upload_parts SET digest = ''",
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
