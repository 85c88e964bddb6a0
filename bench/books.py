"""The books: balances for the bench to post to, and the check that they are right afterwards."""

import uuid

import asyncpg
import grpc
from ledgerapi.v1 import balance_pb2, ledger_service_pb2, ledger_service_pb2_grpc

from bench.messages import CURRENCY
from ledgerd.core.model import ids, limits

_GENERAL_LEDGER = ids.encode(ids.LEDGER, ids.GENERAL_LEDGER)
_ZERO_SUM = """
SELECT currency, sum(credit - debit) AS posted, sum(inflight_credit - inflight_debit) AS held
FROM balances GROUP BY currency HAVING sum(credit - debit) <> 0 OR sum(inflight_credit - inflight_debit) <> 0
"""
_TOTALS = """
SELECT (SELECT count(*) FROM transactions) AS transactions,
       (SELECT sum(amount) FROM transactions) - (SELECT sum(credit) FROM balances) AS uncredited,
       (SELECT count(*) * 2 FROM transactions) - (SELECT sum(version) FROM balances) AS versions_lost
"""


async def create_balances(target: str, count: int) -> list[str]:
    """Let the service create so many empty balances, before anything is measured. Returns their ids."""
    found: list[str] = []
    async with grpc.aio.insecure_channel(target) as channel:
        ledgers = ledger_service_pb2_grpc.LedgerServiceStub(channel)
        while len(found) < count:
            some = min(count - len(found), limits.BATCH_CREATE_MAX_ITEMS)
            balance = balance_pb2.Balance(ledger_id=_GENERAL_LEDGER, currency=CURRENCY)
            requests = [ledger_service_pb2.CreateBalanceRequest(balance=balance)] * some
            request = ledger_service_pb2.BatchCreateBalancesRequest(requests=requests)
            found += [balance.id for balance in (await ledgers.BatchCreateBalances(request)).balances]
    return found


def key(balance_id: str) -> uuid.UUID:
    """The id as the database has it."""
    number = ids.decode(ids.BALANCE, balance_id)
    assert number is not None, balance_id
    return uuid.UUID(int=number)


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
