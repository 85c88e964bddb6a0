"""A network peer for the client: the stream behaviours of the service, and the ways in which networks break them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode, aio
from ledgerapi.v1 import (
    balance_pb2,
    batch_pb2,
    error_reason_pb2,
    event_pb2,
    event_service_pb2,
    event_service_pb2_grpc,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
    monitor_service_pb2,
    monitor_service_pb2_grpc,
    operation_pb2,
    rejection_pb2,
    transaction_pb2,
    transaction_service_pb2,
    transaction_service_pb2_grpc,
)

Requests = AsyncIterator[transaction_service_pb2.PostStreamRequest]
Responses = AsyncIterator[transaction_service_pb2.PostStreamResponse]


@dataclass
class Fault:
    """What happens to one stream: after its chunk number `after` was applied, and before that was answered."""

    after: int
    kind: str  # unavailable, cancelled, eof, going_away, silent, out_of_order, miscount, wrong_total, swapped, rejected


@dataclass
class Scenario:
    faults: list[Fault] = field(default_factory=list)
    """One for each stream, in their order; streams without a fault go well."""
    max_chunks_in_flight: int = 4
    max_chunk_operations: int = 1000
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared, the service reads on but answers no chunk."""
    unary_failures: list[tuple[StatusCode, list[Message]]] = field(default_factory=list)
    unary_delay_seconds: float = 0.0
    batch_breaks: list[StatusCode] = field(default_factory=list)
    """How watches of a batch break after their first message, one after the other; then one comes to its end."""


def packed(code: StatusCode, message: str, details: list[Message]) -> tuple[tuple[str, bytes], ...]:
    status = status_pb2.Status(code=code.value[0], message=message)
    for detail in details:
        one = Any()
        one.Pack(detail)
        status.details.append(one)
    return (("grpc-status-details-bin", status.SerializeToString()),)


def info(reason: str, **metadata: str) -> error_details_pb2.ErrorInfo:
    return error_details_pb2.ErrorInfo(reason=reason, domain="ledgerd", metadata=metadata)


def retry_after(seconds: int, nanos: int = 0) -> error_details_pb2.RetryInfo:
    return error_details_pb2.RetryInfo(retry_delay=Duration(seconds=seconds, nanos=nanos))


