"""The words that the tests of the RPCs speak: a rejection, a bank of balances to ask about, and the Python client."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import Any, NamedTuple

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from ledgerapi.v1 import (
    balance_pb2,
    draft_pb2,
    identity_pb2,
    identity_service_pb2,
    ledger_pb2,
    ledger_service_pb2,
    monitor_pb2,
    monitor_service_pb2,
    transaction_pb2,
    transaction_service_pb2,
)
from ledgerd_client import LedgerClient

from tests.conftest import Server


class Rejection(NamedTuple):
    """What a client learns from a rejected call."""

    code: str
    reason: str
    details: dict[str, str]
    fields: list[str]


async def rejection(call: Awaitable[Any]) -> Rejection:
    """The rejection that a call ends with; fails when it succeeds."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    error = caught.value
    trailers = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        detail.Unpack(info) or detail.Unpack(bad)
    return Rejection(
        error.code().name, info.reason, dict(info.metadata), [violation.field for violation in bad.field_violations]
    )


class Bank:
    """Makes things through the API, with as few words as the test needs."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.references = (f"ref-{number}" for number in itertools.count(1))

    async def ledger(self, name: str = "Customers", request_id: str = "", **fields: Any) -> ledger_pb2.Ledger:
        request = ledger_service_pb2.CreateLedgerRequest(
            ledger=ledger_pb2.Ledger(name=name, **fields), request_id=request_id
        )
        return (await self.server.ledgers.CreateLedger(request)).ledger

    async def balance(self, currency: str = "USD", request_id: str = "", **fields: Any) -> balance_pb2.Balance:
        """A balance; in a new ledger unless the test names one or gives an indicator."""
        if "indicator" not in fields and "ledger_id" not in fields:
            fields["ledger_id"] = (await self.ledger()).id
        return await self.open(request_id=request_id, currency=currency, **fields)

    async def open(self, request_id: str = "", **fields: Any) -> balance_pb2.Balance:
        """A balance with exactly these fields."""
        request = ledger_service_pb2.CreateBalanceRequest(balance=balance_pb2.Balance(**fields), request_id=request_id)
        return (await self.server.ledgers.CreateBalance(request)).balance

    async def read(self, balance_id: str) -> balance_pb2.Balance:
        request = ledger_service_pb2.GetBalanceRequest(balance_id=balance_id)
        return (await self.server.ledgers.GetBalance(request)).balance

    async def change(self, balance_id: str, paths: Sequence[str], **fields: Any) -> balance_pb2.Balance:
        request = ledger_service_pb2.UpdateBalanceRequest(
            balance=balance_pb2.Balance(id=balance_id, **fields), update_mask={"paths": paths}
        )
        return (await self.server.ledgers.UpdateBalance(request)).balance

    async def person(self, request_id: str = "", **fields: Any) -> identity_pb2.Identity:
        individual = fields.pop("individual", {"first_name": "Ada"})
        request = identity_service_pb2.CreateIdentityRequest(
            identity=identity_pb2.Identity(individual=individual, **fields), request_id=request_id
        )
        return (await self.server.identities.CreateIdentity(request)).identity

    async def pay(
        self, source: str, destination: str, amount: str, currency: str = "USD", **fields: Any
    ) -> transaction_pb2.Transaction:
        draft = draft_pb2.Draft(
            reference=fields.pop("reference", None) or next(self.references),
            amount=amount,
            currency=currency,
            source=source,
            destination=destination,
            **fields,
        )
        request = transaction_service_pb2.PostTransactionRequest(draft=draft)
        return (await self.server.transactions.PostTransaction(request)).transaction

    async def fund(self, balance_id: str, amount: str, currency: str = "USD") -> transaction_pb2.Transaction:
        """Money from @World."""
        return await self.pay("@World", balance_id, amount, currency, allow_overdraft=True)

    async def monitor(
        self, balance_id: str = "", *conditions: tuple[str, str, str], request_id: str = "", **fields: Any
    ) -> monitor_pb2.Monitor:
        """A monitor with conditions (field, operator, threshold in major units)."""
        key = fields.pop("indicator_key", None)
        request = monitor_service_pb2.CreateMonitorRequest(
            monitor=monitor_pb2.Monitor(
                balance_id=balance_id,
                conditions=[condition(*terms) for terms in conditions or [("BALANCE", "GREATER", "100")]],
                **fields,
            ),
            indicator_key=key,
            request_id=request_id,
        )
        return (await self.server.monitors.CreateMonitor(request)).monitor


def condition(field: str, operator: str, threshold: str) -> monitor_pb2.MonitorCondition:
    return monitor_pb2.MonitorCondition(
        field=f"MONITOR_FIELD_{field}", operator=f"COMPARISON_OPERATOR_{operator}", threshold={"decimal": threshold}
    )


@pytest.fixture
async def client(server: Server) -> AsyncIterator[LedgerClient]:
    """The Python client of the test's server."""
    async with LedgerClient(server.target) as connected:
        yield connected


@pytest.fixture
def bank(server: Any) -> Bank:
    return Bank(server)


@pytest.fixture(name="rejection")
def rejection_of() -> Any:
    return rejection


@pytest.fixture(name="condition")
def condition_of() -> Any:
    return condition
