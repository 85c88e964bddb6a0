"""Matching rules as rows: one of the rule, one of each version, whose body is the whole rule."""

import uuid
from collections.abc import Collection
from datetime import datetime

import asyncpg

from ledgerd.core.model.matching_rule import MatchingRule
from ledgerd.store import queries
from ledgerd.store.rule_json import dump_rules, load_rules

_QUERIES = queries.MATCHING_RULES
_IS_LATEST = "v.version = r.version AND r.deleted_at IS NULL"

LATEST = f"{_QUERIES.select} WHERE {_IS_LATEST}"
"""The rules that are not deleted, in their latest versions."""


def rule_of(row: asyncpg.Record) -> MatchingRule:
    """The rule of a version's row."""
    (rule,) = load_rules(row["body"])
    return rule


async def latest(connection: asyncpg.Connection, rule_id: uuid.UUID) -> asyncpg.Record | None:
    """The latest version of a rule that is not deleted, if there is one."""
    return await connection.fetchrow(f"{LATEST} AND r.id = $1", rule_id)


async def version(connection: asyncpg.Connection, rule_id: uuid.UUID, number: int) -> asyncpg.Record | None:
    """A version of a rule, deleted or not, if there is one."""
    return await connection.fetchrow(f"{_QUERIES.select} WHERE r.id = $1 AND v.version = $2", rule_id, number)


async def versions(
    connection: asyncpg.Connection, rule_id: uuid.UUID, *, after: int, limit: int
) -> list[asyncpg.Record]:
    """The versions of a rule after this one, in order."""
    statement = f"{_QUERIES.select} WHERE r.id = $1 AND v.version > $2 ORDER BY v.version LIMIT $3"
    rows: list[asyncpg.Record] = await connection.fetch(statement, rule_id, after, limit)
    return rows


async def lock(connection: asyncpg.Connection, rule_id: uuid.UUID) -> asyncpg.Record | None:
    """The latest version of a rule that is not deleted, locked until the end of the transaction, if there is one."""
    await connection.fetchval(_QUERIES.lock, rule_id)
    return await latest(connection, rule_id)


async def keep(connection: asyncpg.Connection, rule_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """The latest versions of those of these rules that are not deleted. They stay so until the end of the
    transaction."""
    rows = await connection.fetch(_QUERIES.keep, list(rule_ids))
    return {row["id"]: row["version"] for row in rows}


async def insert(
    connection: asyncpg.Connection, rule: MatchingRule, description: str | None, *, request_id: str | None, at: datetime
) -> None:
    """Insert a new rule with its first version."""
    await connection.execute(_QUERIES.insert, uuid.UUID(rule.id), request_id, at)
    await _add_version(connection, rule, description, at)


async def advance(connection: asyncpg.Connection, rule: MatchingRule, description: str | None, at: datetime) -> None:
    """Insert a version of a rule, which is the latest from then on."""
    await _add_version(connection, rule, description, at)
    await connection.execute(_QUERIES.advance, uuid.UUID(rule.id), rule.version)


async def delete(connection: asyncpg.Connection, rule_id: uuid.UUID, at: datetime) -> None:
    """Note that a rule is deleted."""
    await connection.execute(_QUERIES.delete, rule_id, at)


async def used_by(connection: asyncpg.Connection, rule_id: uuid.UUID) -> uuid.UUID | None:
    """A set that has the rule in its latest version, if there is one."""
    found: uuid.UUID | None = await connection.fetchval(_QUERIES.used_by, rule_id)
    return found


async def _add_version(
    connection: asyncpg.Connection, rule: MatchingRule, description: str | None, at: datetime
) -> None:
    body = dump_rules([rule])
    await connection.execute(_QUERIES.add_version, uuid.UUID(rule.id), rule.version, rule.name, description, body, at)
