"""Requests in the domain's words, rejections as values, and streams that are driven by hand."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import grpc
from google.protobuf import timestamp_pb2
from google.rpc import error_details_pb2, status_pb2
from ledgerapi.v1 import (
    amount_pb2,
    balance_pb2,
    batch_pb2,
    draft_pb2,
    error_reason_pb2,
    event_pb2,
    event_service_pb2,
    ledger_service_pb2,
    monitor_pb2,
    monitor_service_pb2,
    operation_pb2,
    rejection_pb2,
    transaction_pb2,
    transaction_service_pb2,
)

from ledgerd.app import USUAL, Tuning
from ledgerd.poster.clock import Clock
from tests.conftest import Server, start_server, stop_server

pb = transaction_service_pb2
ATOMIC = batch_pb2.BATCH_MODE_ATOMIC
INDEPENDENT = batch_pb2.BATCH_MODE_INDEPENDENT
FULL = operation_pb2.TRANSACTION_VIEW_FULL
BASIC = operation_pb2.TRANSACTION_VIEW_BASIC
GENERAL_LEDGER = "ldg_0000000000e008000000000001"
PATIENCE_SECONDS = 120
UNDECIDED = amount_pb2.Amount(precision=100, currency="USD")
"""The amount of a transaction where how much it is is not decided, or nothing."""


@asynccontextmanager
async def two_servers(
    dsn: str, clock: Callable[[], Clock] = Clock, tuning: Tuning = USUAL
) -> AsyncIterator[tuple[Server, Server]]:
    """Two servers on one database, as in two processes."""
    first, second = [await start_server(dsn, clock=clock(), tuning=tuning) for _ in range(2)]
    try:
        yield first, second
    finally:
        await stop_server(first)
        await stop_server(second)


# Asking ----------------------------------------------------------------------------------------


def draft(reference: str, source: str, destination: str, amount: str | int, **more: Any) -> draft_pb2.Draft:
    """A draft in USD; a number counts cents, a text is in major units."""
    fields: dict[str, Any] = {"currency": "USD", **more}
    if "available" not in fields:
        fields["precise_amount" if isinstance(amount, int) else "amount"] = str(amount)
    return draft_pb2.Draft(reference=reference, source=source, destination=destination, **fields)


def from_world(reference: str, destination: str, amount: str | int, **more: Any) -> draft_pb2.Draft:
    """Money that comes from outside: @World may go below zero."""
    return draft(reference, "@World", destination, amount, allow_overdraft=True, **more)


def in_seconds(seconds: float) -> timestamp_pb2.Timestamp:
    """So many seconds from now."""
    stamp = timestamp_pb2.Timestamp()
    stamp.FromMicroseconds(int((time.time() + seconds) * 1_000_000))
    return stamp


def due(seconds: float = 0) -> timestamp_pb2.Timestamp:
    """A time that is due by the database's clock and ahead for servers of yesterday; more seconds are later."""
    return in_seconds(seconds - 3_600)


def post(draft: draft_pb2.Draft) -> operation_pb2.Operation:
    return operation_pb2.Operation(post=draft)


def target(of: str) -> operation_pb2.TransactionTarget:
    """What an operation is about: the id of a batch or of a transaction, or, with "@" before it, a reference."""
    if of.startswith("@"):
        return operation_pb2.TransactionTarget(reference=of.removeprefix("@"))
    field = "batch_id" if of.startswith("bat_") else "transaction_id"
    return operation_pb2.TransactionTarget(**{field: of})


def commit(of: str, amount: int | None = None, reference: str = "") -> operation_pb2.Operation:
    asked = operation_pb2.CommitHold(target=target(of), reference=reference)
    if amount is not None:
        asked.precise_amount = str(amount)
    return operation_pb2.Operation(commit_hold=asked)


def void(of: str, reference: str = "") -> operation_pb2.Operation:
    return operation_pb2.Operation(void_hold=operation_pb2.VoidHold(target=target(of), reference=reference))


def drafts(count: int, *, prefix: str = "r", source: str = "@World", destination: str = "@Sales") -> list[Any]:
    """Posts of one cent each under numbered references."""
    return [post(draft(f"{prefix}-{n}", source, destination, 1, allow_overdraft=True)) for n in range(1, count + 1)]


# Doing -----------------------------------------------------------------------------------------


async def record(server: Server, draft: draft_pb2.Draft, *, preview: bool = False) -> pb.PostTransactionResponse:
    return await server.transactions.PostTransaction(pb.PostTransactionRequest(draft=draft, validate_only=preview))


async def hold(server: Server, reference: str, amount: int, **more: Any) -> transaction_pb2.Transaction:
    """A hold of @Payer's money for @Shop; @Payer may go below zero."""
    asked = draft(reference, "@Payer", "@Shop", amount, allow_overdraft=True, inflight=True, **more)
    return (await record(server, asked)).transaction


