"""The proof of deferred splits and compound refunds: it names whatever was tampered with."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from ledgerapi.v1 import draft_pb2

from ledgerd.operations.verify import verify
from tests.conftest import Server, Yesterday, start_server, stop_server
from tests.rpc import wire
from tests.rpc.deferred import approve, cancel, outcome_of, reschedule
from tests.rpc.test_scheduled_refunds import refund
from tests.rpc.test_splits import split

HEADERS = "headers equal their legs"
ASTRAY = "legs belong to their headers"
DIGEST = "its entries are not what was digested"
WAITED = "deferred transactions are what was told of them"
LISTED = "work to be done is on the work list, and nothing else"

SIDES = ("@World", {"@A": "60", "@B": "left"}, 100)


def late(reference: str, amount: int = 90, **more: object) -> draft_pb2.Draft:
    """Paid by @A, as far as it has something, and by @World."""
    asked = wire.draft(reference, "", "@B", amount, allow_overdraft=True, overdraft_limit="10000", **more)
    asked.sources.shares.add(balance="@A", available={"at_most": {"precise": "20"}})
    asked.sources.shares.add(balance="@World", remainder=True)
    return asked


def of(reference: str) -> str:
    return f"WHERE reference = '{reference}'"


def legs_of(reference: str) -> str:
    return f"WHERE header_id = (SELECT id FROM transactions WHERE reference = '{reference}')"


async def a_days_work(server: Server) -> None:
    """Such splits and refunds in every state."""
    far = wire.in_seconds(3_600)
    paid = (await wire.record(server, split("queued", *SIDES, queue=True))).transaction
    held = (await wire.record(server, split("held", *SIDES, queue=True, inflight=True))).transaction
    poor = (
        await wire.record(
            server, split("poor", await wire.open_balance(server), {"@A": "left"}, 1, queue=True, allow_overdraft=False)
        )
    ).transaction
    for transaction in (paid, held, poor):
        await outcome_of(server, transaction.id)
    await wire.resolve(server, wire.commit(held.id, 50, "part"))
    await wire.record(server, split("scheduled", *SIDES, scheduled_time=far))
    moved = (await wire.record(server, split("moved", *SIDES, scheduled_time=far))).transaction
    await reschedule(server, moved.id, wire.in_seconds(7_200))
    await cancel(server, (await wire.record(server, split("off", *SIDES, scheduled_time=far))).transaction.id)
    flagged = (await wire.record(server, split("approved", *SIDES, require_review=True))).transaction
    await approve(server, flagged.id)
    await refund(server, paid.id, "expiry", scheduled_time=far)
    given = (await refund(server, paid.id, "given", 7, scheduled_time=wire.due())).transaction
    await outcome_of(server, given.id)
    operations = [wire.post(wire.from_world("u", "@A", 7)), wire.post(wire.from_world("e", "@A", 9, currency="EUR"))]
    batch_id = (await wire.batch(server, operations)).batch.id
    for asked in (late("late", queue=True), late("late hold", queue=True, inflight=True)):
        await outcome_of(server, (await wire.record(server, asked)).transaction.id)
    await wire.resolve(server, wire.commit("@late hold", 50, "of it"))
    await wire.record(server, late("some day", scheduled_time=far))
    await cancel(server, (await wire.record(server, late("never", scheduled_time=far))).transaction.id)
    back = (await refund(server, batch_id, "batch", scheduled_time=wire.due())).transaction
    await outcome_of(server, back.id)


@pytest.fixture
async def books(dsn: str, connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """A ledger with all this, and a hand that the triggers do not stop."""
    server = await start_server(dsn, clock=Yesterday())
    try:
        await a_days_work(server)
    finally:
        await stop_server(server)
    await connection.execute("SET session_replication_role = replica")
    yield connection


TAMPERED: list[tuple[str, set[str]]] = [
    # A leg that parts from its split.
    (f"UPDATE transactions SET status = 'CANCELLED' {legs_of('scheduled')}", {WAITED}),
    (f"UPDATE transactions SET scheduled_at = NULL {legs_of('moved')}", {WAITED}),
    (f"UPDATE transactions SET rejection = NULL {legs_of('poor')}", {WAITED}),
    (f"UPDATE transactions SET amount = amount + 1 {legs_of('scheduled')}", {HEADERS, DIGEST}),
    (f"UPDATE transactions SET kind = 'HOLD' {legs_of('scheduled')}", {HEADERS, DIGEST}),
    (f"UPDATE transactions SET deferred_as = 'QUEUED' {legs_of('scheduled')}", {DIGEST}),
    (f"DELETE FROM transactions {legs_of('off')}", {HEADERS}),
    (f"UPDATE transactions SET status = 'QUEUED', scheduled_at = NULL {of('scheduled')}", {WAITED, LISTED}),
    # What was applied.
    (f"UPDATE transactions SET source_debit = source_debit + 1 {legs_of('queued')}", {DIGEST}),
    (f"UPDATE transactions SET amount = amount + 1 {of('queued')}", {HEADERS, DIGEST}),
    (f"UPDATE transactions SET recorded_at = NULL {of('queued')}", {WAITED, HEADERS}),
    (f"UPDATE transactions SET committed = committed + 1 {of('held')}", {HEADERS}),
    (f"UPDATE transactions SET leg_count = leg_count + 1 {of('held')}", {HEADERS}),
    # Compound refunds.
    (f"UPDATE transactions SET leg_count = 1 {of('given')}", {HEADERS, WAITED}),
    (f"UPDATE transactions SET amount = amount + 1 {of('given')}", {HEADERS, DIGEST}),
    (f"UPDATE transactions SET amount = 16, currency = 'USD', precision = 100 {of('batch')}", {HEADERS, DIGEST}),
    (f"UPDATE transactions SET amount = 5 {of('expiry')}", {WAITED}),
    (f"UPDATE transactions SET parent_id = NULL {of('expiry')}", {DIGEST}),
    ("UPDATE transitions SET details = NULL WHERE details LIKE '%legs%'", {DIGEST, WAITED}),
    # Splits that divide late.
    (f"UPDATE transactions SET leg_count = leg_count + 1 {of('late hold')}", {HEADERS, WAITED}),
    (f"UPDATE transactions SET amount = amount + 1 {of('late')}", {HEADERS, DIGEST}),
    (f"UPDATE transactions SET source_id = id {of('late')}", {HEADERS, DIGEST}),
    (f"UPDATE transactions SET status = 'SCHEDULED' {of('never')}", {WAITED, LISTED}),
    (f"UPDATE transactions SET request_json = replace(request_json, 'ble 20', 'ble 30') {of('some day')}", {DIGEST}),
    (f"UPDATE transactions SET batch_id = id {legs_of('late')}", {ASTRAY, DIGEST}),
    (f"UPDATE transactions SET header_id = (SELECT id FROM transactions {of('late')}) {legs_of('queued')}", {ASTRAY}),
    (
        "UPDATE transactions SET header_id = (SELECT id FROM transactions WHERE reference = 'given') "
        + legs_of("batch"),
        {HEADERS, ASTRAY, DIGEST},
    ),
]


async def test_deferred_splits_have_no_faults(books: asyncpg.Connection) -> None:
    assert (await verify(books)).faults == []


async def test_every_kind_of_tampering_is_named(books: asyncpg.Connection) -> None:
    """One thing is altered at a time, and then undone."""
    silent = {}
    for statement, faults in TAMPERED:
        tampering = books.transaction(isolation="repeatable_read")
        await tampering.start()
        assert await books.execute(statement) not in ("UPDATE 0", "DELETE 0"), statement
        report = await verify(books)
        missed = {fault for fault in faults if not any(fault in reported for reported in report.faults)}
        if missed:
            silent[statement] = (missed, report.faults)
        await tampering.rollback()
    assert silent == {}
