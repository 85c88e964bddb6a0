"""Opens connections: to a server that takes writes, with our settings in force, and with a backend of its own.

`DATABASE_URL` may name more than one host. They are tried in turn, first the host that answered last time. Each has a
short time-out, so that a host that does not answer does not keep the others from being tried.
"""

import asyncio
import time
import weakref
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg
import structlog

from ledgerd.starting import Unfit
from ledgerd.store import queries

log = structlog.get_logger()

_QUERIES = queries.CONNECTIONS

APPLICATION_NAME = "ledgerd"
CONNECT_SECONDS = 10.0
HOST_SECONDS = 2.0
"""The time-out of each host, where the URL names more than one."""
_PORT = 5432
_LOOKS = "abbaab"
"""The order in which two connections tell their backends. A pooler takes the oldest or the latest free backend. In
either case one of the two connections soon gets another backend."""

_AT_START = {"application_name": APPLICATION_NAME, "timezone": "UTC"}
"""Poolers accept these two settings. All others are set afterwards: poolers reject or drop settings unknown to them."""

_NOT_SETTINGS = frozenset(
    "host port dbname database user password passfile sslmode sslcert sslkey sslrootcert sslnegotiation sslcrl"
    " sslpassword ssl_min_protocol_version ssl_max_protocol_version target_session_attrs krbsrvname gsslib service"
    " options".split()
)
"""The parameters of a URL that are not settings of PostgreSQL."""


_ELSEWHERE = (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError)
"""The states of an error that says that a prepared statement is not in this session."""
_ANOTHER_BACKEND = (
    "a pooler between ledgerd and PostgreSQL gives a connection another backend for each transaction."
    " Use the pooler's session mode, or give DATABASE_URL the address of PostgreSQL itself"
)


class Pooled(Unfit):
    """A pooler stands between ledgerd and PostgreSQL, and does not give each connection a backend of its own."""


class Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection that knows its server."""

    dsn: str
    server: object = None
    """Equal for two connections to one server, until it restarts. A server that takes over has another value."""

    def end(self) -> None:
        """End it, whatever it waits for. Who uses it learns that it is lost, also between two steps of a query: there
        asyncpg's terminate() leaves nothing to go on with, which looks like a bug."""
        self._protocol.abort()


_OPEN: "weakref.WeakSet[Connection]" = weakref.WeakSet()


class Connector:
    """Opens connections to one database, each with these ``settings``."""

    def __init__(
        self,
        dsn: str,
        settings: Mapping[str, str] = MappingProxyType({}),
        connection_class: type[Connection] = Connection,
    ) -> None:
        self._dsn = dsn
        self._settings = dict(settings)
        self._class = connection_class
        self._hosts = _hosts(dsn)
        self._is_checked = False

    async def __call__(self, *_: object, **options: Any) -> Connection:
        """Open a connection, for asyncpg's pool. Raises OSError or asyncpg's errors where no server takes writes, and
        Pooled.

        Where another server answers than before, all connections of this process to other servers end. Whatever is
        recorded on this connection could not be read on those.
        """
        options.pop("connection_class", None)
        connection = await self._open(**options)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._introduce(connection)
        except _ELSEWHERE as error:
            connection.terminate()
            raise Pooled(_ANOTHER_BACKEND) from error
        except BaseException:
            connection.terminate()
            raise
        _OPEN.add(connection)
        ended = end_all_but(self._dsn, connection.server)
        if ended:
            log.warning("database server changed", connections_ended=ended)
        return connection

    async def _open(self, **options: Any) -> Connection:
        failures: list[Exception] = []
        for host in list(self._hosts):
            where = {} if host is None else {"host": host[0], "port": host[1]}
            try:
                connection: Connection = await asyncpg.connect(
                    self._dsn,
                    connection_class=self._class,
                    target_session_attrs="read-write",
                    server_settings=_AT_START,
                    timeout=HOST_SECONDS if len(self._hosts) > 1 else CONNECT_SECONDS,
                    **where,
                    **options,
                )
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InternalClientError) as error:
                failures.append(error)
                continue
            self._hosts.remove(host)
            self._hosts.insert(0, host)
            connection.dsn = self._dsn
            return connection
        # The error of a server that answered says more than the time-out of another one.
        raise next((failure for failure in failures if isinstance(failure, asyncpg.PostgresError)), failures[-1])

    async def _introduce(self, connection: Connection) -> None:
        await prepare(connection)
        row = await connection.fetchrow(_QUERIES.introduce, list(self._settings), list(self._settings.values()))
        connection.server = row["server"]
        if row["backend"] != connection.get_server_pid() and not self._is_checked:
            # Not the backend's number that PostgreSQL gives: a pooler stands in between.
            await self._reject_poolers(connection)

    async def check(self) -> None:
        """Raise Pooled unless connections have backends of their own, and their settings are in force."""
        connection = await self._open()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._reject_poolers(connection)
        except _ELSEWHERE as error:
            raise Pooled(_ANOTHER_BACKEND) from error
        finally:
            connection.terminate()

    async def _reject_poolers(self, connection: Connection) -> None:
        """Raise Pooled unless each of two open connections keeps a backend of its own."""
        sent = {**_settings_in(self._dsn), "timezone": _AT_START["timezone"]}
        dropped = await connection.fetch(_QUERIES.not_in_force, list(sent), list(sent.values()))
        if dropped:
            raise Pooled(
                f"a pooler between ledgerd and PostgreSQL drops {', '.join(row['name'] for row in dropped)} when a"
                " connection begins. Let it pass them on, or give DATABASE_URL the address of PostgreSQL itself"
            )
        other = await self._open()
        try:
            backends = {"a": set[int](), "b": set[int]()}
            for name in _LOOKS:
                chosen = connection if name == "a" else other
                backends[name].add(await chosen.fetchval(_QUERIES.backend))
        finally:
            other.terminate()
        if len(backends["a"]) > 1 or len(backends["b"]) > 1 or backends["a"] == backends["b"]:
            raise Pooled(_ANOTHER_BACKEND)
        self._is_checked = True