async def resolve(
    server: Server, operation: operation_pb2.Operation, *, preview: bool = False
) -> pb.CommitHoldResponse | pb.VoidHoldResponse:
    """Commit or void by the RPC of its own."""
    if operation.HasField("commit_hold"):
        return await server.transactions.CommitHold(
            pb.CommitHoldRequest(commit_hold=operation.commit_hold, validate_only=preview)
        )
    return await server.transactions.VoidHold(pb.VoidHoldRequest(void_hold=operation.void_hold, validate_only=preview))


async def batch(
    server: Server, operations: Sequence[operation_pb2.Operation], mode: Any = INDEPENDENT, **more: Any
) -> pb.PostBatchResponse:
    return await server.transactions.PostBatch(pb.PostBatchRequest(mode=mode, operations=operations, **more))


async def open_balance(server: Server, currency: str = "USD", **fields: Any) -> str:
    """A new balance in the General Ledger; its id."""
    balance = balance_pb2.Balance(ledger_id=GENERAL_LEDGER, currency=currency, **fields)
    made = await server.ledgers.CreateBalance(ledger_service_pb2.CreateBalanceRequest(balance=balance))
    return made.balance.id


async def figures(server: Server, name: str, currency: str = "USD") -> balance_pb2.Figures:
    """The figures of a balance by id or indicator, in minor units."""
    request = ledger_service_pb2.GetBalanceRequest()
    if name.startswith("@"):
        request.indicator_key.indicator, request.indicator_key.currency = name, currency
    else:
        request.balance_id = name
    found = (await server.ledgers.GetBalance(request)).balance.figures
    found.ClearField("decimals")
    return found


async def balance(server: Server, name: str, currency: str = "USD") -> int:
    return int((await figures(server, name, currency)).balance)


async def exists(server: Server, indicator: str, currency: str = "USD") -> bool:
    """Whether an internal balance has been opened."""
    request = ledger_service_pb2.ListBalancesRequest(filter=f'indicator = "{indicator}" AND currency = {currency}')
    return bool((await server.ledgers.ListBalances(request)).balances)


async def transaction(server: Server, **key: Any) -> transaction_pb2.Transaction:
    return (await server.transactions.GetTransaction(pb.GetTransactionRequest(**key))).transaction


async def listed(server: Server, filter_text: str = "") -> list[transaction_pb2.Transaction]:
    request = pb.ListTransactionsRequest(filter=filter_text, page_size=1_000)
    return list((await server.transactions.ListTransactions(request)).transactions)


async def monitor(
    server: Server, field: str, operator: str, threshold: int, *, trigger: str = "EDGE", **on: Any
) -> str:
    """A new monitor with one condition; its id."""
    asked = monitor_pb2.Monitor(
        conditions=[
            monitor_pb2.MonitorCondition(
                field=monitor_pb2.MonitorField.Value(f"MONITOR_FIELD_{field}"),
                operator=monitor_pb2.ComparisonOperator.Value(f"COMPARISON_OPERATOR_{operator}"),
                threshold={"precise": str(threshold)},
            )
        ],
        trigger=monitor_pb2.MonitorTrigger.Value(f"MONITOR_TRIGGER_{trigger}"),
        **on,
    )
    made = await server.monitors.CreateMonitor(monitor_service_pb2.CreateMonitorRequest(monitor=asked))
    return made.monitor.id


# Rejections --------------------------------------------------------------------------------------


class Rejection(NamedTuple):
    """What an error or a result says: the reason's name, its numbers, the malformed fields."""

    reason: str
    details: dict[str, str]
    fields: tuple[str, ...]
    code: str = ""
    retry: bool = False


def of_error(error: grpc.aio.AioRpcError) -> Rejection:
    """The rejection behind an RPC error; one without our details has no reason."""
    packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    retry = error_details_pb2.RetryInfo()
    status = status_pb2.Status.FromString(packed) if packed else status_pb2.Status()
    for detail in status.details:
        for part in (info, bad, retry):
            if detail.Is(part.DESCRIPTOR):
                detail.Unpack(part)
    if packed:
        assert info.domain == "ledgerd"
        assert status.code == error.code().value[0]
    fields = tuple(violation.field for violation in bad.field_violations)
    return Rejection(info.reason, dict(info.metadata), fields, error.code().name, retry.HasField("retry_delay"))


def of_rejection(rejection: rejection_pb2.Rejection) -> Rejection:
    """The rejection in a result."""
    name = error_reason_pb2.ErrorReason.Name(rejection.reason).removeprefix("ERROR_REASON_")
    assert rejection.message
    fields = tuple(violation.field for violation in rejection.violations)
    return Rejection(name, dict(rejection.details), fields, rejection.code, rejection.HasField("retry_delay"))


