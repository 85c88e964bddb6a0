"""Watches for synchronous code."""

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self

from ledgerapi.v1.event_pb2 import Event, EventKind

from ledgerd_client import watch
from ledgerd_client.client import LedgerClient as AsyncClient
from ledgerd_client.sync.background import BackgroundLoop
from ledgerd_client.sync.client import LedgerClient
from ledgerd_client.sync.streams import END, next_or_end


class Watcher(Iterator[Event]):
    """An endless iterator of events; see `ledgerd_client.Watcher`, which does the work.

    One thread iterates; other threads may call `ready` and `close`.
    """

    def __init__(self, loop: BackgroundLoop, watcher: watch.Watcher) -> None:
        self._loop = loop
        self._watcher = watcher

    @property
    def cursor(self) -> str:
        """The position of the watch: give it as `after_cursor` to go on from there."""
        return self._watcher.cursor

    def ready(self) -> None:
        """Waits until the watch has begun: it will see everything that is committed after this returns.

        Raises:
            LedgerError: As iterating does.
            RuntimeError: The watcher is closed.
        """
        self._loop.run(self._watcher.ready())

    def __next__(self) -> Event:
        event = self._loop.run(next_or_end(self._watcher))
        if event is END:
            raise StopIteration
        return event

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the watch, and a pending iteration in another thread. May be called more than once."""
        self._loop.run(self._watcher.aclose())


def watch_events(
    client: LedgerClient,
    *,
    after_cursor: str = "",
    from_beginning: bool = False,
    kinds: Sequence[EventKind] = (),
    filter: str = "",  # noqa: A002 (the contract's word)
    give_up_seconds: float | None = None,
) -> Watcher:
    """Watches everything that happens; see `ledgerd_client.watch_events`."""
    return _watcher(
        client,
        lambda connected: watch.watch_events(
            connected,
            after_cursor=after_cursor,
            from_beginning=from_beginning,
            kinds=kinds,
            filter=filter,
            give_up_seconds=give_up_seconds,
        ),
    )


def watch_transactions(
    client: LedgerClient,
    *,
    after_cursor: str = "",
    from_beginning: bool = False,
    balance_ids: Sequence[str] = (),
    indicator_keys: Sequence[tuple[str, str]] = (),
    filter: str = "",  # noqa: A002 (the contract's word)
    give_up_seconds: float | None = None,
) -> Watcher:
    """Watches what happens to transactions; see `ledgerd_client.watch_transactions`."""
    return _watcher(
        client,
        lambda connected: watch.watch_transactions(
            connected,
            after_cursor=after_cursor,
            from_beginning=from_beginning,
            balance_ids=balance_ids,
            indicator_keys=indicator_keys,
            filter=filter,
            give_up_seconds=give_up_seconds,
        ),
    )


def watch_monitors(
    client: LedgerClient,
    *,
    after_cursor: str = "",
    from_beginning: bool = False,
    monitor_ids: Sequence[str] = (),
    balance_ids: Sequence[str] = (),
    indicator_keys: Sequence[tuple[str, str]] = (),
    give_up_seconds: float | None = None,
) -> Watcher:
    """Watches what monitors report; see `ledgerd_client.watch_monitors`."""
    return _watcher(
        client,
        lambda connected: watch.watch_monitors(
            connected,
            after_cursor=after_cursor,
            from_beginning=from_beginning,
            monitor_ids=monitor_ids,
            balance_ids=balance_ids,
            indicator_keys=indicator_keys,
            give_up_seconds=give_up_seconds,
        ),
    )


def _watcher(client: LedgerClient, begin: Callable[[AsyncClient], watch.Watcher]) -> Watcher:
    loop, connected = client.connection

    async def make() -> watch.Watcher:
        return begin(connected)

    return Watcher(loop, loop.run(make()))
