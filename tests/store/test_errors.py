"""What PostgreSQL's errors are taken for, as PostgreSQL raises them."""

import asyncpg
import pytest

from ledgerd.store import errors

KINDS = {"away": errors.is_away, "transient": errors.is_transient, "overdue": errors.is_overdue}


async def provoke(connection: asyncpg.Connection, state: str) -> asyncpg.PostgresError:
    with pytest.raises(asyncpg.PostgresError) as raised:
        await connection.execute(f"DO $$ BEGIN RAISE EXCEPTION 'a test' USING ERRCODE = '{state}'; END $$")
    assert raised.value.sqlstate == state
    return raised.value


@pytest.mark.parametrize(
    ("state", "kinds"),
    [
        ("40001", {"transient"}),  # serialization failure
        ("40P01", {"transient"}),  # deadlock
        ("55P03", {"transient"}),  # lock time-out
        ("08006", {"away"}),  # connection failure
        ("57P01", {"away"}),  # admin shutdown
        ("53100", {"away"}),  # disk full
        ("53200", {"away"}),  # out of memory
        ("53300", {"away"}),  # too many connections
        ("25006", {"away"}),  # read-only: a standby
        ("57014", {"overdue"}),  # statement time-out
        ("23514", set()),  # check violation
        ("42P01", set()),  # undefined table
    ],
)
async def test_an_error_is_taken_for_what_it_is(connection: asyncpg.Connection, state: str, kinds: set[str]) -> None:
    error = await provoke(connection, state)
    assert {kind for kind, is_it in KINDS.items() if is_it(error)} == kinds
    assert errors.is_passing(error) is bool(kinds)


async def test_a_statement_that_takes_too_long_is_overdue(connection: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.PostgresError) as raised:
        await connection.execute("SET statement_timeout = 1; SELECT pg_sleep(10)")
    assert errors.is_overdue(raised.value)


async def test_a_standby_is_away(connection: asyncpg.Connection) -> None:
    await connection.execute("SET default_transaction_read_only = on")
    with pytest.raises(asyncpg.PostgresError) as raised:
        await connection.execute("UPDATE journal_head SET position = position")
    assert errors.is_away(raised.value)
