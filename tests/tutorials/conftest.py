"""What the tutorials share: the Python client, and the words of a product team."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from ledgerapi.v1.balance_pb2 import Balance
from ledgerapi.v1.identity_pb2 import Identity
from ledgerapi.v1.identity_service_pb2 import CreateIdentityRequest
from ledgerapi.v1.ledger_pb2 import Ledger
from ledgerapi.v1.ledger_service_pb2 import CreateLedgerRequest
from ledgerapi.v1.transaction_pb2 import Transaction, TransactionStatus
from ledgerapi.v1.transaction_service_pb2 import ListTransactionsRequest, WaitTransactionRequest
from ledgerd_client import LedgerClient

from ledgerd.operations.verify import verify
from tests.conftest import Server


class Product:
    """A product that is built on the ledger, in the words of its team."""

    def __init__(self, client: LedgerClient) -> None:
        self.client = client

    async def ledger(self, name: str) -> str:
        """A new ledger; its id."""
        request = CreateLedgerRequest(ledger=Ledger(name=name), request_id=f"ledger {name}")
        return (await self.client.ledgers.CreateLedger(request)).ledger.id

    async def customer(self, first_name: str, *balances: Balance) -> list[str]:
        """A person with balances, in one call; the ids of the balances."""
        request = CreateIdentityRequest(
            identity=Identity(individual={"first_name": first_name}, category="customer"),
            balances=balances,
            request_id=f"customer {first_name}",
        )
        response = await self.client.identities.CreateIdentity(request)
        assert {balance.identity_id for balance in response.balances} == {response.identity.id}
        return [balance.id for balance in response.balances]

    async def has(self, key: str, currency: str = "USD") -> str:
        """What a balance has, in major units."""
        return (await self._read(key, currency)).figures.decimals.balance

    async def can_spend(self, key: str, currency: str = "USD") -> str:
        """What a balance has available, in major units."""
        return (await self._read(key, currency)).figures.decimals.available

    async def _read(self, key: str, currency: str) -> Balance:
        return await self.client.get_balance((key, currency) if key.startswith("@") else key)

    async def list(self, **fields: str) -> list[Transaction]:
        """The transactions with these fields, the oldest first."""
        terms = " AND ".join(f'{name} = "{value}"' for name, value in fields.items())
        request = ListTransactionsRequest(filter=terms, order_by="create_time")
        return list((await self.client.transactions.ListTransactions(request)).transactions)

    async def applied(self, reference: str) -> Transaction:
        """The transaction with this reference, once it is no longer deferred."""
        request = WaitTransactionRequest(reference=reference)
        return (await self.client.transactions.WaitTransaction(request)).transaction


def in_days(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def status(transaction: Transaction) -> str:
    return TransactionStatus.Name(transaction.status).removeprefix("TRANSACTION_STATUS_")


@pytest.fixture
async def client(server: Server) -> AsyncIterator[LedgerClient]:
    async with LedgerClient(server.target) as connected:
        yield connected


@pytest.fixture
async def product(client: LedgerClient, connection: asyncpg.Connection) -> AsyncIterator[Product]:
    """A product, whose books are proved at the end."""
    yield Product(client)
    assert (await verify(connection)).faults == []
