"""The proof of the books: silent on a healthy ledger, and it names whatever was tampered with."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from ledgerd.operations.verify import Progress, Report, verify
from tests.conftest import Server, start_server, stop_server
from tests.rpc import wire


async def a_days_work(server: Server) -> None:
    """A little of everything."""
    till = await wire.open_balance(server, floor={"precise": "-1000"})
    await wire.monitor(server, "BALANCE", "GREATER", 10, trigger="LEVEL", balance_id=till)
    await wire.record(server, wire.from_world("posting", "@Sales", 100, description="coffee", metadata={"a": "b"}))
    await wire.record(server, wire.from_world("euro", "@Sales", 7, currency="EUR"))
    for number in range(3):
        await wire.record(server, wire.from_world(f"till-{number}", till, 50))
    hold = await wire.hold(server, "hold", 50)
    await wire.resolve(server, wire.commit(hold.id, 20, "commit"))
    other = await wire.hold(server, "voided", 30)
    await wire.resolve(server, wire.void(other.id))
    await wire.batch(server, [*wire.drafts(5), wire.commit(hold.id, 5, "more")], wire.ATOMIC)
    await wire.batch(server, [*wire.drafts(2), wire.post(wire.draft("poor", "@Empty", till, 1))])
    await wire.batch(server, [*wire.drafts(2, prefix="s"), *wire.drafts(2)])


@pytest.fixture
async def books(dsn: str, connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """A ledger after a day's work, every commit placed, and a hand that the triggers do not stop."""
    server = await start_server(dsn)
    watching = await wire.watch(server)
    await a_days_work(server)
    await wire.record(server, wire.from_world("last", "@Sales", 1))
    while await watching.references(1) != ["last"]:
        pass
    watching.cancel()
    await stop_server(server)
    await connection.execute("SET session_replication_role = replica")
    yield connection


async def test_a_healthy_ledger_has_no_faults(books: asyncpg.Connection) -> None:
    told: list[Progress] = []
    report = await verify(books, told.append)
    assert report.faults == []
    assert (report.transactions, report.balances) == (18, 8)
    assert report.commits == await books.fetchval("SELECT count(*) FROM journal")
    position, chain = report.head.split(":")
    head = await books.fetchrow("SELECT position, chain FROM journal_head")
    assert (int(position), chain) == (head["position"], head["chain"].hex())
    assert (told[0].done, told[0].total) == (report.entries, report.entries)
    assert {progress.step for progress in told} - {"entries"} <= set(report.checks)
    assert len(set(report.checks)) == len(report.checks)


async def test_an_empty_ledger_has_no_faults(connection: asyncpg.Connection) -> None:
    report = await verify(connection)
    assert (report.faults, report.transactions, report.commits) == ([], 0, 0)


async def test_commits_that_wait_to_be_placed_are_no_fault(books: asyncpg.Connection) -> None:
    await books.execute(
        "WITH last AS (DELETE FROM positions WHERE position = (SELECT max(position) FROM positions)"
        " RETURNING journal_id)"
        " INSERT INTO journal_unplaced SELECT order_key, id FROM journal WHERE id IN (SELECT journal_id FROM last)"
    )
    await books.execute(
        "UPDATE journal_head SET (position, chain) = (SELECT position, chain FROM positions ORDER BY 1 DESC LIMIT 1)"
    )
    assert (await verify(books)).faults == []


def found(report: Report, fault: str) -> bool:
    return any(fault in reported for reported in report.faults)


BALANCES = "balances equal their transactions"
CURRENCIES = "credits equal debits in every currency"
SIDES = "both sides have one currency and precision"
POOLS = "held pools equal the open holds"
HOLDS = "holds equal their commits, voids and adjustments"
TOTALS = "running totals add up"
BATCHES = "batches equal what was told of them"
DIGEST = "its entries are not what was digested"
COUNT = "entries recorded"
CHAIN = "the chain is broken here"
HEAD = "the head stands at"
NOWHERE = "belong to no commit"
UNPLACED = "neither placed nor waiting"
METADATA = "metadata is what was posted"
SETTINGS = "settings are what was told of them"

POSTING = "WHERE reference = 'posting'"
LAST = "WHERE position = (SELECT max(position) FROM positions)"

