"""schema.sql is what a reader reads, the migrations are what runs: both must make the same."""

from importlib.resources import files
from typing import Any

import asyncpg

from ledgerd.store.migrate import migration_files
from tests.conftest import in_database

CATALOG = {
    "columns": """
        SELECT table_name, column_name, ordinal_position, column_default, is_nullable, data_type, domain_name,
               collation_name, numeric_precision, numeric_scale
        FROM information_schema.columns WHERE table_schema = 'public'""",
    "domains": """
        SELECT typname, format_type(typbasetype, typtypmod), typnotnull FROM pg_type
        WHERE typtype = 'd' AND typnamespace = 'public'::regnamespace""",
    "constraints": """
        SELECT conrelid::regclass::text, contypid::regtype::text, conname, contype, convalidated,
               pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": """
        SELECT tgrelid::regclass::text, tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger
        WHERE NOT tgisinternal""",
    "functions": """
        SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace""",
    "tables": """
        SELECT relname, relkind, relpersistence, reloptions::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace""",
    "rights": """
        SELECT relname, acl.grantee::regrole::text, acl.privilege_type FROM pg_class, aclexplode(relacl) AS acl
        WHERE relnamespace = 'public'::regnamespace""",
    "rights on columns": """
        SELECT attrelid::regclass::text, attname, acl.grantee::regrole::text, acl.privilege_type
        FROM pg_attribute, aclexplode(attacl) AS acl""",
    "sequences": """
        SELECT sequencename, data_type::text, start_value, increment_by, cycle FROM pg_sequences
        WHERE schemaname = 'public'""",
    "first rows": """
        SELECT 'ledgers', l::text FROM ledgers l
        UNION ALL SELECT 'service settings', s::text FROM service_settings s""",
    "head": "SELECT only_row, length(epoch), position, chain FROM journal_head",
}


async def catalog(connection: asyncpg.Connection) -> dict[str, set[tuple[Any, ...]]]:
    """Everything that a schema consists of, but for what only migrations need."""
    rows = {name: await connection.fetch(query) for name, query in CATALOG.items()}
    return {name: {tuple(row) for row in found if "schema_migrations" not in str(row)} for name, found in rows.items()}


async def test_the_migrations_make_what_schema_sql_says(postgres: str, connection: asyncpg.Connection) -> None:
    await connection.execute("CREATE DATABASE as_described")
    described = await asyncpg.connect(in_database(postgres, "as_described"))
    try:
        await described.execute((files("ledgerd.store") / "schema.sql").read_text())
        expected, found = await catalog(described), await catalog(connection)
    finally:
        await described.close()
        await connection.execute("DROP DATABASE as_described")
    for name in CATALOG:
        assert found[name] == expected[name], name
        assert found[name], name


def test_the_migrations_of_the_package_can_be_read() -> None:
    versions = [migration.version for migration in migration_files()]
    assert versions[0] == "0001"
    assert versions == sorted(set(versions))


async def test_no_two_databases_share_an_epoch(postgres: str, dsn: str, connection: asyncpg.Connection) -> None:
    await connection.execute("CREATE DATABASE another")
    other = await asyncpg.connect(in_database(postgres, "another"))
    await other.execute((files("ledgerd.store") / "schema.sql").read_text())
    epochs = [await each.fetchval("SELECT epoch FROM journal_head") for each in (connection, other)]
    await other.close()
    await connection.execute("DROP DATABASE another")
    assert epochs[0] != epochs[1]
