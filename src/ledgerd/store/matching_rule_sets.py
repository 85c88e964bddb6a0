"""Sets of matching rules as rows: one of the set, one of each version, and those of its rules."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from ledgerd.store import queries

_QUERIES = queries.MATCHING_RULE_SETS

LATEST = f"{_QUERIES.select} WHERE v.version = s.version AND s.deleted_at IS NULL"
"""The sets that are not deleted, in their latest versions."""

RuleInSet = tuple[uuid.UUID, int | None]
"""A rule, and which version of it; None is the latest one at the start of a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVersion:
    """What a version of a set says."""

    name: str
    description: str | None
    rules: tuple[RuleInSet, ...]


def set_of(row: asyncpg.Record) -> SetVersion:
    """The set of a version's row."""
    rules = tuple(zip(row["rule_ids"], row["rule_versions"], strict=True))
    return SetVersion(name=row["name"], description=row["description"], rules=rules)


async def latest(connection: asyncpg.Connection, set_id: uuid.UUID) -> asyncpg.Record | None:
    """The latest version of a set that is not deleted, if there is one."""
    return await connection.fetchrow(f"{LATEST} AND s.id = $1", set_id)


async def version(connection: asyncpg.Connection, set_id: uuid.UUID, number: int) -> asyncpg.Record | None:
    """A version of a set, deleted or not, if there is one."""
    return await connection.fetchrow(f"{_QUERIES.select} WHERE s.id = $1 AND v.version = $2", set_id, number)


async def lock(connection: asyncpg.Connection, set_id: uuid.UUID) -> asyncpg.Record | None:
    """The latest version of a set that is not deleted, locked until the end of the transaction, if there is one."""
    await connection.fetchval(_QUERIES.lock, set_id)
    return await latest(connection, set_id)


async def keep(connection: asyncpg.Connection, set_id: uuid.UUID) -> bool:
    """Whether there is such a set. It is not deleted before the end of the transaction."""
    return bool(await connection.fetchval(_QUERIES.keep, set_id))


async def used_by(connection: asyncpg.Connection, set_id: uuid.UUID) -> uuid.UUID | None:
    """A source that matches by a set what arrives, if there is one. The set must be locked."""
    found: uuid.UUID | None = await connection.fetchval(_QUERIES.used_by, set_id.hex)
    return found


async def insert(
    connection: asyncpg.Connection, set_id: uuid.UUID, new: SetVersion, *, request_id: str | None, at: datetime
) -> None:
    """Insert a new set with its first version."""
    await connection.execute(_QUERIES.insert, set_id, request_id, at)
    await _add_version(connection, set_id, 1, new, at)


async def advance(
    connection: asyncpg.Connection, set_id: uuid.UUID, number: int, new: SetVersion, at: datetime
) -> None:
    """Insert a version of a set, which is the latest from then on."""
    await _add_version(connection, set_id, number, new, at)
    await connection.execute(_QUERIES.advance, set_id, number)


async def delete(connection: asyncpg.Connection, set_id: uuid.UUID, at: datetime) -> None:
    """Note that a set is deleted."""
    await connection.execute(_QUERIES.delete, set_id, at)


async def _add_version(
    connection: asyncpg.Connection, set_id: uuid.UUID, number: int, new: SetVersion, at: datetime
) -> None:
    await connection.execute(_QUERIES.add_version, set_id, number, new.name, new.description, at)
    await connection.execute(_QUERIES.add_rules, set_id, number, *_columns(new.rules))


def _columns(rules: Sequence[RuleInSet]) -> tuple[list[uuid.UUID], list[int | None]]:
    return [rule_id for rule_id, _ in rules], [number for _, number in rules]
