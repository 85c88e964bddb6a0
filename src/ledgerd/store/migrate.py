"""Migrations: ordered SQL files, each applied once, by whichever server comes first.

The files have the format of dbmate, and so has the table `schema_migrations`: an operator may run either.
Their names say when they may run: before (`pre`) or after (`post`) the code that goes with them is out.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from typing import Literal

import asyncpg

from ledgerd.store import queries

# One lock for each schema, because each may hold a ledger. The number is "ledgerd" in ASCII: with it, no other user of
# advisory locks in this database is likely to take the same ones.
_ADVISORY_LOCK = f"hashtextextended(current_schema(), {0x6C656467657264})"
_POLL_S = 0.1

_FILE_NAME = re.compile(r"(?P<version>\d{4})_(?P<phase>pre|post)_(?P<name>[a-z0-9_]+)\.sql")
_SECTION = re.compile(r"^--[ \t]*migrate:(up|down)\b(.*)$", re.MULTILINE)
_NOTHING = re.compile(r"(?:\s|--.*)*")
_TRANSACTIONAL = {"": True, "transaction:true": True, "transaction:false": False}


class MigrationError(Exception):
    """A migration file cannot be used, or there is no schema to use it in; the message says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One migration file, read and checked."""

    version: str
    """The four leading digits of the file name; what `schema_migrations` holds."""
    phase: Literal["pre", "post"]
    """Whether it runs before or after the code that goes with it is rolled out."""
    name: str
    up: str
    down: str
    """Empty when the file has no such section. For dbmate and operators; the server never runs it."""
    transactional: bool
    """False for what PostgreSQL rejects inside a transaction. Such a file holds one statement, which may be
    repeated without harm: when the server dies between statement and record, it runs again."""


def migration_files(directory: Traversable | None = None) -> list[Migration]:
    """The migrations of `directory` (the package's own by default), in the order in which they apply.

    Raises MigrationError for a name or a content that is not as described here, and for a repeated version.
    """
    source = directory if directory is not None else files("ledgerd.store") / "migrations"
    names = sorted(entry.name for entry in source.iterdir() if entry.name.endswith(".sql"))
    migrations = [_parse(name, (source / name).read_text(encoding="utf-8")) for name in names]
    for earlier, later in pairwise(migrations):
        if earlier.version == later.version:
            raise MigrationError(f"version {later.version} is used twice: {earlier.name} and {later.name}")
    return migrations


async def pending(connection: asyncpg.Connection, *, directory: Traversable | None = None) -> list[str]:
    """The versions that `migrate` would apply, in order. Changes nothing and waits for no other server."""
    return [migration.version for migration in await _missing(connection, directory)]


async def overdue(connection: asyncpg.Connection) -> list[str]:
    """The versions among `pending` that this code needs: those that run before the code is rolled out."""
    return [migration.version for migration in await _missing(connection, None) if migration.phase == "pre"]


async def migrate(connection: asyncpg.Connection, *, directory: Traversable | None = None) -> list[str]:
    """Apply the pending versions in order, each in a transaction of its own. Returns the versions that it applied.

    Servers may call it at the same time: they take turns, and each version is applied by one of them.
    The connection must not be in a transaction; give it no timeout, since it may wait for another server.
    When one fails, those before it stay applied, and PostgreSQL's own error is raised.
    """
    missing = await _missing(connection, directory)
    if missing:
        await _ensure_table(connection)
    applied: list[str] = []
    for migration in missing:
        apply = _apply if migration.transactional else _apply_outside_transaction
        if await apply(connection, migration):
            applied.append(migration.version)
    return applied


async def renew_epoch(connection: asyncpg.Connection) -> None:
    """Give the journal a new epoch after a restore, so that every earlier cursor is rejected."""
    await connection.execute(queries.JOURNAL.renew_epoch)


async def _apply(connection: asyncpg.Connection, migration: Migration) -> bool:
    # Recording comes first and is the lock: another server that records the same version waits on the unique
    # index until this transaction ends, and then finds it done. That needs no lock of any special kind.
    async with connection.transaction():
        if not await _record(connection, migration):
            return False
        await connection.execute(migration.up)
        return True


async def _apply_outside_transaction(connection: asyncpg.Connection, migration: Migration) -> bool:
    async with _turn(connection):
        if migration.version in await _applied(connection):
            return False
        await connection.execute(migration.up)
        return await _record(connection, migration)


@asynccontextmanager
async def _turn(connection: asyncpg.Connection) -> AsyncIterator[None]:
    try:
        # Poll for the lock and do not wait for it: a waiting statement keeps its snapshot, and CREATE INDEX
        # CONCURRENTLY in the other server would wait for that snapshot for ever.
        while not await connection.fetchval(f"SELECT pg_try_advisory_lock({_ADVISORY_LOCK})"):
            await asyncio.sleep(_POLL_S)
    except (asyncpg.FeatureNotSupportedError, asyncpg.UndefinedFunctionError):
        # An engine without advisory locks: two servers may both run the file, which must tolerate that anyway.
        yield
        return
    try:
        yield
    finally:
        await connection.execute(f"SELECT pg_advisory_unlock({_ADVISORY_LOCK})")


async def _missing(connection: asyncpg.Connection, directory: Traversable | None) -> list[Migration]:
    # Versions that only the database knows are no fault: a newer server migrated it during a rolling upgrade.
    applied = await _applied(connection)
    every = _own_files() if directory is None else migration_files(directory)
    return [migration for migration in every if migration.version not in applied]


@cache
def _own_files() -> list[Migration]:
    return migration_files()


async def _applied(connection: asyncpg.Connection) -> set[str]:
    if not await _has_table(connection):
        return set()
    return {row["version"] for row in await connection.fetch("SELECT version FROM schema_migrations")}


async def _ensure_table(connection: asyncpg.Connection) -> None:
    # IF NOT EXISTS does not prevent a race in PostgreSQL: the second session can still collide in the catalogue.
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS schema_migrations (version varchar PRIMARY KEY)")
    except (asyncpg.UniqueViolationError, asyncpg.DuplicateTableError, asyncpg.DuplicateObjectError):
        if not await _has_table(connection):
            raise


async def _has_table(connection: asyncpg.Connection) -> bool:
    """Whether the schema of this ledger has it: one further back in the search_path may hold another ledger."""
    schema = await connection.fetchval("SELECT current_schema()")
    if schema is None:
        raise MigrationError("no schema of the connection's search_path exists: create it, or name another one")
    found = "SELECT to_regclass(format('%I.schema_migrations', current_schema())) IS NOT NULL"
    return bool(await connection.fetchval(found))


async def _record(connection: asyncpg.Connection, migration: Migration) -> bool:
    status = await connection.execute(
        "INSERT INTO schema_migrations (version) VALUES ($1) ON CONFLICT DO NOTHING", migration.version
    )
    return bool(status == "INSERT 0 1")


def _parse(file_name: str, text: str) -> Migration:
    match = _FILE_NAME.fullmatch(file_name)
    if match is None:
        raise MigrationError(
            f"{file_name}: a migration is named like 0001_pre_what_it_does.sql, four digits, then pre or post"
        )
    options, up, down = _split(file_name, text)
    if _NOTHING.fullmatch(up):
        raise MigrationError(f"{file_name}: the section `-- migrate:up` is empty")
    if options not in _TRANSACTIONAL:
        raise MigrationError(f"{file_name}: unknown option {options!r} of `-- migrate:up`")
    return Migration(
        version=match["version"],
        phase="pre" if match["phase"] == "pre" else "post",
        name=match["name"],
        up=up,
        down=down,
        transactional=_TRANSACTIONAL[options],
    )


def _split(file_name: str, text: str) -> tuple[str, str, str]:
    """The options of the section up, its SQL, and the SQL of the section down."""
    before, *parts = _SECTION.split(text)
    if parts[::3] not in (["up"], ["up", "down"]) or not _NOTHING.fullmatch(before):
        raise MigrationError(
            f"{file_name}: it must begin with `-- migrate:up`, once, and may end with `-- migrate:down`, once"
        )
    down = parts[5] if parts[3:4] == ["down"] else ""
    return parts[1].strip(), parts[2].strip(), down.strip()