class Transactions(transaction_service_pb2_grpc.TransactionServiceServicer):
    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.recorded: dict[str, str] = {}
        self.chunks: list[list[list[str]]] = []
        self.modes: list[batch_pb2.BatchMode] = []
        self.calls: list[tuple[str, float | None]] = []
        self.open_streams = 0
        self.received_chunks = 0
        self.batch_watches: list[str] = []

    async def PostTransaction(  # noqa: N802
        self,
        request: transaction_service_pb2.PostTransactionRequest,
        context: "aio.ServicerContext[transaction_service_pb2.PostTransactionRequest, transaction_service_pb2.PostTransactionResponse]",  # noqa: E501
    ) -> transaction_service_pb2.PostTransactionResponse:
        self.calls.append((request.draft.reference, context.time_remaining()))
        await asyncio.sleep(self.scenario.unary_delay_seconds)
        if self.scenario.unary_failures:
            code, details = self.scenario.unary_failures.pop(0)
            await context.abort(code, "no", trailing_metadata=packed(code, "no", details))
        transaction = transaction_pb2.Transaction(reference=request.draft.reference)
        transaction.amount.decimal = request.draft.amount
        transaction.amount.precise = request.draft.precise_amount
        return transaction_service_pb2.PostTransactionResponse(transaction=transaction)

    async def PostStream(self, requests: Requests, context: grpc.aio.ServicerContext) -> Responses:  # type: ignore[type-arg]  # noqa: N802
        fault = self.scenario.faults.pop(0) if self.scenario.faults else Fault(0, "none")
        totals = {"operations": 0, "chunks": 0}
        self.chunks.append([])
        self.open_streams += 1
        try:
            async for response in self._answers(_read_ahead(requests, self), fault, totals):
                if response.HasField("result"):
                    await self.scenario.answers.wait()
                if response.HasField("result") and response.result.sequence == fault.after:
                    if fault.kind == "eof":
                        return
                    if fault.kind == "silent":
                        await asyncio.sleep(3600)
                    if fault.kind in ("unavailable", "cancelled"):
                        await context.abort(StatusCode[fault.kind.upper()], "broken")
                    if fault.kind == "going_away":
                        yield response
                        yield going_away(fault.after)
                        code = StatusCode.UNAVAILABLE
                        await context.abort(code, "bye", packed(code, "bye", [info("SHUTTING_DOWN")]))
                    damage(response.result, fault)
                yield response
        finally:
            self.open_streams -= 1

    async def _answers(self, requests: Requests, fault: Fault, totals: dict[str, int]) -> Responses:
        async for request in requests:
            kind = request.WhichOneof("message")
            if kind == "open":
                yield self._opened()
            elif kind == "chunk":
                totals["operations"] += len(request.chunk.operations)
                totals["chunks"] += 1
                result = self._apply(request.chunk)
                yield transaction_service_pb2.PostStreamResponse(result=result)
            else:
                assert request.finish.operation_count == totals["operations"]
                finished = transaction_service_pb2.PostStreamFinished(
                    chunk_count=totals["chunks"],
                    operation_count=totals["operations"] - (1 if fault.kind == "wrong_total" else 0),
                )
                yield transaction_service_pb2.PostStreamResponse(finished=finished)

    def _opened(self) -> transaction_service_pb2.PostStreamResponse:
        opened = transaction_service_pb2.PostStreamOpened(
            max_chunk_operations=self.scenario.max_chunk_operations,
            max_chunk_bytes=1024 * 1024,
            max_chunks_in_flight=self.scenario.max_chunks_in_flight,
        )
        return transaction_service_pb2.PostStreamResponse(opened=opened)

    def _apply(self, chunk: transaction_service_pb2.PostStreamChunk) -> transaction_service_pb2.PostStreamChunkResult:
        self.chunks[-1].append([reference_of(operation) for operation in chunk.operations])
        self.modes.append(chunk.mode)
        result = transaction_service_pb2.PostStreamChunkResult(sequence=chunk.sequence)
        for operation in chunk.operations:
            reference = reference_of(operation)
            if reference.startswith("poor"):
                rejection = rejection_pb2.Rejection(reason=error_reason_pb2.ERROR_REASON_INSUFFICIENT_FUNDS)
                result.results.append(operation_pb2.OperationResult(reference=reference, rejection=rejection))
                result.rejected_count += 1
                continue
            replayed = reference in self.recorded
            number = self.recorded.setdefault(reference, f"txn_{len(self.recorded)}")
            posted = operation_pb2.Posted(transaction_id=number, replayed=replayed)
            result.results.append(operation_pb2.OperationResult(reference=reference, posted=posted))
            result.posted_count += not replayed
            result.replayed_count += replayed
        return result

    async def WatchBatch(  # noqa: N802
        self,
        request: transaction_service_pb2.WatchBatchRequest,
        context: grpc.aio.ServicerContext,  # type: ignore[type-arg]
    ) -> AsyncIterator[transaction_service_pb2.WatchBatchResponse]:
        self.batch_watches.append(request.batch_id)
        posted = len(self.batch_watches)
        yield batch_response(request.batch_id, batch_pb2.BATCH_STATUS_RUNNING, posted)
        status = self.scenario.batch_breaks.pop(0) if self.scenario.batch_breaks else None
        if status is StatusCode.OK:
            return
        if status is not None:
            await context.abort(status, "broken")
        yield batch_response(request.batch_id, batch_pb2.BATCH_STATUS_FINISHED, posted)

    async def WatchTransactions(  # noqa: N802
        self,
        request: transaction_service_pb2.WatchTransactionsRequest,
        context: grpc.aio.ServicerContext,  # type: ignore[type-arg]
    ) -> AsyncIterator[transaction_service_pb2.WatchTransactionsResponse]:
        async for message in self.journal.watch(request.after_cursor, context):
            if isinstance(message, event_pb2.Event):
                yield transaction_service_pb2.WatchTransactionsResponse(event=message)
            else:
                yield transaction_service_pb2.WatchTransactionsResponse(heartbeat=message)

    journal: "Journal"


