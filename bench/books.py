"""The books: balances for the bench to post to, and the check that they are right afterwards."""

import uuid
from datetime import UTC, datetime

import asyncpg

from bench.messages import CURRENCY
from bench.plan import BALANCES
from ledgerd.core.model.ids import BALANCE, encode
from ledgerd.poster.ids_and_clock import IdsAndClock

_GENERAL_LEDGER = uuid.UUID("00000000-0000-7000-8000-000000000001")
_ZERO_SUM = """
SELECT currency, sum(credit - debit) AS posted, sum(inflight_credit - inflight_debit) AS held
FROM balances GROUP BY currency HAVING sum(credit - debit) <> 0 OR sum(inflight_credit - inflight_debit) <> 0
"""
_TOTALS = """
SELECT (SELECT count(*) FROM transactions) AS transactions,
       (SELECT sum(amount) FROM transactions) - (SELECT sum(credit) FROM balances) AS uncredited,
       (SELECT count(*) * 2 FROM transactions) - (SELECT sum(version) FROM balances) AS versions_lost
"""


async def create_balances(connection: asyncpg.Connection) -> list[uuid.UUID]:
    """Put empty balances into the database directly: creating them is not what is measured here."""
    ids_and_clock = IdsAndClock()
    ids = [uuid.UUID(int=ids_and_clock.number()) for _ in range(BALANCES)]
    now = datetime.now(UTC)
    await connection.copy_records_to_table(
        "balances",
        columns=("id", "ledger_id", "currency", "precision", "moved_at", "created_at", "updated_at"),
        records=[(balance_id, _GENERAL_LEDGER, CURRENCY, 100, now, now, now) for balance_id in ids],
    )
    await connection.execute("VACUUM ANALYZE balances")
    return ids


def shown(balance_id: uuid.UUID) -> str:
    """The id as callers know it."""
    return encode(BALANCE, balance_id.int)


async def faults(connection: asyncpg.Connection, acknowledged: int) -> list[str]:
    """What is wrong with the books, if anything: sums per currency, totals, and every acknowledged posting."""
    found = [
        f"credits less debits in {row['currency']}: {row['posted']} posted, {row['held']} held"
        for row in await connection.fetch(_ZERO_SUM)
    ]
    totals = await connection.fetchrow(_TOTALS)
    if totals["transactions"] != acknowledged:
        found.append(f"{acknowledged} postings were acknowledged, {totals['transactions']} are recorded")
    if totals["uncredited"]:
        found.append(f"the balances' credits and the transactions differ by {totals['uncredited']}")
    if totals["versions_lost"]:
        found.append(f"the balances' versions and the transactions differ by {totals['versions_lost']}")
    return found
