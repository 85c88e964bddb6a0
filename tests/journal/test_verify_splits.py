"""The proof of splits and of what is done to them: silent on what is right, and it names what was tampered with."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from ledgerd.operations.verify import verify
from tests.conftest import Server, start_server, stop_server
from tests.rpc import wire
from tests.rpc.test_compound import give_back, posted
from tests.rpc.test_splits import split

HEADERS = "headers equal their legs"
ASTRAY = "legs belong to their headers"
DIGEST = "its entries are not what was digested"
REFUNDS = "refunds stay within what was moved"
HOLDS = "holds equal their commits, voids and adjustments"

HELD = "WHERE reference = 'held'"
PAID = "WHERE reference = 'paid'"
LEG_OF_HELD = "WHERE header_id = (SELECT id FROM transactions WHERE reference = 'held')"


async def a_days_work(server: Server) -> None:
    """Splits in every state."""
    parts = {"@A": "10", "@B": "20", "@C": "left"}
    paid = (await wire.record(server, split("paid", "@Payer", parts, 60))).transaction
    held = (await wire.record(server, split("held", "@Payer", parts, 60, inflight=True))).transaction
    await wire.resolve(server, wire.commit(held.id, 12, "part"))
    await wire.resolve(server, wire.void(held.leg_ids[0]))
    await wire.resolve(server, wire.commit(held.leg_ids[1], 3, "leg"))
    await give_back(server, paid.id, 7, "back")
    await give_back(server, paid.leg_ids[2], 2, "leg back")
    batch = await posted(server)
    await wire.resolve(server, wire.commit(batch.batch.id, 20, "batch part"))
    await wire.resolve(server, wire.void(batch.batch.id, "batch rest"))
    await give_back(server, batch.batch.id, 5, "batch back")


@pytest.fixture
async def books(dsn: str, connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """A ledger with all this, and a hand that the triggers do not stop."""
    server = await start_server(dsn)
    await a_days_work(server)
    await stop_server(server)
    await connection.execute("SET session_replication_role = replica")
    yield connection


async def test_splits_in_every_state_have_no_faults(books: asyncpg.Connection) -> None:
    report = await verify(books)
    assert report.faults == []
    assert {HEADERS, ASTRAY} <= set(report.checks)


TAMPERED: list[tuple[str, set[str]]] = [
    (f"UPDATE transactions SET amount = amount + 1 {PAID}", {HEADERS, DIGEST}),
    (f"UPDATE transactions SET currency = 'EUR' {PAID}", {HEADERS, DIGEST}),
    (f"UPDATE transactions SET leg_count = 2 {PAID}", {HEADERS}),
    (f"UPDATE transactions SET request_json = '{{}}' {PAID}", {DIGEST}),
    (f"UPDATE transactions SET destination_id = source_id, source_id = NULL {PAID}", {HEADERS, DIGEST}),
    (f"UPDATE transactions SET refunded = refunded - 1 {PAID}", {HEADERS}),
    (f"UPDATE transactions SET committed = committed + 1 {HELD}", {HEADERS}),
    (f"UPDATE transactions SET voided = voided + 1 {HELD}", {HEADERS}),
    (f"UPDATE transactions SET committed = NULL, voided = NULL, status = 'APPLIED' {HELD}", {HEADERS}),
    (f"UPDATE transactions SET committed = committed + 1 {LEG_OF_HELD} AND committed = 6", {HEADERS, HOLDS}),
    ("UPDATE transactions SET refunded = refunded + 1 WHERE kind = 'POSTING' AND refunded = 1", {HEADERS, REFUNDS}),
    ("UPDATE transactions SET amount = 13 WHERE reference = 'part'", {HEADERS, DIGEST}),
    ("UPDATE transactions SET amount = 8 WHERE reference = 'back'", {HEADERS, DIGEST}),
    ("UPDATE transactions SET amount = NULL WHERE reference = 'batch part'", {HEADERS, DIGEST}),
    (f"DELETE FROM transactions {PAID}", {HEADERS, "entries recorded"}),
    (
        "UPDATE transactions SET parent_id = (SELECT id FROM transactions WHERE reference = 'paid')"
        " WHERE reference = 'part'",
        {ASTRAY, DIGEST},
    ),
    (
        "UPDATE transactions SET header_id = (SELECT id FROM transactions WHERE reference = 'paid'),"
        f" parent_id = (SELECT id FROM transactions WHERE reference = 'paid') {LEG_OF_HELD}",
        {HEADERS, ASTRAY, DIGEST},
    ),
    (f"UPDATE transactions SET batch_id = gen_random_uuid() {LEG_OF_HELD} AND amount = 10", {ASTRAY, DIGEST}),
    ("UPDATE transitions SET committed = committed + 1 WHERE committed = 12", {DIGEST}),
    (
        "DELETE FROM transitions WHERE transaction_id = (SELECT id FROM transactions WHERE reference = 'held')",
        {"entries recorded"},
    ),
]


@pytest.mark.parametrize(("statement", "faults"), TAMPERED)
async def test_whatever_is_tampered_with_is_found(books: asyncpg.Connection, statement: str, faults: set[str]) -> None:
    done = await books.execute(statement)
    assert not done.endswith(" 0"), "the test changed nothing"
    report = await verify(books)
    for fault in faults:
        assert any(fault in reported for reported in report.faults), (fault, report.faults)
