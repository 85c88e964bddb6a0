"""PostgreSQL makes the canonical text a second time, from the rows: the same bytes, whatever is in them."""

import hashlib
import json
import uuid

import asyncpg
import pytest
from google.protobuf import struct_pb2

from ledgerd.operations.verify.entries import parts_of
from ledgerd.operations.verify.journal import Commit
from ledgerd.store import canonical, canonical_sql, event_writer, plan_writer, queries, transactions
from ledgerd.wire.fields import struct_to_json
from tests.store.test_canonical_rows import HOSTILE, decided, posted, variety
from tests.store.test_canonical_rows import _open as open_balances

QUERIES = queries.VERIFY_ENTRIES


async def texts(connection: asyncpg.Connection, journal_hex: str, entries: int) -> list[str]:
    """The lines of a commit's entries as PostgreSQL makes them, in the order of their ordinals."""
    parts = parts_of([Commit(uuid.UUID(journal_hex), 1, entries, b"")])
    rows = await connection.fetch(
        QUERIES.canonical_rows,
        [part.low for part in parts],
        [part.high for part in parts],
        [part.commit.id for part in parts],
    )
    return [line for row in rows if row["text"] is not None for line in row["text"].decode().split("\n")]


async def test_the_text_of_postgresql_is_that_of_the_service(connection: asyncpg.Connection) -> None:
    """Every kind of movement, and texts that pretend to be separators."""
    plan, movements = decided(*variety())
    await open_balances(connection)
    await plan_writer.copy_transactions(connection, plan)
    now = canonical.time_text(plan.now)
    written = [canonical.movement_row(movement, now) + canonical.movement_tail(movement) for movement in movements]
    assert await texts(connection, plan.block.hex(0), plan.entries) == written
    rows = await connection.fetch(f"{transactions.SELECT} ORDER BY t.id")
    assert [canonical.transaction_row(transactions.from_row(row)) for row in rows] == written


async def test_a_commit_of_many_entries_is_read_in_pieces(connection: asyncpg.Connection) -> None:
    plan, movements = decided(*(posted("x", f"r-{number:04}") for number in range(2_500)))
    await open_balances(connection)
    await plan_writer.copy_transactions(connection, plan)
    read = await texts(connection, plan.block.hex(0), plan.entries)
    assert [line.split("\t")[1] for line in read] == [movement.operation.reference for movement in movements]


@pytest.mark.parametrize("text", HOSTILE)
async def test_events_are_escaped_alike(connection: asyncpg.Connection, text: str) -> None:
    plan, _ = decided(posted("x", "r"))
    payload = json.dumps({"text": text}, ensure_ascii=False)
    event = event_writer.EventRow(1, plan.block.hex(1), "KIND", plan.block.hex(7), None, payload)
    await event_writer.write_events(connection, [event], plan)
    assert await texts(connection, plan.block.hex(0), 1) == [event.canonical_row]


@pytest.mark.parametrize(
    "value",
    [
        0,
        -0.0,
        1,
        -1,
        0.1,
        1.5,
        2**53 - 1,
        2**53,
        -(2**53),
        1e21,
        1e22,
        1e-7,
        123456789.125,
        5e-10,
        "1e22",
        "ü\u2028",
        None,
        True,
    ],
)
async def test_metadata_is_known_again_from_what_postgresql_made_of_it(
    connection: asyncpg.Connection, value: object
) -> None:
    struct = struct_pb2.Struct()
    struct.update({"bb": value, "a": [value, {"zz": value, "y": {}}], "ü": "x", "A": ""})
    text = struct_to_json(struct)
    assert text is not None
    stored = await connection.fetchval("SELECT $1::text::jsonb::text", text)
    assert canonical_sql.metadata_digest(stored) == hashlib.sha256(text.encode()).digest()