async def rejection(call: Awaitable[Any]) -> Rejection:
    """Awaits a call that must be rejected."""
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        return of_error(error)
    raise AssertionError(f"not rejected: {answer}")


def outcomes(results: Sequence[operation_pb2.OperationResult]) -> list[str]:
    """Each result in a word: posted, replayed, or the reason of its rejection."""
    return [
        of_rejection(result.rejection).reason
        if result.HasField("rejection")
        else ("replayed" if result.posted.replayed else "posted")
        for result in results
    ]


# Streams ---------------------------------------------------------------------------------------


class Upload:
    """One PostStream, message by message."""

    def __init__(self, server: Server) -> None:
        self.call = server.transactions.PostStream()
        self._sequence = 0

    async def send(self, **message: Any) -> None:
        await self.call.write(pb.PostStreamRequest(**message))

    async def read(self) -> pb.PostStreamResponse | None:
        """The next response; None when the stream has ended."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            response = await self.call.read()
        return None if response is grpc.aio.EOF else response

    async def open(self, **options: Any) -> pb.PostStreamOpened:
        await self.send(open=pb.PostStreamOpen(**options))
        response = await self.read()
        assert response is not None
        assert response.WhichOneof("message") == "opened", response
        return response.opened

    async def send_chunk(self, operations: Sequence[operation_pb2.Operation], mode: Any = INDEPENDENT) -> None:
        self._sequence += 1
        await self.send(chunk=pb.PostStreamChunk(sequence=self._sequence, mode=mode, operations=operations))

    async def result(self) -> pb.PostStreamChunkResult:
        response = await self.read()
        assert response is not None, await self.ended()
        assert response.WhichOneof("message") == "result", response
        return response.result

    async def chunk(
        self, operations: Sequence[operation_pb2.Operation], mode: Any = INDEPENDENT
    ) -> pb.PostStreamChunkResult:
        await self.send_chunk(operations, mode)
        return await self.result()

    async def finish(self, count: int) -> pb.PostStreamFinished:
        await self.send(finish=pb.PostStreamFinish(operation_count=count))
        response = await self.read()
        assert response is not None, await self.ended()
        assert await self.ended() == "OK"
        return response.finished

    async def ended(self) -> str:
        """The status code that the stream ended with."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return (await self.call.code()).name

    async def rejected(self) -> Rejection:
        """Reads on to the end, which must be an error."""
        try:
            while await self.read() is not None:
                pass
        except grpc.aio.AioRpcError as error:
            return of_error(error)
        raise AssertionError(f"not rejected: {await self.ended()}")


class Watching:
    """A subscriber that has read its first heartbeat."""

    def __init__(self, call: Any) -> None:
        self.call = call
        self.cursor = ""

    async def message(self) -> pb.WatchTransactionsResponse | monitor_service_pb2.WatchMonitorsResponse:
        message = await self.call.read()
        assert message is not grpc.aio.EOF
        self.cursor = message.event.cursor or message.heartbeat.cursor
        return message

    async def events(self, count: int) -> list[event_pb2.Event]:
        """The next events, whatever heartbeats come between them."""
        events: list[event_pb2.Event] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(events) < count:
                message = await self.message()
                if message.HasField("event"):
                    events.append(message.event)
        return events

    async def references(self, count: int) -> list[str]:
        return [event.transaction.transaction.reference for event in await self.events(count)]

    async def rejected(self) -> Rejection:
        """Reads on to the end, which must be an error."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    await self.message()
        except grpc.aio.AioRpcError as error:
            return of_error(error)

    def cancel(self) -> None:
        self.call.cancel()


def kind(event: event_pb2.Event) -> str:
    """What an event tells, in a word, such as TRANSACTION_APPLIED."""
    return event_pb2.EventKind.Name(event.kind).removeprefix("EVENT_KIND_")


def kinds(*words: str) -> list[event_pb2.EventKind]:
    """Kinds of events by their words."""
    return [event_pb2.EventKind.Value(f"EVENT_KIND_{word}") for word in words]


async def watch(server: Server, **request: Any) -> Watching:
    """Follow transactions; returns after the first heartbeat, so nothing after this call is missed."""
    return await _begun(Watching(server.transactions.WatchTransactions(pb.WatchTransactionsRequest(**request))))


async def watch_monitors(server: Server, **request: Any) -> Watching:
    """Follow what monitors report; returns after the first heartbeat."""
    asked = monitor_service_pb2.WatchMonitorsRequest(**request)
    return await _begun(Watching(server.monitors.WatchMonitors(asked)))


async def watch_events(server: Server, **request: Any) -> Watching:
    """Follow every event; returns after the first heartbeat."""
    return await _begun(Watching(server.events.WatchEvents(event_service_pb2.WatchEventsRequest(**request))))


async def _begun(watching: Watching) -> Watching:
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert (await watching.message()).HasField("heartbeat")
    return watching
