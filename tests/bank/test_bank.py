"""Many customers, two servers, ten accounts: transfers and holds between all of them, and every read of all balances
adds up to zero."""

import asyncio
import random
from collections import Counter

import asyncpg
import pytest
from ledgerapi.v1.balance_pb2 import Balance
from ledgerapi.v1.batch_pb2 import BatchMode
from ledgerapi.v1.ledger_service_pb2 import BatchGetBalancesRequest, CreateBalanceRequest
from ledgerapi.v1.operation_pb2 import CommitHold, Operation, TransactionTarget, VoidHold
from ledgerapi.v1.transaction_service_pb2 import (
    CommitHoldRequest,
    PostBatchRequest,
    PostTransactionRequest,
    VoidHoldRequest,
)
from ledgerd_client import LedgerClient, Rejected, draft

from ledgerd.core.model.ids import LEDGER, encode
from ledgerd.operations.ledgers import GENERAL_LEDGER
from ledgerd.operations.verify import verify
from tests.faults.process import serving

ACCOUNTS = 10
OPENING = 1_000
CUSTOMERS_PER_SERVER = 6
ROUNDS = 150
CREDIT_LINE = 300


@pytest.mark.slow
async def test_the_bank_is_right_at_every_moment(dsn: str, connection: asyncpg.Connection) -> None:
    async with serving(dsn) as first, serving(dsn) as second:
        async with LedgerClient(first.target) as first_client, LedgerClient(second.target) as second_client:
            accounts = await open_accounts(first_client)
            clients, closing = (first_client, second_client), asyncio.Event()
            readers = [asyncio.create_task(read_continuously(client, accounts, closing)) for client in clients]
            customers = [
                Customer(client, f"{server}:{number}", accounts)
                for server, client in zip(("one", "two"), clients, strict=True)
                for number in range(CUSTOMERS_PER_SERVER)
            ]
            async with asyncio.timeout(120):
                await asyncio.gather(*(customer.run() for customer in customers))
            closing.set()
            reads = sum(await asyncio.gather(*readers))
    assert reads > 20
    answers = sum((customer.answers for customer in customers), Counter())
    assert answers["posted"] > 500
    assert answers["INSUFFICIENT_FUNDS"] > 0
    recorded = await connection.fetchval("SELECT count(*) FROM transactions")
    assert recorded == answers["posted"] + ACCOUNTS
    report = await verify(connection)
    assert report.faults == []


async def open_accounts(client: LedgerClient) -> list[str]:
    """Ten accounts, of which the last may be overdrawn to its floor; and @World, where the money comes from."""
    accounts = []
    for number in range(ACCOUNTS):
        request = CreateBalanceRequest(
            balance=Balance(ledger_id=encode(LEDGER, GENERAL_LEDGER.int), currency="USD"),
            request_id=f"account {number}",
        )
        if number == ACCOUNTS - 1:
            request.balance.floor.precise = str(-CREDIT_LINE)
        account = (await client.ledgers.CreateBalance(request)).balance
        accounts.append(account.id)
        await client.post(
            f"opening {number}",
            source="@World",
            destination=account.id,
            currency="USD",
            precise_amount=OPENING,
            allow_overdraft=True,
        )
    return [*accounts, (await client.get_balance(("@World", "USD"))).id]


async def read_continuously(client: LedgerClient, accounts: list[str], closing: asyncio.Event) -> int:
    """Read all balances in one call, again and again. Returns how often."""
    reads = 0
    versions = dict.fromkeys(accounts, 0)
    while not closing.is_set():
        response = await client.ledgers.BatchGetBalances(BatchGetBalancesRequest(balance_ids=accounts))
        figures = [balance.figures for balance in response.balances]
        assert sum(int(figure.balance) for figure in figures) == 0
        assert sum(int(figure.inflight_balance) for figure in figures) == 0
        assert min(int(figure.available) for figure in figures[: ACCOUNTS - 1]) >= 0
        assert int(figures[ACCOUNTS - 1].available) >= -CREDIT_LINE
        for balance in response.balances:
            assert balance.figures.version >= versions[balance.id], "time does not go backwards"
            versions[balance.id] = balance.figures.version
        reads += 1
        await asyncio.sleep(0.005)
    return reads


class Customer:
    """Makes transfers, holds and batches, and counts the outcomes."""

    def __init__(self, client: LedgerClient, name: str, accounts: list[str]) -> None:
        self._client = client
        self._name = name
        self._accounts = accounts[:ACCOUNTS]
        self._rng = random.Random(name)
        self._count = 0
        self.answers: Counter[str] = Counter()

    async def run(self) -> None:
        for _ in range(ROUNDS):
            action = self._rng.choice([self._transfer, self._transfer, self._hold, self._batch])
            try:
                await action()
            except Rejected as rejected:
                self.answers[rejected.reason] += 1

    def _draft(self, *, inflight: bool = False):
        self._count += 1
        source, destination = self._rng.sample(self._accounts, 2)
        return draft(
            f"{self._name} {self._count}",
            source=source,
            destination=destination,
            currency="USD",
            precise_amount=self._rng.randint(1, 400),
            allow_overdraft=source == self._accounts[-1],
            inflight=inflight,
        )

    async def _transfer(self) -> None:
        await self._post(self._draft())

    async def _hold(self) -> None:
        """Hold, commit a part, and void or commit the rest."""
        wanted = self._draft(inflight=True)
        hold = await self._post(wanted)
        part = max(1, int(wanted.precise_amount) // 3)
        target = TransactionTarget(transaction_id=hold.id)
        commit = CommitHold(target=target, precise_amount=str(part), reference=f"{wanted.reference} part")
        await self._client.transactions.CommitHold(CommitHoldRequest(commit_hold=commit))
        self.answers["posted"] += 1
        if part == int(wanted.precise_amount):
            return
        if self._rng.random() < 0.5:
            rest = CommitHold(target=target)
            await self._client.transactions.CommitHold(CommitHoldRequest(commit_hold=rest))
        else:
            await self._client.transactions.VoidHold(VoidHoldRequest(void_hold=VoidHold(target=target)))
        self.answers["posted"] += 1

    async def _batch(self) -> None:
        atomic = self._rng.random() < 0.5
        request = PostBatchRequest(
            mode=BatchMode.BATCH_MODE_ATOMIC if atomic else BatchMode.BATCH_MODE_INDEPENDENT,
            operations=[Operation(post=self._draft()) for _ in range(4)],
        )
        batch = (await self._client.transactions.PostBatch(request)).batch
        assert not atomic or batch.posted_count in (0, 4)
        self.answers["posted"] += batch.posted_count

    async def _post(self, wanted):
        response = await self._client.transactions.PostTransaction(PostTransactionRequest(draft=wanted))
        self.answers["posted"] += 1
        return response.transaction
