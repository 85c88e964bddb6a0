"""A database whose history goes another way, as when a standby that lacks the last commits becomes the primary."""

import asyncpg

_TABLES = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
AND relname <> 'schema_migrations'
"""


class Copy:
    """Everything that a ledger held at one moment."""

    def __init__(self, connection: asyncpg.Connection, tables: list[str]) -> None:
        self._connection = connection
        self._tables = tables

    @staticmethod
    async def take(connection: asyncpg.Connection) -> "Copy":
        """A superuser's copy of the ledger as it is."""
        tables = [row["relname"] for row in await connection.fetch(_TABLES)]
        async with connection.transaction(isolation="repeatable_read"):
            await connection.execute("CREATE SCHEMA kept")
            for table in tables:
                await connection.execute(f"CREATE TABLE kept.{table} AS TABLE {table}")
        return Copy(connection, tables)

    async def restore(self, *, breaking: bool = False) -> None:
        """The ledger as it was then, at once; ``breaking`` breaks every other connection to the database as well."""
        connection = self._connection
        while not await self._replace():
            pass
        if not breaking:
            return
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    async def _replace(self) -> bool:
        connection = self._connection
        try:
            async with connection.transaction():
                await connection.execute("SET LOCAL session_replication_role = replica")
                await connection.execute(f"TRUNCATE {', '.join(self._tables)}")
                for table in self._tables:
                    await connection.execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE kept.{table}")
        except asyncpg.DeadlockDetectedError:
            return False  # With whoever reads several of the tables.
        return True
