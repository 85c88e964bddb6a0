"""Connections: how they are opened, guarded with time-outs, and taught our types."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import asyncpg
from asyncpg.pool import PoolAcquireContext

from ledgerd.store.connecting import Connection, Connector, prepare, takes_writes

__all__ = ["IDLE_SECONDS", "SERVICE_ROLE", "open_pool", "open_posting_pool", "prepare", "service_settings"]

IDLE_SECONDS = 5
"""How long a session may do nothing in the middle of a transaction before PostgreSQL ends it."""

_SETTINGS = {
    "jit": "off",
    # Acknowledged means durable, so the warning of a commit that may not be durable must arrive.
    "client_min_messages": "warning",
    # A process that is paused or disconnected must not keep hot balances locked: its locks end with its
    # session. The client's own time-outs are longer than these, so the server decides first.
    "lock_timeout": "5s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30000",
}


_POSTING_SETTINGS = {
    # Every statement of the write path finds its rows by index. These settings keep the plans right on a
    # new or fast growing database, where statistics are missing or old.
    "enable_seqscan": "off",
    "plan_cache_mode": "force_generic_plan",
}


SERVICE_ROLE = "ledgerd_service"


class Pool(asyncpg.Pool):  # type: ignore[misc]  # asyncpg ships no types
    """asyncpg's pool, which also counts the tasks that wait for a connection."""

    waiting = 0

    def acquire(self, *, timeout: float | None = None) -> PoolAcquireContext:
        """To be used with ``async with``."""
        return _Acquiring(self, timeout)


class _Acquiring(PoolAcquireContext):  # type: ignore[misc]  # asyncpg ships no types
    async def __aenter__(self) -> Any:
        self.pool.waiting += 1
        try:
            return await super().__aenter__()
        finally:
            self.pool.waiting -= 1


async def service_settings(dsn: str) -> dict[str, str]:
    """The settings that take on the service role, which may not change history, where this role exists.

    This is the first connection, so it also checks for poolers. Raises Pooled.
    """
    connector = Connector(dsn)
    await connector.check()
    connection = await connector()
    try:
        member = await connection.fetchval(
            "SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = $1", SERVICE_ROLE
        )
    finally:
        await connection.close()
    return {"role": SERVICE_ROLE} if member else {}


async def open_posting_pool(
    dsn: str,
    *,
    min_size: int,
    max_size: int,
    settings: Mapping[str, str] = MappingProxyType({}),
    connection_class: type[Connection] = Connection,
) -> asyncpg.Pool:
    """The connections of the write path alone, so that no read keeps the write path waiting."""
    settings = {**_POSTING_SETTINGS, **settings}
    return await open_pool(
        dsn, min_size=min_size, max_size=max_size, settings=settings, connection_class=connection_class
    )


async def open_pool(
    dsn: str,
    *,
    min_size: int,
    max_size: int,
    settings: Mapping[str, str] = MappingProxyType({}),
    connection_class: type[Connection] = Connection,
) -> asyncpg.Pool:
    """A pool of prepared connections. Amounts arrive as int, never as float or Decimal."""
    pool = Pool(
        connect=Connector(dsn, {**_SETTINGS, **settings}, connection_class),
        min_size=min_size,
        max_size=max_size,
        # What create_pool passes where nothing is said.
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        loop=None,
        connection_class=asyncpg.Connection,
        record_class=asyncpg.Record,
        reset=_reset,
        command_timeout=90,
    )
    try:
        return await pool
    except BaseException:
        # Some of its connections may be open already.
        pool.terminate()
        raise


async def _reset(connection: asyncpg.Connection) -> None:
    """Drop a connection whose server no longer takes writes: the next connection goes to the server that does. No
    clean-up query is needed, because nothing of ours outlives a transaction."""
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")
    if not takes_writes(connection):
        connection.terminate()