TAMPERED: list[tuple[str, set[str]]] = [
    # Balances.
    ("UPDATE balances SET credit = credit + 1 WHERE indicator = '@Sales' AND currency = 'USD'", {BALANCES, CURRENCIES}),
    ("UPDATE balances SET debit = 0, credit = 0", {BALANCES}),
    ("UPDATE balances SET credit = credit + 1, debit = debit + 1 WHERE indicator = '@Sales'", {BALANCES}),
    (
        "UPDATE balances SET inflight_debit = inflight_debit + 1 WHERE indicator = '@Payer'",
        {BALANCES, POOLS, CURRENCIES},
    ),
    ("UPDATE balances SET currency = 'GBP' WHERE indicator = '@Sales' AND currency = 'USD'", {SIDES, CURRENCIES}),
    ("UPDATE balances SET precision = 1000 WHERE indicator = '@Sales' AND currency = 'USD'", {SIDES, CURRENCIES}),
    ("UPDATE balances SET version = version - 1 WHERE indicator = '@Sales' AND currency = 'USD'", {BALANCES}),
    ("DELETE FROM balances WHERE indicator = '@Sales' AND currency = 'EUR'", {SIDES, CURRENCIES, SETTINGS}),
    # Transactions.
    (f"UPDATE transactions SET amount = amount + 1 {POSTING}", {TOTALS, DIGEST}),
    (f"UPDATE transactions SET description = 'tea' {POSTING}", {DIGEST}),
    (f"UPDATE transactions SET description = NULL {POSTING}", {DIGEST}),
    (f"UPDATE transactions SET reference = 'other' {POSTING}", {DIGEST}),
    (f"UPDATE transactions SET metadata_digest = '\\x00' {POSTING}", {DIGEST, METADATA}),
    (f"UPDATE transactions SET metadata = '{{}}' {POSTING}", {METADATA}),
    (f"UPDATE transactions SET metadata = NULL {POSTING}", {METADATA}),
    ("UPDATE transactions SET metadata = '{\"a\": 1}' WHERE reference = 'euro'", {METADATA}),
    (f"UPDATE transactions SET effective_at = recorded_at + interval '1 day' {POSTING}", {DIGEST}),
    (f"UPDATE transactions SET recorded_at = recorded_at - interval '1 day' {POSTING}", {DIGEST}),
    (f"UPDATE transactions SET created_by = 'me' {POSTING}", {DIGEST}),
    (f"UPDATE transactions SET source_credit = source_credit + 1 {POSTING}", {TOTALS, DIGEST}),
    (f"UPDATE transactions SET destination_version = 9 {POSTING}", {DIGEST}),
    (f"UPDATE transactions SET source_id = destination_id, destination_id = source_id {POSTING}", {TOTALS, DIGEST}),
    (f"UPDATE transactions SET currency = 'EUR' {POSTING}", {SIDES, DIGEST}),
    (f"DELETE FROM transactions {POSTING}", {TOTALS, COUNT, NOWHERE}),
    ("UPDATE transactions SET committed = committed - 1 WHERE reference = 'hold'", {HOLDS, POOLS}),
    ("UPDATE transactions SET voided = 1, committed = 24 WHERE reference = 'hold'", {HOLDS}),
    ("UPDATE transactions SET parent_id = id WHERE reference = 'commit'", {HOLDS, DIGEST}),
    (
        "INSERT INTO transactions SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(),"
        " 'reference', 'forged'))).* FROM transactions t WHERE reference = 'posting'",
        {NOWHERE},
    ),
    # What else a commit holds.
    ("UPDATE transitions SET committed = committed + 1", {DIGEST}),
    ("UPDATE transitions SET caused_by = transaction_id", {DIGEST}),
    ("UPDATE transitions SET details = '{}' WHERE kind = 'COMMITTED'", {DIGEST}),
    ("DELETE FROM transitions WHERE kind = 'VOIDED'", {COUNT}),
    ("UPDATE events SET kind = 'MONITOR_CLEARED' WHERE kind = 'MONITOR_FIRED'", {DIGEST}),
    ("UPDATE events SET payload = '{}' WHERE kind = 'BALANCE_CREATED'", {DIGEST}),
    ("DELETE FROM events WHERE kind = 'MONITOR_FIRED'", {COUNT}),
    ("UPDATE batches SET posted = posted - 1, rejected = rejected + 1 WHERE mode = 'ATOMIC'", {BATCHES}),
    ("UPDATE batches SET mode = 'INDEPENDENT'", {BATCHES}),
    ("DELETE FROM batches WHERE mode = 'ATOMIC'", {BATCHES}),
    # The journal and its chain.
    (
        "UPDATE journal SET digest = sha256('') WHERE id = (SELECT journal_id FROM positions WHERE position = 3)",
        {DIGEST, CHAIN},
    ),
    (
        "UPDATE journal SET entries = entries + 1 WHERE id = (SELECT journal_id FROM positions WHERE position = 3)",
        {COUNT, CHAIN},
    ),
    ("DELETE FROM journal WHERE id = (SELECT journal_id FROM positions WHERE position = 3)", {CHAIN, NOWHERE}),
    ("UPDATE positions SET chain = sha256('') WHERE position = 3", {CHAIN}),
    ("DELETE FROM positions WHERE position = 3", {CHAIN, UNPLACED}),
    (f"DELETE FROM positions {LAST}", {UNPLACED, HEAD}),
    (
        "WITH two AS (DELETE FROM positions WHERE position IN (3, 4) RETURNING *)"
        " INSERT INTO positions SELECT 7 - position + 100, journal_id, chain FROM two",
        {CHAIN},
    ),
    ("UPDATE journal_head SET position = position - 1", {HEAD}),
    ("UPDATE journal_head SET chain = sha256('')", {HEAD}),
]


async def test_every_kind_of_tampering_is_named(books: asyncpg.Connection) -> None:
    """One thing is altered at a time, and then undone."""
    silent = {}
    for statement, faults in TAMPERED:
        tampering = books.transaction(isolation="repeatable_read")
        await tampering.start()
        assert await books.execute(statement) not in ("UPDATE 0", "DELETE 0", "INSERT 0 0"), statement
        report = await verify(books)
        missed = {fault for fault in faults if not found(report, fault)}
        if missed:
            silent[statement] = (missed, report.faults)
        await tampering.rollback()
    assert silent == {}


async def test_a_swap_of_two_commits_is_named(books: asyncpg.Connection) -> None:
    await books.execute(
        "CREATE TEMP TABLE two AS SELECT * FROM positions WHERE position IN (3, 4);"
        "DELETE FROM positions WHERE position IN (3, 4);"
        "INSERT INTO positions SELECT 7 - position, journal_id, chain FROM two"
    )
    assert found(await verify(books), CHAIN)


async def test_a_fault_names_where_it_is(books: asyncpg.Connection) -> None:
    balance_id = await books.fetchval(
        "UPDATE balances SET credit = credit + 1 WHERE indicator = '@Sales' AND currency = 'USD' RETURNING id"
    )
    report = await verify(books)
    assert found(report, str(balance_id))
