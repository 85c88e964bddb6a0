"""Watching what happens: iterators of events that reconnect and miss nothing."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from grpc import aio
from ledgerapi.v1.balance_pb2 import IndicatorKey
from ledgerapi.v1.event_pb2 import Event, EventKind
from ledgerapi.v1.event_service_pb2 import WatchEventsRequest, WatchEventsResponse
from ledgerapi.v1.monitor_service_pb2 import WatchMonitorsRequest, WatchMonitorsResponse
from ledgerapi.v1.transaction_service_pb2 import WatchTransactionsRequest, WatchTransactionsResponse

from ledgerd_client.backoff import Backoff, is_break, next_response
from ledgerd_client.client import LedgerClient
from ledgerd_client.errors import LedgerError, Unavailable

SILENCE_SECONDS_MAX = 90.0
"""The service sends a heartbeat at least every 30 seconds; a watch that is silent for longer than this is dead."""

_Response = WatchEventsResponse | WatchTransactionsResponse | WatchMonitorsResponse
_Call = aio.UnaryStreamCall[Any, Any]


def watch_events(
    client: LedgerClient,
    *,
    after_cursor: str = "",
    from_beginning: bool = False,
    kinds: Sequence[EventKind] = (),
    filter: str = "",  # noqa: A002 (the contract's word)
    give_up_seconds: float | None = None,
) -> "Watcher":
    """Watches everything that happens: to transactions, ledgers, balances, monitors, identities and batches.

    Args:
        client: The client to watch with.
        after_cursor: The cursor of the last event that was handled, or "" to begin now (see `Watcher.ready`). The
            cursors of all watches and of ListEvents are alike.
        from_beginning: Whether to begin at the first event of all. Not with `after_cursor`.
        kinds: Only events of these kinds. At most 100. Empty means all.
        filter: Which events, such as `balance_id = "bln_..."`. Empty means all.
        give_up_seconds: How long the service may be unreachable before the watch raises. None means for ever.
    """

    def connect(cursor: str) -> _Call:
        request = WatchEventsRequest(after_cursor=cursor, kinds=kinds, filter=filter)
        request.from_beginning = from_beginning and _saw_nothing_yet(after_cursor, cursor)
        return client.events.WatchEvents(request)

    return Watcher(connect, after_cursor, give_up_seconds)


def watch_transactions(
    client: LedgerClient,
    *,
    after_cursor: str = "",
    from_beginning: bool = False,
    balance_ids: Sequence[str] = (),
    indicator_keys: Sequence[tuple[str, str]] = (),
    filter: str = "",  # noqa: A002 (the contract's word)
    give_up_seconds: float | None = None,
) -> "Watcher":
    """Watches what happens to transactions.

    Args:
        client: The client to watch with.
        after_cursor: The cursor of the last event that was handled, or "" to begin now (see `Watcher.ready`).
        from_beginning: Whether to begin at the first event of all. Not with `after_cursor`.
        balance_ids: Only transactions with one of these balances on either side. At most 1,000. Empty means all.
        indicator_keys: The same by indicator and currency: ("@World", "USD"). The balances must exist.
        filter: Which transactions, such as `currency = "USD" AND status = "APPLIED"`. Empty means all.
        give_up_seconds: How long the service may be unreachable before the watch raises. None means for ever.
    """

    def connect(cursor: str) -> _Call:
        request = WatchTransactionsRequest(
            after_cursor=cursor, filter=filter, balance_ids=balance_ids, indicator_keys=_keys(indicator_keys)
        )
        request.from_beginning = from_beginning and _saw_nothing_yet(after_cursor, cursor)
        return client.transactions.WatchTransactions(request)

    return Watcher(connect, after_cursor, give_up_seconds)


def watch_monitors(
    client: LedgerClient,
    *,
    after_cursor: str = "",
    from_beginning: bool = False,
    monitor_ids: Sequence[str] = (),
    balance_ids: Sequence[str] = (),
    indicator_keys: Sequence[tuple[str, str]] = (),
    give_up_seconds: float | None = None,
) -> "Watcher":
    """Watches what monitors report.

    Args:
        client: The client to watch with.
        after_cursor: The cursor of the last event that was handled, or "" to begin now (see `Watcher.ready`).
        from_beginning: Whether to begin at the first event of all. Not with `after_cursor`.
        monitor_ids: Only what these monitors report. At most 1,000. Empty means all.
        balance_ids: Only monitors of these balances. At most 1,000. Empty means all. With both lists, both must fit.
        indicator_keys: The same by indicator and currency: ("@World", "USD"). The balances must exist.
        give_up_seconds: How long the service may be unreachable before the watch raises. None means for ever.
    """

    def connect(cursor: str) -> _Call:
        request = WatchMonitorsRequest(
            after_cursor=cursor,
            monitor_ids=monitor_ids,
            balance_ids=balance_ids,
            indicator_keys=_keys(indicator_keys),
        )
        request.from_beginning = from_beginning and _saw_nothing_yet(after_cursor, cursor)
        return client.monitors.WatchMonitors(request)

    return Watcher(connect, after_cursor, give_up_seconds)


def _saw_nothing_yet(after_cursor: str, cursor: str) -> bool:
    """A watch that reconnects goes on after its last cursor, and the service takes only one of the two."""
    return cursor == after_cursor


def _keys(names: Sequence[tuple[str, str]]) -> list[IndicatorKey]:
    return [IndicatorKey(indicator=indicator, currency=currency) for indicator, currency in names]


class Watcher(AsyncIterator[Event]):
    """An endless iterator of events, in order, each once.

    Made by `watch_events`, `watch_transactions` and `watch_monitors`. It connects on the first `ready` or the first
    step. When the stream breaks, it reconnects from its last position, with growing pauses. Close it with `aclose`, or
    use `async with`; an unclosed watcher keeps its stream until the client closes. One task iterates; other tasks may
    call `ready` and `aclose`.

    To miss nothing over a restart, keep the cursor of the last event that was handled and give it as `after_cursor`.
    Events of a kind that this version does not know are passed on.

    Raises:
        CursorLost: While iterating: the events that follow the cursor can no longer be read. Read the present state,
            then watch from now.
        Malformed: While iterating: the filter, an id or the cursor cannot be read.
        Unavailable: While iterating: unreachable for `give_up_seconds`.
    """

    def __init__(self, connect: Callable[[str], _Call], after_cursor: str, give_up_seconds: float | None) -> None:
        self._connect = connect
        self._give_up_seconds = give_up_seconds
        self._backoff: Backoff | None = None
        self._call: _Call | None = None
        self._responses: AsyncIterator[_Response] | None = None
        self._cursor = after_cursor
        self._read_cursor = after_cursor  # Ahead of _cursor while _events has events.
        self._events: deque[Event] = deque()
        self._ready = False
        self._alive = False  # Whether the present stream has sent anything.
        self._closed = asyncio.Event()
        self._failure: LedgerError | None = None
        self._reading = asyncio.Lock()

    @property
    def cursor(self) -> str:
        """The position of the watch: after the last event handed out, or further on where no event that fits follows.

        "" until the first message when the watch began without a cursor.
        """
        return self._cursor

    async def ready(self) -> None:
        """Waits until the watch has begun: it will see everything that is committed after this returns.

        Matters for watches without `after_cursor`: they begin when the service sends its first heartbeat, and until
        then a new connection begins at its own "now".

        Raises:
            LedgerError: As iterating does.
            RuntimeError: The watcher is closed.
        """
        while not self._ready:
            async with self._reading:
                if self._closed.is_set():
                    raise RuntimeError("the watcher is closed")
                if not self._ready:
                    await self._receive()

    async def __anext__(self) -> Event:
        while not self._events:
            async with self._reading:
                if self._closed.is_set():
                    raise StopAsyncIteration
                if not self._events:
                    await self._receive()
        event = self._events.popleft()
        self._cursor = event.cursor
        return event

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Ends the watch: cancels the stream, and ends a pending iteration. May be called more than once."""
        self._closed.set()
        self._events.clear()
        self._drop()

    async def _receive(self) -> None:
        """Takes in one message, or pauses after a break. Called under the lock."""
        if self._failure is not None:
            raise self._failure
        try:
            response = await self._next_response()
        except LedgerError as error:
            await self._after_failure(error)
        except BaseException:  # Most likely cancelled. The next call begins a new stream at the same place.
            self._drop()
            self._backoff = None
            raise
        else:
            self._take(response)

    async def _next_response(self) -> _Response:
        if self._call is None or self._responses is None:
            self._call = self._connect(self._read_cursor)
            self._responses = aiter(self._call)
            self._alive = False
        limit = asyncio.get_running_loop().time() + SILENCE_SECONDS_MAX
        give_up_time = self._present_backoff().give_up_time()
        if give_up_time is not None and not self._alive:
            limit = min(limit, give_up_time)
        try:
            async with asyncio.timeout_at(limit):
                return await next_response(self._responses)
        except TimeoutError:
            raise Unavailable("the service sent nothing, not even a heartbeat") from None

    async def _after_failure(self, error: LedgerError) -> None:
        self._drop()
        if self._closed.is_set():
            return
        if not is_break(error):
            self._failure = error
            raise error
        backoff = self._present_backoff()
        if self._alive:
            backoff.idle()
        try:
            seconds = backoff.seconds_after(error)
        except LedgerError:
            self._failure = error
            raise
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closed.wait(), seconds)

    def _present_backoff(self) -> Backoff:
        if self._backoff is None:
            self._backoff = Backoff(self._give_up_seconds)
        return self._backoff

    def _take(self, response: _Response) -> None:
        if self._closed.is_set():
            return
        kind = response.WhichOneof("message")
        if self._alive or kind == "event":  # The first heartbeat alone is not progress: a broken service may send it.
            self._present_backoff().progress()
        self._alive = True
        if kind == "event":
            self._events.append(response.event)
            self._read_cursor = response.event.cursor
        elif kind == "heartbeat":
            self._read_cursor = response.heartbeat.cursor
            if not self._events:
                self._cursor = self._read_cursor
        else:
            return  # A newer service's message; the cursor stays.
        self._ready = True

    def _drop(self) -> None:
        call, self._call, self._responses = self._call, None, None
        if call is not None:
            call.cancel()
