"""Every record has a day: it is in a window, and opens an exception, also where the source told no booking date."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from ledgerapi.v1 import reconciliation_pb2

from ledgerd.core.model import ids
from ledgerd.store import reconciliations
from ledgerd.store.reconciliations import RunLease
from tests.conftest import Server
from tests.rpc import records, runs
from tests.rpc.bank_runs import Bank

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
DATES = (
    {"booking_date": "2026-03-31"},
    {"value_date": "2026-03-31"},
    {"booking_time": datetime(2026, 3, 31, 12, tzinfo=UTC)},
)


UNDATED = {
    "format": "FILE_FORMAT_CSV",
    "columns": [{"field": name, "column": name} for name in ("key", "amount", "reference")],
}


async def undated(server: Server, connection: asyncpg.Connection, **more: Any) -> Bank:
    """A bank whose file told one record without any date."""
    bank = await Bank.open(server, connection, format_profile=UNDATED, **more)
    done = await records.upload(server, bank.source.id, b"key,amount,reference\nk1,1.00,lost\n")
    assert done.new_record_count == 1
    return bank


def told(key: str, **dates: Any) -> Any:
    return records.record(key, "1.00", **{"booking_date": "", **dates}, references=[key])


@pytest.mark.parametrize("dates", DATES, ids=str)
async def test_any_date_puts_a_record_in_a_window(
    server: Server, connection: asyncpg.Connection, dates: dict[str, Any]
) -> None:
    bank = await Bank.open(server, connection)
    await bank.tell(told("dated", **dates))
    for begin, end, outcome in ((MARCH, APRIL, "UNMATCHED"), (APRIL, date(2026, 5, 1), "OUTSIDE_WINDOW")):
        found = await runs.get(server, await bank.run(begin=begin, end=end, dry_run=True))
        assert runs.totals(found) == {("USD", outcome): (1, "1.00", 0, "0.00")}
    await bank.run()
    assert [each.row_date for each in await bank.exceptions()] == ["2026-03-31"]


async def test_a_record_without_any_date_is_of_the_day_of_its_arrival(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await undated(server, connection)
    today = datetime.now(UTC).date()
    window = {"begin": today - timedelta(days=1), "end": today + timedelta(days=2)}
    found = await runs.get(server, await bank.run(**window))
    assert runs.totals(found) == {("USD", "UNMATCHED"): (1, "1.00", 0, "0.00")}
    assert len(await bank.exceptions()) == 1


async def test_an_undated_record_waits_for_the_end_of_its_window(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await undated(server, connection, settlement_window={"days": 3})
    await bank.run()
    assert await bank.exceptions() == []
    assert await connection.fetchval("SELECT count(*) FROM settlement_windows") == 1


async def test_a_run_that_noted_no_method_is_replayed_as_it_was(server: Server, connection: asyncpg.Connection) -> None:
    """It was begun by an earlier version, for which a record had a booking date or was in no window."""
    bank = await Bank.open(server, connection)
    await bank.tell(told("dated", value_date="2026-03-31"))
    run_id = await bank.run(begin=MARCH, end=APRIL, finish=False)
    number = uuid.UUID(int=ids.decode(ids.RECONCILIATION, run_id))
    source_id, balance_id = ids.decode(ids.EXTERNAL_SOURCE, bank.source.id), ids.decode(ids.BALANCE, bank.balance_id)
    as_of = await reconciliations.moment(connection, uuid.UUID(int=source_id), [uuid.UUID(int=balance_id)])
    lease = RunLease(number, number)
    async with connection.transaction():
        await reconciliations.note(connection, lease, as_of, "{}")
        await connection.execute("UPDATE reconciliations SET method = NULL WHERE id = $1", number)
    await reconciliations.release(connection, lease)
    first = await runs.ended(server, run_id)
    assert runs.totals(first) == {("USD", "OUTSIDE_WINDOW"): (1, "1.00", 0, "0.00")}
    again = await runs.replay(server, run_id)
    assert again.replay_outcome == reconciliation_pb2.REPLAY_OUTCOME_EQUAL, again.replay_differences
    assert runs.totals(again) == runs.totals(first)
