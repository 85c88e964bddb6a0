"""A bank whose payouts and fees leave something over, and what is looked at once that is posted."""

import asyncio
import uuid
from dataclasses import replace
from decimal import Decimal
from typing import Any

import asyncpg

from ledgerd.core.model import ids
from ledgerd.core.model.matching_rule import AdjustmentKind, MatchingRule, RuleAdjustment
from ledgerd.operations.engine import Engine
from tests.conftest import Server
from tests.rpc import bank_runs, records, wire
from tests.rpc.bank_runs import Bank

FEES = RuleAdjustment(
    kind=AdjustmentKind.FEE, counterpart="@BankFees", at_most={"USD": Decimal(10)}, description="Bank fee"
)


def adjusting(rule: MatchingRule, **changes: Any) -> MatchingRule:
    """The rule, which says what happens to what its matches leave over."""
    return replace(rule, adjustment=replace(FEES, **changes))


def of_fees(**changes: Any) -> MatchingRule:
    """A rule for records alone that say that they are fees."""
    return bank_runs.of_records("(?i)fee", **changes)


def posting(at_most: str, per_day: str = "100") -> dict[str, dict[str, Decimal]]:
    """The limits of posting without confirmation."""
    return {"post_at_most": {"USD": Decimal(at_most)}, "post_at_most_per_day": {"USD": Decimal(per_day)}}


async def a_bank(server: Server, connection: asyncpg.Connection, **more: Any) -> Bank:
    """A source: of 100.00 it paid out 96.80, and it took a fee of 2.50."""
    bank = await Bank.open(server, connection, **more)
    await bank.post(f"{bank.source.name} sale", "100.00")
    await bank.tell(
        records.record("payout", "96.80", references=[f"{bank.source.name} sale"]),
        records.record("fee", "-2.50", description="Monthly fee March"),
    )
    return bank


def uuid_of(name: str) -> uuid.UUID:
    number = ids.decode(name.partition("_")[0], name)
    assert number is not None
    return uuid.UUID(int=number)


async def money(server: Server, *names: str) -> list[int]:
    return [await wire.balance(server, name) for name in names]


async def assert_books_agree(connection: asyncpg.Connection) -> None:
    """All balances add up to zero, and each one to its entries."""
    assert await connection.fetchval("SELECT COALESCE(sum(credit - debit), 0) FROM balances") == 0
    wrong = """
        SELECT b.id FROM balances b WHERE b.credit - b.debit <> (
            SELECT COALESCE(sum(CASE WHEN t.destination_id = b.id THEN t.amount ELSE -t.amount END), 0)
            FROM transactions t WHERE b.id IN (t.source_id, t.destination_id) AND t.kind IN ('POSTING', 'REFUND'))"""
    assert await connection.fetch(wrong) == []


async def open_records(bank: Bank, *rules: MatchingRule) -> list[str]:
    """The keys of the records that another run finds no match for. Of entries there are none."""
    found = await bank.unmatched(await bank.run(*rules))
    assert all(row.HasField("record") for row in found)
    return [row.record.key for row in found]


def reasons(response: Any) -> list[str]:
    return [wire.of_rejection(each.rejection).reason for each in response.skipped]


async def settled(connection: asyncpg.Connection) -> None:
    """Until the worker has done what it may do."""
    under_way = "SELECT count(*) FROM reconciliation_adjustments WHERE is_due OR status IN ('POSTING', 'REVERSING')"
    while await connection.fetchval(under_way):
        await asyncio.sleep(0.05)


def engine_of(server: Server) -> Engine:
    assert server.app._engine is not None
    return server.app._engine
