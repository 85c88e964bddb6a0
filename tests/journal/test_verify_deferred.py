"""The proof of what was deferred: it names whatever was tampered with."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from ledgerapi.v1 import operation_pb2

from ledgerd.operations.verify import verify
from tests.conftest import Server, Yesterday, start_server, stop_server
from tests.rpc import wire
from tests.rpc.deferred import accept, approve, cancel, deny, outcome_of, reschedule

pb = wire.pb


async def a_days_work(server: Server) -> None:
    """A deferred transaction of every sort, and every end that it can come to."""
    far = wire.in_seconds(3_600)
    await outcome_of(server, (await accept(server, "queued", 10, queue=True)).id)
    await outcome_of(server, (await accept(server, "held", 10, queue=True, inflight=True)).id)
    poor = await wire.record(server, wire.draft("poor", await wire.open_balance(server), "@Sales", 1, queue=True))
    await outcome_of(server, poor.transaction.id)
    await accept(server, "scheduled", 10, scheduled_time=far)
    await wire.hold(server, "hold", 10, inflight_expiry_time=far, inflight_commit_time=wire.in_seconds(1_800))
    await cancel(server, (await accept(server, "cancelled", 10, scheduled_time=far)).id)
    moved = await accept(server, "moved", 10, scheduled_time=far)
    await reschedule(server, moved.id, wire.in_seconds(7_200))
    await approve(server, (await accept(server, "approved", 10, require_review=True)).id)
    await deny(server, (await accept(server, "denied", 10, require_review=True)).id)
    await accept(server, "flagged", 10, require_review=True, review_reason="odd")
    points = await accept(server, "points", 10)
    refund = operation_pb2.RefundTransaction(
        target=wire.target(points.id), reference="expiry", scheduled_time=wire.due()
    )
    given = await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=refund))
    await outcome_of(server, given.transaction.id)


@pytest.fixture
async def books(dsn: str, connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    server = await start_server(dsn, clock=Yesterday())
    await a_days_work(server)
    await stop_server(server)
    await connection.execute("SET session_replication_role = replica")
    yield connection


DIGEST = "its entries are not what was digested"
WAITED = "deferred transactions are what was told of them"
LISTED = "work to be done is on the work list, and nothing else"
TOTALS = "running totals add up"

TAMPERED: list[tuple[str, set[str]]] = [
    # What was told of it.
    ("UPDATE transactions SET status = 'CANCELLED' WHERE reference = 'scheduled'", {WAITED, LISTED}),
    ("UPDATE transactions SET status = 'QUEUED', scheduled_at = NULL WHERE reference = 'moved'", {WAITED, LISTED}),
    (
        "UPDATE transactions SET scheduled_at = scheduled_at + interval '1 day' WHERE reference = 'moved'",
        {WAITED, LISTED},
    ),
    ("UPDATE transactions SET status = 'SCHEDULED' WHERE reference = 'cancelled'", {WAITED, LISTED}),
    (
        'UPDATE transactions SET rejection = \'{"reason": "INTERNAL", "details": {}}\' WHERE reference = \'poor\'',
        {WAITED},
    ),
    ("UPDATE transactions SET rejection = NULL WHERE reference = 'denied'", {WAITED}),
    ("UPDATE transactions SET recorded_at = recorded_at + interval '1 day' WHERE reference = 'queued'", {WAITED}),
    ("UPDATE transactions SET deferred_as = 'QUEUED' WHERE reference = 'scheduled'", {DIGEST, WAITED}),
    ("UPDATE transactions SET deferred_as = NULL WHERE reference = 'queued'", {DIGEST, WAITED}),
    ("UPDATE transactions SET request_json = '{}' WHERE reference = 'flagged'", {DIGEST}),
    ("UPDATE transactions SET scheduled_at = now() WHERE reference = 'points'", {WAITED}),
    # What was applied.
    ("UPDATE transactions SET source_debit = source_debit + 1 WHERE reference = 'queued'", {DIGEST}),
    ("UPDATE transactions SET destination_version = 9 WHERE reference = 'held'", {DIGEST}),
    ("UPDATE transactions SET amount = amount + 1 WHERE reference = 'queued'", {DIGEST, TOTALS}),
    ("UPDATE transactions SET amount = amount + 1 WHERE reference = 'expiry'", {DIGEST, TOTALS}),
    # The transitions.
    ("UPDATE transitions SET details = '{}' WHERE kind = 'RESCHEDULED'", {DIGEST, WAITED}),
    ("UPDATE transitions SET details = replace(details, 'ada', 'eve') WHERE kind = 'APPROVED'", {DIGEST}),
    ("UPDATE transitions SET caused_by = transaction_id WHERE kind = 'CANCELLED'", {DIGEST}),
    ("UPDATE transitions SET recorded_at = recorded_at - interval '1 day' WHERE kind = 'APPLIED'", {DIGEST, WAITED}),
    ("DELETE FROM transitions WHERE kind = 'DENIED'", {WAITED}),
    # Amendments and the work list.
    ("UPDATE transactions SET request_json = NULL WHERE kind = 'APPROVE'", {DIGEST}),
    ("UPDATE transactions SET parent_id = id WHERE kind = 'CANCEL'", {DIGEST}),
    ("DELETE FROM due WHERE what = 'APPLY'", {LISTED}),
    ("UPDATE due SET due_at = NULL WHERE what = 'APPLY'", {LISTED}),
    ("UPDATE due SET due_at = due_at - interval '1 minute' WHERE what = 'APPLY'", {LISTED}),
    ("DELETE FROM due WHERE what = 'EXPIRE'", {LISTED}),
    ("DELETE FROM due WHERE what = 'COMMIT'", {LISTED}),
    ("UPDATE due SET due_at = due_at - interval '1 minute' WHERE what = 'EXPIRE'", {LISTED}),
    (
        "INSERT INTO due (transaction_id, what, due_at) SELECT id, 'EXPIRE', now() FROM transactions"
        " WHERE reference = 'held'",
        {LISTED},
    ),
    (
        "INSERT INTO due (transaction_id, what) SELECT id, 'APPLY' FROM transactions WHERE reference = 'flagged'",
        {LISTED},
    ),
]


async def test_what_is_deferred_has_no_faults(books: asyncpg.Connection) -> None:
    # What could not be done at its time is tried again a little later.
    await books.execute("UPDATE due SET due_at = due_at + interval '30 s' WHERE due_at IS NOT NULL")
    report = await verify(books)
    assert report.faults == []
    kinds = {row["kind"] for row in await books.fetch("SELECT DISTINCT kind FROM transitions")}
    assert kinds >= {"APPLIED", "INFLIGHT", "REJECTED", "CANCELLED", "RESCHEDULED", "APPROVED", "DENIED"}


async def test_every_kind_of_tampering_is_named(books: asyncpg.Connection) -> None:
    """One thing is altered at a time, and then undone."""
    silent = {}
    for statement, faults in TAMPERED:
        tampering = books.transaction(isolation="repeatable_read")
        await tampering.start()
        assert await books.execute(statement) not in ("UPDATE 0", "DELETE 0", "INSERT 0 0"), statement
        report = await verify(books)
        missed = {fault for fault in faults if not any(fault in reported for reported in report.faults)}
        if missed:
            silent[statement] = (missed, report.faults)
        await tampering.rollback()
    assert silent == {}
