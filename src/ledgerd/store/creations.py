"""Request ids of creates, kept for ever, with the digests of the requested fields."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import asyncpg

from ledgerd.store import queries

_QUERIES = queries.CREATIONS


class Creation(NamedTuple):
    """What a request id created, in order, and the digest of each requested field."""

    subject_ids: Sequence[uuid.UUID]
    digests: Mapping[str, str]


async def find(connection: asyncpg.Connection, noun: str, request_id: str) -> Creation | None:
    """The creation of a request id, if there is one. Each noun has its own request ids."""
    row = await connection.fetchrow(_QUERIES.find, noun, request_id)
    return None if row is None else Creation(row["subject_ids"] or [row["subject_id"]], json.loads(row["content"]))


async def remember(
    connection: asyncpg.Connection, noun: str, request_id: str, creation: Creation, at: datetime
) -> None:
    """Record what a request id created."""
    content = json.dumps(dict(creation.digests))
    several = list(creation.subject_ids) if len(creation.subject_ids) > 1 else None
    await connection.execute(_QUERIES.remember, noun, request_id, creation.subject_ids[0], content, at, several)
