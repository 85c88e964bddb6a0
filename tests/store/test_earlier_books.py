"""Databases that earlier versions made: they migrate, and their books are proved to the byte."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from ledgerd.operations.verify import verify
from ledgerd.store.migrate import migrate, migration_files
from tests.conftest import in_database

BOOKS = sorted((Path(__file__).parent / "earlier_books").glob("*.sql"))
LAST = "0011"
"""The last migration that the databases of these files had."""


@pytest.fixture
async def earlier(postgres: str, connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """An empty database as the earlier version left it after its migrations."""
    await connection.execute("CREATE DATABASE earlier")
    made = await asyncpg.connect(in_database(postgres, "earlier"))
    await made.execute("CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY)")
    for migration in migration_files():
        if migration.version <= LAST:
            await made.execute(migration.up)
            await made.execute("INSERT INTO schema_migrations VALUES ($1)", migration.version)
    yield made
    await made.close()
    await connection.execute("DROP DATABASE earlier")


@pytest.mark.parametrize("books", BOOKS, ids=lambda path: path.stem)
async def test_books_of_an_earlier_version_are_proved_after_the_migrations(
    books: Path, earlier: asyncpg.Connection
) -> None:
    await earlier.execute("DELETE FROM ledgers; SET session_replication_role = replica; DELETE FROM journal_head")
    await earlier.execute(books.read_text())
    await earlier.execute("RESET session_replication_role")
    count, entries = await earlier.fetchrow("SELECT count(*), sum(entries) FROM journal")
    assert count > 0
    assert await migrate(earlier) == [each.version for each in migration_files() if each.version > LAST]
    report = await verify(earlier)
    assert report.faults == []
    assert (report.commits, report.entries) == (count, entries)


def test_there_are_books_of_every_kind() -> None:
    told = "".join(path.read_text() for path in BOOKS)
    kinds = ("POSTING", "HOLD", "COMMIT", "VOID", "REFUND", "SPLIT", "CANCEL", "RESCHEDULE", "APPROVE", "DENY")
    assert [kind for kind in kinds if f"'{kind}'" not in told] == []