class Journal:
    """Events with positions as cursors, and what breaks the watches over them."""

    def __init__(self) -> None:
        self.events: list[event_pb2.Event] = []
        self.changed = asyncio.Condition()
        self.cursors: list[str] = []
        """What each watch asked to begin after."""
        self.breaks: list[tuple[int, StatusCode | None]] = []
        """For each watch in turn: after so many messages it ends with this status, None for OK."""
        self.open_watches = 0

    async def record(self, count: int = 1) -> None:
        async with self.changed:
            for _ in range(count):
                cursor = f"c{len(self.events) + 1}"
                self.events.append(event_pb2.Event(cursor=cursor, kind=event_pb2.EVENT_KIND_TRANSACTION_APPLIED))
            self.changed.notify_all()

    async def watch(
        self,
        after: str,
        context: grpc.aio.ServicerContext,  # type: ignore[type-arg]
    ) -> AsyncIterator[event_pb2.Event | event_pb2.Heartbeat]:
        self.cursors.append(after)
        sent, (limit, status) = 0, self.breaks.pop(0) if self.breaks else (-1, None)
        if after == "gone":
            code = StatusCode.OUT_OF_RANGE
            await context.abort(code, "gone", packed(code, "gone", [info("CURSOR_OUT_OF_RANGE", cause="epoch")]))
        self.open_watches += 1
        try:
            async for message in self._messages(int(after[1:]) if after else len(self.events)):
                if sent == limit:
                    if status is not None:
                        await context.abort(status, "broken")
                    return
                yield message
                sent += 1
        finally:
            self.open_watches -= 1

    async def _messages(self, position: int) -> AsyncIterator[event_pb2.Event | event_pb2.Heartbeat]:
        yield event_pb2.Heartbeat(cursor=f"c{position}")
        while True:
            async with self.changed:
                await self.changed.wait_for(lambda: len(self.events) > position)  # noqa: B023
            while position < len(self.events):
                yield self.events[position]
                position += 1


class Monitors(monitor_service_pb2_grpc.MonitorServiceServicer):
    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.requests: list[monitor_service_pb2.WatchMonitorsRequest] = []

    async def WatchMonitors(  # noqa: N802
        self,
        request: monitor_service_pb2.WatchMonitorsRequest,
        context: grpc.aio.ServicerContext,  # type: ignore[type-arg]
    ) -> AsyncIterator[monitor_service_pb2.WatchMonitorsResponse]:
        self.requests.append(request)
        async for message in self.journal.watch(request.after_cursor, context):
            if isinstance(message, event_pb2.Event):
                yield monitor_service_pb2.WatchMonitorsResponse(event=message)
            else:
                yield monitor_service_pb2.WatchMonitorsResponse(heartbeat=message)


class Events(event_service_pb2_grpc.EventServiceServicer):
    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.requests: list[event_service_pb2.WatchEventsRequest] = []

    async def WatchEvents(  # noqa: N802
        self,
        request: event_service_pb2.WatchEventsRequest,
        context: grpc.aio.ServicerContext,  # type: ignore[type-arg]
    ) -> AsyncIterator[event_service_pb2.WatchEventsResponse]:
        self.requests.append(request)
        async for message in self.journal.watch(request.after_cursor, context):
            if isinstance(message, event_pb2.Event):
                yield event_service_pb2.WatchEventsResponse(event=message)
            else:
                yield event_service_pb2.WatchEventsResponse(heartbeat=message)