async def connect(dsn: str, settings: Mapping[str, str] = MappingProxyType({}), **options: Any) -> Connection:
    """Open one connection, outside of any pool."""
    return await Connector(dsn, settings)(**options)


async def prepare(connection: asyncpg.Connection) -> None:
    """Register our types on a connection."""
    await connection.set_type_codec("numeric", schema="pg_catalog", encoder=str, decoder=int, format="text")


async def ping(connection: asyncpg.Connection) -> None:
    """Send an empty query. Raises asyncpg's error when the connection is lost."""
    await connection.execute(_QUERIES.ping)


def takes_writes(connection: Connection) -> bool:
    """Whether the server still takes writes, by its last report. PostgreSQL reports both settings automatically."""
    said = connection.get_settings()
    return "on" not in (
        getattr(said, "in_hot_standby", "off"),
        getattr(said, "default_transaction_read_only", "off"),
    )


def end_all_but(dsn: str, server: object) -> int:
    """End every connection of this process to the database whose server is not this one, even one that waits for an
    answer. Returns their number."""
    ended = [
        connection
        for connection in _OPEN
        if connection.dsn == dsn and connection.server != server and not connection.is_closed()
    ]
    for connection in ended:
        connection.end()
    return len(ended)


class Stranded:
    """Finds sessions, also of other processes, that hold locks and wait for a client that has stopped."""

    def __init__(self, after_seconds: float) -> None:
        """A session ends when every check within ``after_seconds`` found it at the same place."""
        self._after_seconds = after_seconds
        self._since: dict[tuple[object, ...], float] = {}

    async def end(self, connection: Connection) -> int:
        """Check once, and end the sessions that have stood for ``after_seconds``. Returns their number."""
        now = time.monotonic()
        rows = await connection.fetch(_QUERIES.waiting_for_clients, APPLICATION_NAME)
        # The progress is part of the key, so that a long COPY that advances is not ended.
        self._since = {key: self._since.get(key, now) for key in map(tuple, rows)}
        over = [key for key, since in self._since.items() if now - since >= self._after_seconds]
        if not over:
            return 0
        pids, starts, *_ = zip(*over, strict=True)
        return int(await connection.fetchval(_QUERIES.end_sessions, pids, starts))


def _hosts(dsn: str) -> list[tuple[str, int] | None]:
    """The hosts of a URL that names more than one; otherwise None alone, and asyncpg reads the host from the URL."""
    parts = urlsplit(dsn)
    query = dict(parse_qsl(parts.query))
    spec = parts.netloc.rpartition("@")[2] or query.get("host", "")
    if "," not in spec:
        return [None]
    names = [unquote(host) for host in spec.split(",")]
    ports = [int(port) for port in query.get("port", "").split(",") if port]
    if len(ports) != len(names):
        ports = [ports[0] if ports else _PORT] * len(names)
    return [_host_and_port(name, port) for name, port in zip(names, ports, strict=True)]


def _host_and_port(name: str, port: int) -> tuple[str, int]:
    host, colon, given = name.rpartition(":")
    if name.startswith("/") or not colon or name.endswith("]"):
        return name.strip("[]"), port
    return host.strip("[]"), int(given)


def _settings_in(dsn: str) -> dict[str, str]:
    query = dict(parse_qsl(urlsplit(dsn).query))
    return {name: value for name, value in query.items() if name not in _NOT_SETTINGS}
