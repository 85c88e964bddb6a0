"""What a rejected match, or a run without a result, leaves open is looked at again."""

import asyncpg
from ledgerapi.v1 import external_source_pb2

from ledgerd.app import Tuning
from ledgerd.workers.reconciliations import Settings
from tests.conftest import Server, start_server, stop_server
from tests.rpc import bank_runs, records, runs, wire
from tests.rpc.arrivals import Arriving, until
from tests.rpc.bank_runs import BY_GROUP, EXACT, Bank


async def two_fits(bank: Bank) -> str:
    """A run with a pair and a group of two records: its id."""
    await bank.post("a", "1.00")
    await bank.post("b", "4.00", group="g")
    await bank.tell(
        records.record("a", "1.00", references=["a"]),
        *(records.record(key, "2.00", group_key="g") for key in ("b1", "b2")),
    )
    run_id = await bank.run(EXACT, BY_GROUP)
    assert await bank.numbers(run_id) == [1, 2]
    assert await bank.exceptions() == []
    return run_id


async def test_rows_of_rejected_matches_become_exceptions(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection)
    told = await wire.watch_events(server, kinds=wire.kinds("RECONCILIATION_EXCEPTIONS_OPENED"))
    run_id = await two_fits(bank)
    await bank.reject(run_id, 1)
    assert [each.amount.decimal for each in await bank.exceptions()] == ["1.00", "1.00"]
    await bank.reject(run_id)
    assert sorted(each.amount.decimal for each in await bank.exceptions("status = OPEN")) == sorted(
        ["1.00", "1.00", "2.00", "2.00", "4.00"]
    )
    assert [event.reconciliation_exception.exception_count for event in await told.events(2)] == [2, 3]
    told.cancel()
    await bank.reject(run_id)
    assert len(await bank.exceptions()) == 5
    again = await bank.run(EXACT, BY_GROUP)
    await bank.confirm(again)
    assert await bank.exceptions("status = OPEN") == []


async def test_young_rows_of_rejected_matches_wait_for_their_windows(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await Bank.open(server, connection, settlement_window={"days": 60})
    await bank.reject(await two_fits(bank))
    assert len(await bank.exceptions()) == 3, "the records are old, the entries of today"
    assert await connection.fetchval("SELECT count(*) FROM settlement_windows") == 2


async def test_what_was_proposed_in_another_way_stays_as_it_is(server: Server, connection: asyncpg.Connection) -> None:
    """The rows of a match that somebody made, where another caller must confirm it, are in the match of a rule."""
    bank = await Bank.open(server, connection, confirmation_policy="CONFIRMATION_POLICY_ANOTHER_CALLER")
    entry = await bank.post("a", "1.00")
    (record,) = await bank.tell(records.record("a", "1.00", references=["a"]))
    run_id = await bank.run()
    await bank.create(run_id, [record], [entry])
    await bank.reject(run_id, 2)
    assert await bank.exceptions() == []
    assert [bank_runs.status(match) for match in await bank.matches(run_id)] == ["PROPOSED", "REJECTED"]


async def test_exceptions_have_the_sign_with_which_the_run_compared(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await Bank.open(server, connection)
    await bank.post("a", "1.00")
    bank.source.sign_convention = external_source_pb2.SIGN_CONVENTION_MONEY_IN_IS_DEBIT
    await bank.run()
    assert [each.amount.decimal for each in await bank.exceptions()] == ["-1.00"]


# On arrival ------------------------------------------------------------------------------------


async def test_a_run_without_a_result_is_begun_again_once(dsn: str, connection: asyncpg.Connection) -> None:
    server = await start_server(dsn, tuning=Tuning(run_work=Settings(command=("false",))))
    bank = await Arriving.open(server, connection)
    for number in range(2):
        await bank.tell(records.record(f"k{number}"))
        found = await bank.done(2 * (number + 1))
        assert [runs.status(run) for run in found] == ["FAILED"] * 2 * (number + 1)
        assert not await connection.fetchval("SELECT is_repeated FROM source_arrivals")
    await stop_server(server)


async def test_a_cancelled_run_is_begun_again(dsn: str, connection: asyncpg.Connection) -> None:
    server = await start_server(dsn, tuning=Tuning(run_work=Settings(at_once=0)))
    bank = await Arriving.open(server, connection)
    await bank.tell(records.record("k"))
    await until(connection, "EXISTS (SELECT FROM reconciliations)")
    await runs.cancel(server, (await bank.begun())[0].id)
    await stop_server(server)
    bank.server = await start_server(dsn)
    found = await bank.done(2)
    assert [runs.status(run) for run in found] == ["CANCELLED", "FINISHED"]
    await stop_server(bank.server)
