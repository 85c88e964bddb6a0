"""Reconciliation statements that are kept, as rows of their tables."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

import asyncpg

from ledgerd.core.model.reconciliation_statement import DrawnStatement
from ledgerd.store import queries
from ledgerd.store.statement_json import Items, dump_figures, dump_items, dump_moment, load_moment, load_statement

DRAFT, CONFIRMED = "DRAFT", "CONFIRMED"
_QUERIES = queries.KEPT_STATEMENTS
_PIECE_ITEMS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStatement:
    """A statement that is kept, or, without an id, one that is not."""

    drawn: DrawnStatement
    id: uuid.UUID | None = None
    status: str = "UNSPECIFIED"
    created_by: str | None = None
    created_at: datetime | None = None
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    confirm_reason: str | None = None

    @classmethod
    def of(cls, row: asyncpg.Record, items: Items | None = None) -> "KeptStatement":
        """A statement from its row, with these items in its lists."""
        statement = load_statement(row["figures"], row["digest"], items or {})
        return cls(
            drawn=DrawnStatement(statement, replace(load_moment(row["moment"]), epoch=row["epoch"])),
            id=row["id"],
            status=row["status"],
            created_by=row["created_by"],
            created_at=row["created_at"],
            confirmed_by=row["confirmed_by"],
            confirmed_at=row["confirmed_at"],
            confirm_reason=row["confirm_reason"],
        )


async def find(connection: asyncpg.Connection, statement_id: uuid.UUID) -> asyncpg.Record | None:
    """A statement, if it exists."""
    return await connection.fetchrow(f"{_QUERIES.select} WHERE t.id = $1", statement_id)


async def lock(connection: asyncpg.Connection, statement_id: uuid.UUID) -> asyncpg.Record | None:
    """A statement, if it exists, locked until the end of the transaction."""
    if not await connection.fetchval(_QUERIES.lock, statement_id):
        return None
    return await find(connection, statement_id)


async def items(connection: asyncpg.Connection, statement_id: uuid.UUID, at_most: int) -> dict[str, list[str]]:
    """The first items of each list of a statement."""
    found: dict[str, list[str]] = {}
    for row in await connection.fetch(_QUERIES.items, statement_id, at_most):
        found.setdefault(row["list"], []).append(row["item"])
    return found


async def insert(
    connection: asyncpg.Connection,
    statement_id: uuid.UUID,
    source_id: uuid.UUID,
    drawn: DrawnStatement,
    created_by: str | None,
    at: datetime,
) -> None:
    """Keep a statement."""
    statement, scope = drawn.statement, drawn.statement.scope
    await connection.execute(
        _QUERIES.insert, statement_id, source_id, scope.currency, scope.day, scope.basis, dump_figures(statement),
        dump_moment(drawn.moment), statement.digest, created_by, at,
    )  # fmt: skip
    every = dump_items(statement)
    while piece := list(islice(every, _PIECE_ITEMS)):
        lists, places, texts = zip(*piece, strict=True)
        await connection.execute(_QUERIES.add_items, statement_id, lists, places, texts)


async def confirm(
    connection: asyncpg.Connection, statement_id: uuid.UUID, confirmed_by: str | None, at: datetime, reason: str
) -> None:
    """Confirm a statement."""
    await connection.execute(_QUERIES.confirm, statement_id, confirmed_by, at, reason)
