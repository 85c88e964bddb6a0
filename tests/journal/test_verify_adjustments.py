"""The proof of adjusted holds: silent on what is right, and it names what was tampered with."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from ledgerd.operations.verify import verify
from tests.conftest import Server, start_server, stop_server
from tests.rpc import wire
from tests.rpc.test_adjustments import adjust, send
from tests.rpc.test_refunds import give_back, refund

DIGEST = "its entries are not what was digested"
HOLDS = "holds equal their commits, voids and adjustments"
TOLD = "holds are adjusted as was told"
TOTALS = "running totals add up"
POOLS = "held pools equal the open holds"
LISTED = "work to be done is on the work list, and nothing else"

OPEN = "WHERE reference = 'open'"


async def a_days_work(server: Server) -> None:
    """Holds that were raised, lowered and given other times, and what became of them."""
    await wire.hold(server, "plain", 100)
    hold = await wire.hold(server, "open", 100, inflight_expiry_time=wire.in_seconds(600))
    await send(server, adjust(hold.id, "more", increase=50))
    await wire.resolve(server, wire.commit(hold.id, 120, "part"))
    await send(server, adjust(hold.id, "less", total=130, inflight_expiry_time=wire.in_seconds(900)))
    await send(server, adjust(hold.id, "time", inflight_commit_time=wire.in_seconds(700)))
    await give_back(server, refund(hold.id, 20, "back"))
    ended = await wire.hold(server, "ended", 100)
    await wire.batch(
        server,
        [adjust(ended.id, "e1", increase=50), wire.commit(ended.id, 120, "e2"), adjust(ended.id, "e3", total=125)],
    )
    await wire.resolve(server, wire.void(ended.id, "e4"))


@pytest.fixture
async def books(dsn: str, connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """A ledger with all this, and a hand that the triggers do not stop."""
    server = await start_server(dsn)
    await a_days_work(server)
    await stop_server(server)
    await connection.execute("SET session_replication_role = replica")
    yield connection


async def test_adjusted_holds_have_no_faults(books: asyncpg.Connection) -> None:
    report = await verify(books)
    assert report.faults == []
    assert {HOLDS, TOLD} <= set(report.checks)


TAMPERED: list[tuple[str, set[str]]] = [
    (f"UPDATE transactions SET adjusted = adjusted + 1 {OPEN}", {HOLDS, TOLD, POOLS}),
    (f"UPDATE transactions SET adjusted = 120, status = 'APPLIED' {OPEN}", {HOLDS, TOLD, POOLS}),
    (f"UPDATE transactions SET adjustments = 2 {OPEN}", {HOLDS, TOLD}),
    (f"UPDATE transactions SET adjusted_expires_at = now() + interval '1 year' {OPEN}", {TOLD, LISTED}),
    (f"UPDATE transactions SET adjusted_commits_at = NULL {OPEN}", {TOLD}),
    (f"UPDATE transactions SET amount = 130 {OPEN}", {HOLDS, DIGEST}),
    ("UPDATE transactions SET adjusted = 100, adjustments = 1 WHERE reference = 'plain'", {HOLDS, TOLD}),
    ("UPDATE transactions SET amount = 51, released = -51 WHERE reference = 'more'", {HOLDS, TOTALS, DIGEST}),
    ("UPDATE transactions SET released = -20 WHERE reference = 'less'", {HOLDS, TOTALS, DIGEST}),
    ("UPDATE transactions SET request_json = NULL WHERE reference = 'more'", {DIGEST}),
    ("UPDATE transactions SET expires_at = NULL WHERE reference = 'less'", {DIGEST}),
    ("DELETE FROM transactions WHERE reference = 'more'", {HOLDS, TOTALS, "entries recorded"}),
    ("UPDATE transitions SET details = NULL WHERE kind = 'REFUNDED'", {TOLD, DIGEST}),
    ("UPDATE transitions SET kind = 'COMMITTED' WHERE kind = 'ADJUSTED'", {DIGEST}),
    ("DELETE FROM due WHERE what = 'COMMIT'", {LISTED}),
    ("UPDATE due SET due_at = due_at - interval '5 minutes' WHERE what = 'EXPIRE'", {LISTED}),
]


@pytest.mark.parametrize(("statement", "faults"), TAMPERED)
async def test_whatever_is_tampered_with_is_found(books: asyncpg.Connection, statement: str, faults: set[str]) -> None:
    done = await books.execute(statement)
    assert not done.endswith(" 0"), "the test changed nothing"
    report = await verify(books)
    for fault in faults:
        assert any(fault in reported for reported in report.faults), (fault, report.faults)
