"""When the settlement window of a row ends: the arithmetic in PostgreSQL beside that of matching."""

import json
from datetime import date, timedelta

import asyncpg
import pytest

from ledgerd.reconciliation.matching.times import business_ordinal

MONDAY = date(2026, 3, 30)
_END = "SELECT settlement_end($1, $2)"


async def test_days_are_added(connection: asyncpg.Connection) -> None:
    for days in (0, 1, 60):
        assert await connection.fetchval(_END, MONDAY, json.dumps({"days": days})) == MONDAY + timedelta(days=days)


@pytest.mark.parametrize("weekday", range(7))
async def test_business_days_pass_over_weekends(connection: asyncpg.Connection, weekday: int) -> None:
    day = MONDAY + timedelta(days=weekday)
    for length in range(61):
        end = await connection.fetchval(_END, day, json.dumps({"business_days": length}))
        expected = day
        while business_ordinal(expected) - business_ordinal(day) < length:
            expected += timedelta(days=1)
        assert end == expected, length
