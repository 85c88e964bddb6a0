"""Watches the server that takes the writes: whether it still takes them, and whether another server took over."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

from ledgerd import metrics
from ledgerd.store import commits, connecting, errors
from ledgerd.store.connecting import Connection

log = structlog.get_logger()

LOOK_SECONDS = 1.0
"""How long an answer may take on a connection that worked before; then another connection is tried."""
CONNECT_SECONDS = 5.0
STRANDED_SECONDS = 3.0
"""For how long a session that holds locks may stand still in the middle of a statement, waiting for a client."""


class Primary:
    """Checks the server on a connection of its own, and opens another one at the first doubt."""

    def __init__(self, dsn: str, ask: Callable[[Connection], Awaitable[None]] | None = None) -> None:
        """``ask`` sends further queries on the same connection at each check."""
        self._dsn = dsn
        self._ask = ask
        self._connection: Connection | None = None
        self._stranded = connecting.Stranded(STRANDED_SECONDS)

    async def takes_writes(self) -> bool:
        """Whether a commit made now would be acknowledged.

        Where commits wait for a standby, the check makes a commit that writes no row. When another server answers than
        before, all connections of this process to other servers end, even those that wait for an answer: see Connector.
        """
        if self._connection is not None and await self._answers(LOOK_SECONDS):
            return True
        await self.close()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                self._connection = await connecting.connect(self._dsn)
        except Exception as error:
            if isinstance(error, connecting.Pooled):
                log.error("database unusable: a pooler that does not keep sessions apart", error=type(error).__name__)
            elif not (errors.is_passing(error) or isinstance(error, asyncpg.PostgresError)):
                raise
            return False
        return await self._answers(CONNECT_SECONDS)

    async def close(self) -> None:
        """Close the connection and cancel its query, which acknowledges nothing."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                await connection.close(timeout=LOOK_SECONDS)
            except Exception:  # noqa: BLE001  (it is closed all the same)
                connection.terminate()

    async def _answers(self, seconds: float) -> bool:
        connection = self._connection
        assert connection is not None
        try:
            async with asyncio.timeout(seconds):
                with metrics.DATABASE_ANSWER_SECONDS.time():
                    await commits.probe(connection, seconds)
                await self._stranded.end(connection)
                if self._ask is not None:
                    await self._ask(connection)
        except Exception as error:
            if not (errors.is_passing(error) or isinstance(error, asyncpg.PostgresError)):
                raise
            return False
        return connecting.takes_writes(connection)