class Ledgers(ledger_service_pb2_grpc.LedgerServiceServicer):
    async def GetBalance(  # noqa: N802
        self,
        request: ledger_service_pb2.GetBalanceRequest,
        context: grpc.aio.ServicerContext,  # type: ignore[type-arg]  # noqa: ARG002
    ) -> ledger_service_pb2.GetBalanceResponse:
        key = request.indicator_key
        balance = balance_pb2.Balance(id=request.balance_id, indicator=key.indicator, currency=key.currency)
        return ledger_service_pb2.GetBalanceResponse(balance=balance)


@dataclass
class FakeLedger:
    target: str
    scenario: Scenario
    transactions: Transactions
    monitors: Monitors
    events: Events
    journal: Journal


@asynccontextmanager
async def serving() -> AsyncIterator[FakeLedger]:
    scenario, journal = Scenario(), Journal()
    scenario.answers.set()
    transactions = Transactions(scenario)  # type: ignore[abstract]  # The other methods answer UNIMPLEMENTED.
    monitors = Monitors(journal)  # type: ignore[abstract]
    events = Events(journal)  # type: ignore[abstract]
    transactions.journal = journal
    server = aio.server(options=[("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", 2 * 1024 * 1024)])
    transaction_service_pb2_grpc.add_TransactionServiceServicer_to_server(transactions, server)
    monitor_service_pb2_grpc.add_MonitorServiceServicer_to_server(monitors, server)
    event_service_pb2_grpc.add_EventServiceServicer_to_server(events, server)
    ledger_service_pb2_grpc.add_LedgerServiceServicer_to_server(Ledgers(), server)  # type: ignore[abstract]
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield FakeLedger(f"127.0.0.1:{port}", scenario, transactions, monitors, events, journal)
    finally:
        await server.stop(None)


def batch_response(
    batch_id: str, status: batch_pb2.BatchStatus, posted: int
) -> transaction_service_pb2.WatchBatchResponse:
    return transaction_service_pb2.WatchBatchResponse(
        batch=batch_pb2.Batch(id=batch_id, status=status, posted_count=posted)
    )


def reference_of(operation: operation_pb2.Operation) -> str:
    kind = operation.WhichOneof("operation")
    assert kind is not None
    resolve = getattr(operation, kind)
    return str(resolve.reference or f"derived:{resolve.target.transaction_id}")


def going_away(last: int) -> transaction_service_pb2.PostStreamResponse:
    reason = rejection_pb2.Rejection(reason=error_reason_pb2.ERROR_REASON_SHUTTING_DOWN, message="stopping")
    return transaction_service_pb2.PostStreamResponse(
        going_away=transaction_service_pb2.PostStreamGoingAway(rejection=reason, last_sequence=last)
    )


def damage(result: transaction_service_pb2.PostStreamChunkResult, fault: Fault) -> None:
    """A service that errs: the client must notice."""
    if fault.kind == "out_of_order":
        result.sequence += 1
    elif fault.kind == "miscount":
        del result.results[-1]
    elif fault.kind == "swapped":
        result.results[0].reference, result.results[1].reference = result.results[1].reference, "?"
    elif fault.kind == "rejected":
        size = len(result.results)
        result.Clear()
        result.sequence = fault.after
        result.rejected_count = size
        result.rejection.reason = error_reason_pb2.ERROR_REASON_MESSAGE_TOO_LARGE


async def _read_ahead(requests: Requests, seen: Transactions) -> Requests:
    """The requests, read as fast as they come, whatever becomes of the answers."""
    queue: asyncio.Queue[transaction_service_pb2.PostStreamRequest | None] = asyncio.Queue()

    async def pump() -> None:
        async for request in requests:
            seen.received_chunks += request.HasField("chunk")
            queue.put_nowait(request)
        queue.put_nowait(None)

    pumping = asyncio.create_task(pump())
    try:
        while (request := await queue.get()) is not None:
            yield request
    finally:
        pumping.cancel()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not condition():  # noqa: ASYNC110 (the fake has no events for everything)
            await asyncio.sleep(0.01)
