"""Transactions as stored, read back as core records."""

import json
import uuid
from collections.abc import Iterable
from datetime import datetime

import asyncpg

from ledgerd.core.model.adjusted import Adjusted
from ledgerd.core.model.figures import Figures, Kind, Status
from ledgerd.core.model.ids import BALANCE, BATCH, TRANSACTION, decode_hex, encode
from ledgerd.core.model.rejection import rejection_of
from ledgerd.core.model.request_json import acted_for
from ledgerd.core.model.transaction import NO_WORDS, Review, Transaction, Words
from ledgerd.store import queries
from ledgerd.store.sql import as_array

SELECT: str = queries.TRANSACTIONS.select

SELECT_BETWEEN = SELECT.replace(
    "FROM transactions t",
    "FROM unnest($1::uuid[], $2::uuid[]) AS part(low, high) CROSS JOIN LATERAL ("
    "SELECT * FROM transactions WHERE id >= part.low AND id <= part.high ORDER BY id LIMIT {limit}) AS t",
)
"""Ranges of ids, both ends included, at most ``limit`` rows each. Lateral and limited, so that each
range is an index look-up: PostgreSQL plans a plain join as a scan of the whole history."""


_BY_REFERENCES = f"{SELECT} WHERE t.reference = ANY(string_to_array($1, E'\\n'))"
"""The references travel as one text, which is cheaper to send than a list. No reference has a line break."""
_AND_CLOCK = (
    f"SELECT clock_timestamp() AS now, found.* FROM (SELECT) AS single LEFT JOIN ({_BY_REFERENCES}) AS found ON true"
)


async def by_reference(connection: asyncpg.Connection, reference: str) -> Transaction | None:
    """The transaction that a reference recorded, if there is one."""
    rows = await connection.fetch(_BY_REFERENCES, reference)
    return next((from_row(row) for row in rows if row["reference"] == reference), None)


async def by_references_and_clock(
    connection: asyncpg.Connection, references: list[str]
) -> tuple[datetime, list[Transaction]]:
    """The transactions that these references recorded, and the time of the database's clock."""
    rows = await connection.fetch(_AND_CLOCK, "\n".join(references))
    requested = frozenset(references)
    return rows[0]["now"], [from_row(row) for row in rows if row["reference"] in requested]


async def by_id(connection: asyncpg.Connection, number: int) -> Transaction | None:
    """One transaction by its id's number."""
    row = await connection.fetchrow(f"{SELECT} WHERE t.id = $1", uuid.UUID(int=number))
    return None if row is None else from_row(row)


async def amended_count(connection: asyncpg.Connection, amendment: uuid.UUID) -> int:
    """The number of transactions that an amendment changed. Of a split the header counts, not its legs."""
    return int(await connection.fetchval(queries.TRANSACTIONS.amended, amendment))


def from_row(row: asyncpg.Record) -> Transaction:
    """A core record from a row of SELECT."""
    return Transaction(
        id=encode(TRANSACTION, row["id"].int),
        reference=row["reference"],
        kind=Kind[row["kind"]],
        status=Status(row["status"]),
        currency=row["currency"],
        precision=row["precision"],
        amount=row["amount"],
        source_id=row["source_id"] and encode(BALANCE, row["source_id"].int),
        source_indicator=row["source_indicator"],
        source=_figures(row, "source"),
        destination_id=row["destination_id"] and encode(BALANCE, row["destination_id"].int),
        destination_indicator=row["destination_indicator"],
        destination=_figures(row, "destination"),
        allow_overdraft=row["allow_overdraft"],
        overdraft_limit=row["overdraft_limit"],
        takes_remainder=row["takes_remainder"],
        parent_id=row["parent_id"] and encode(TRANSACTION, row["parent_id"].int),
        batch_id=row["batch_id"] and encode(BATCH, row["batch_id"].int),
        description=row["description"],
        group=row["group_name"],
        tag=row["tag"],
        metadata=row["metadata"],
        metadata_digest=row["metadata_digest"],
        created_by=row["created_by"],
        created_at=row["created_at"] or row["recorded_at"],
        recorded_at=row["recorded_at"],
        effective_at=row["effective_at"],
        committed=row["committed"],
        voided=row["voided"],
        expires_at=row["expires_at"],
        commits_at=row["commits_at"],
        allow_over_commit=row["allow_over_commit"] is True,
        released=row["released"],
        refunded=row["refunded"] or 0,
        header_id=row["header_id"] and encode(TRANSACTION, row["header_id"].int),
        leg_ids=tuple(encode(TRANSACTION, number.int) for number in row["leg_ids"] or ()),
        deferred_as=row["deferred_as"] and Status(row["deferred_as"]),
        request_json=row["request_json"],
        scheduled_at=row["scheduled_at"],
        rejection=row["rejection"] and rejection_of(row["rejection"]),
        review=_review(row) if row["deferred_as"] == Status.IN_REVIEW else None,
        adjusted=_adjusted(row),
        inherited=_words(row["inherited_description"], row["inherited_metadata"]),
    )


def _adjusted(row: asyncpg.Record) -> Adjusted | None:
    if row["adjustments"] is None:
        return None
    return Adjusted(row["adjusted"], row["adjusted_expires_at"], row["adjusted_commits_at"], row["adjustments"])


def _words(description: str | None, metadata: str | None) -> Words:
    return NO_WORDS if description is None and metadata is None else Words(description, metadata)


async def words(connection: asyncpg.Connection, ids: Iterable[str]) -> dict[str, Words]:
    """What these transactions say, by their TypeIDs."""
    keys = [key for key in (decode_hex(TRANSACTION, text) for text in ids) if key is not None]
    rows = await connection.fetch(queries.TRANSACTIONS.words, as_array(keys))
    return {encode(TRANSACTION, row["id"].int): Words(row["description"], row["metadata"]) for row in rows}


def _review(row: asyncpg.Record) -> Review:
    reason = None if row["request_json"] is None else json.loads(row["request_json"]).get("review_reason")
    if row["verdict"] is None:
        return Review(reason)
    decided_by, said, decided_at, decision = json.loads(row["verdict"])
    decision_id = encode(TRANSACTION, uuid.UUID(decision).int)
    return Review(reason, decided_by, acted_for(said), datetime.fromisoformat(decided_at), decision_id)


def _figures(row: asyncpg.Record, side: str) -> Figures | None:
    if row[f"{side}_version"] is None:
        return None
    return Figures(
        row[f"{side}_version"],
        row[f"{side}_credit"],
        row[f"{side}_debit"],
        row[f"{side}_inflight_credit"],
        row[f"{side}_inflight_debit"],
    )
