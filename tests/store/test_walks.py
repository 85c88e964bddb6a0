"""The transactions of a balance, page by page along its indexes, also where the clocks of servers disagreed."""

import json
import random
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from ledgerd.core.model.filter import Comparator, Term
from ledgerd.store import lists, walks
from ledgerd.store.listings import TRANSACTIONS
from ledgerd.store.lists import Wanted
from ledgerd.store.walks import Order

TILL, OTHER = uuid.UUID(int=7), uuid.UUID(int=8)
START = datetime(2026, 3, 1, tzinfo=UTC)
OF_TILL = Term("balance_id", Comparator.EQUAL, TILL.int)
ORDERS = [Order(is_by_record=by_record, latest_first=latest) for by_record in (False, True) for latest in (False, True)]
FIGURES = ("version", "credit", "debit", "inflight_credit", "inflight_debit")


def row(number: int, version: int | None, *, source: bool, **more: Any) -> dict[str, Any]:
    """A movement of one cent between the till and the other balance, or one that never came to be."""
    sides = {"source": TILL if source else OTHER, "destination": OTHER if source else TILL}
    figures: dict[str, Any] = {f"{side}_id": balance for side, balance in sides.items()}
    if version is not None:
        figures |= {f"{side}_{name}": 0 for side in sides for name in FIGURES}
        figures |= {f"{side}_version": version for side in sides}
    plain = {"kind": "POSTING", "currency": "USD", "precision": 100, "amount": 1, "allow_overdraft": True}
    return {"id": uuid.UUID(int=number), "reference": f"r{number}", "status": "APPLIED", **plain, **figures, **more}


def random_rows(rng: random.Random) -> list[dict[str, Any]]:
    """Movements whose ids say little about their order, as if every server had a clock of its own; many at one time."""
    rows, recorded = [], START
    numbers = rng.sample(range(1, 10_000), 60)
    for version, number in enumerate(numbers[:40], 1):
        recorded += rng.choice([timedelta(0), timedelta(0), timedelta(seconds=1)])
        more: dict[str, Any] = {"recorded_at": recorded}
        if rng.random() < 0.3:
            more |= {"deferred_as": "QUEUED", "created_at": recorded - timedelta(seconds=rng.randint(0, 9))}
        rows.append(row(number, version, source=rng.random() < 0.5, **more))
    for number in numbers[40:]:
        when = START + timedelta(seconds=rng.randint(0, 15))
        if rng.random() < 0.5:
            more = {"kind": "SPLIT", "leg_count": 2, "recorded_at": when}
        else:
            more = {"status": rng.choice(["QUEUED", "REJECTED"]), "deferred_as": "QUEUED", "created_at": when}
        rows.append(row(number, None, source=rng.random() < 0.5, **more))
    return rows


async def insert(connection: asyncpg.Connection, rows: list[dict[str, Any]]) -> None:
    opened = """INSERT INTO balances (id, ledger_id, currency, precision, version, moved_at, created_at, updated_at)
                VALUES ($1, '00000000-0000-7000-8000-000000000001', 'USD', 100, 40, $2, $2, $2)"""
    await connection.executemany(opened, [(TILL, START), (OTHER, START)])
    statement = """INSERT INTO transactions SELECT (jsonb_populate_record(NULL::transactions, each)).*
                   FROM jsonb_array_elements($1::text::jsonb) AS each"""
    await connection.execute(statement, json.dumps(rows, default=str))


async def pages(
    connection: asyncpg.Connection, order: Order, size: int, *terms: Term
) -> tuple[list[asyncpg.Record], int | None]:
    """All rows of a list, page by page, and their number as PostgreSQL counts them."""
    found: list[asyncpg.Record] = []
    after: lists.Place | None = None
    while True:
        wanted = Wanted(terms=(OF_TILL, *terms), order=order, after=after, size=size, counts=True)
        walk = await lists.find_walk(connection, TRANSACTIONS, wanted)
        page = await lists.page(connection, TRANSACTIONS, wanted, walk)
        found += page.rows
        if not page.has_more:
            return found, page.total
        after = page.place(len(page.rows))


def version(found: asyncpg.Record) -> int | None:
    return found["source_version"] if found["source_id"] == TILL else found["destination_version"]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_no_row_comes_twice_or_never_whatever_the_clocks_said(
    connection: asyncpg.Connection, order: Order, seed: int
) -> None:
    rows = random_rows(random.Random(seed))
    await insert(connection, rows)
    for size in (1, 2, 3, 7, 59, 60, 61):
        found, total = await pages(connection, order, size)
        assert sorted(each["id"] for each in found) == sorted(each["id"] for each in rows)
        assert total == len(rows)
        along = [version(each) for each in found if order.is_by_record or each["deferred_as"] is None]
        versions = [each for each in along if each is not None]
        assert versions == sorted(versions, reverse=order.latest_first)
        times = [
            each["recorded_at"] if order.is_by_record else each["created_at"] or each["recorded_at"] for each in found
        ]
        known = [time or datetime.max.replace(tzinfo=UTC) for time in times]
        assert known == sorted(known, reverse=order.latest_first)


@pytest.mark.parametrize("name", ["create_time", "record_time"])
async def test_times_leave_over_exactly_what_they_say(connection: asyncpg.Connection, name: str) -> None:
    rows = random_rows(random.Random(4))
    await insert(connection, rows)
    for seconds in (-1, 0, 3, 8, 100):
        moment = START + timedelta(seconds=seconds)
        for comparator in Comparator:
            term = Term(name, comparator, moment)
            times = [
                each.get("created_at") or each.get("recorded_at") if name == "create_time" else each.get("recorded_at")
                for each in rows
            ]
            expected = sorted(each["id"] for each, time in zip(rows, times, strict=True) if term.holds(time))
            for order in ORDERS:
                found, total = await pages(connection, order, 7, term)
                assert sorted(each["id"] for each in found) == expected, (term, order)
                assert total == len(expected)


INDEXES = {
    False: {"by", "aside_by"},
    True: {"by", "late_by", "unmoved_by"},
}


@pytest.mark.parametrize("order", ORDERS)
async def test_a_page_is_read_from_indexes_that_have_its_order(connection: asyncpg.Connection, order: Order) -> None:
    await insert(connection, random_rows(random.Random(5)))
    await connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off")
    wanted = Wanted(terms=(OF_TILL,), order=order, after=None, size=7, counts=False)
    walk = await lists.find_walk(connection, TRANSACTIONS, wanted)
    assert walk is not None
    statements: list[str] = []

    class Explaining:
        """Shows the plan of the statement that a page is read with."""

        async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
            plan = await connection.fetch(f"EXPLAIN {statement}", *arguments)
            statements.append("\n".join(line[0] for line in plan))
            return []

    await walks.page(Explaining(), TRANSACTIONS, wanted.terms, walk, order, after=None, limit=8)  # type: ignore[arg-type]
    used = set(re.findall(r"using (transactions_\w+)", statements[0])) - {"transactions_pkey"}
    expected = {
        f"transactions_{name}_{side}" for name in INDEXES[order.is_by_record] for side in ("source", "destination")
    }
    assert used - {"transactions_by_header"} == expected
