"""Opens connections: to a server that takes writes, with our settings in force, and with a backend of its own.

`DATABASE_URL` may name several hosts. They are asked in turn, the one that answered last time first, and each for a
short while: one that is gone without a trace must not keep the others from being asked.
"""

import asyncio
import time
import weakref
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg

from ledgerd.starting import Unfit
from ledgerd.store import queries

_QUERIES = queries.CONNECTIONS

APPLICATION_NAME = "ledgerd"
CONNECT_SECONDS = 10.0
HOST_SECONDS = 2.0
"""How long each of several hosts is waited for."""
_PORT = 5432
_LOOKS = "abbaab"
"""In which order two connections are asked for their backends: whichever free one a pooler takes, the oldest or the
latest, one of them soon gets another."""

_AT_START = {"application_name": APPLICATION_NAME, "timezone": "UTC"}
"""Poolers know these two. Everything else is set afterwards: they reject what they do not know, or drop it."""

_NOT_SETTINGS = frozenset(
    "host port dbname database user password passfile sslmode sslcert sslkey sslrootcert sslnegotiation sslcrl"
    " sslpassword ssl_min_protocol_version ssl_max_protocol_version target_session_attrs krbsrvname gsslib service"
    " options".split()
)
"""Of the parameters of a URL, those that are not settings of PostgreSQL's."""


_ELSEWHERE = (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError)
"""What one statement prepared is not where the next one looks for it."""
_ANOTHER_BACKEND = (
    "a pooler between ledgerd and PostgreSQL gives a connection another backend for each transaction."
    " Use the pooler's session mode, or give DATABASE_URL the address of PostgreSQL itself"
)


class Pooled(Unfit):
    """A pooler stands in between that does not give each connection a backend of its own."""


class Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection that knows where it leads."""

    dsn: str
    server: object = None
    """Equal for two connections to one server, between two of its starts; a server that takes over has another."""


_OPEN: "weakref.WeakSet[Connection]" = weakref.WeakSet()


class Connector:
    """Opens connections to one database. ``settings`` are in force in each of them."""

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
        """What asyncpg's pool calls. Raises OSError or asyncpg's errors where no server takes writes, and Pooled."""
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
        # What a server said tells more than that another one is silent.
        raise next((failure for failure in failures if isinstance(failure, asyncpg.PostgresError)), failures[-1])

    async def _introduce(self, connection: Connection) -> None:
        await prepare(connection)
        row = await connection.fetchrow(_QUERIES.introduce, list(self._settings), list(self._settings.values()))
        connection.server = row["server"]
        if row["backend"] != connection.get_server_pid() and not self._is_checked:
            # Not the number that PostgreSQL gives: somebody stands in between.
            await self._reject_poolers(connection)

    async def check(self) -> None:
        """Raise Pooled unless connections have backends of their own, and what they were opened with is in force."""
        connection = await self._open()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._reject_poolers(connection)
        except _ELSEWHERE as error:
            raise Pooled(_ANOTHER_BACKEND) from error
        finally:
            connection.terminate()

    async def _reject_poolers(self, connection: Connection) -> None:
        """Two connections that are open at the same time have each a backend of its own, always the same one."""
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
                asked = connection if name == "a" else other
                backends[name].add(await asked.fetchval(_QUERIES.backend))
        finally:
            other.terminate()
        if len(backends["a"]) > 1 or len(backends["b"]) > 1 or backends["a"] == backends["b"]:
            raise Pooled(_ANOTHER_BACKEND)
        self._is_checked = True


async def connect(dsn: str, settings: Mapping[str, str] = MappingProxyType({}), **options: Any) -> Connection:
    """One connection, for who needs no pool."""
    return await Connector(dsn, settings)(**options)


async def prepare(connection: asyncpg.Connection) -> None:
    """Teach one connection our types."""
    await connection.set_type_codec("numeric", schema="pg_catalog", encoder=str, decoder=int, format="text")


async def ping(connection: asyncpg.Connection) -> None:
    """Ask for nothing. Raises what asyncpg raises when the connection is lost."""
    await connection.execute(_QUERIES.ping)


def takes_writes(connection: Connection) -> bool:
    """Whether the server still takes writes, as far as it said: PostgreSQL reports both settings on its own."""
    said = connection.get_settings()
    return "on" not in (
        getattr(said, "in_hot_standby", "off"),
        getattr(said, "default_transaction_read_only", "off"),
    )


def end_all_but(dsn: str, server: object) -> int:
    """End every connection of this process to the database that leads to another server than this one, whatever it
    waits for; how many that were."""
    ended = [
        connection
        for connection in _OPEN
        if connection.dsn == dsn and connection.server != server and not connection.is_closed()
    ]
    for connection in ended:
        connection.terminate()
    return len(ended)


class Stranded:
    """Finds sessions, also of other processes, that hold locks and wait for a client that does not move."""

    def __init__(self, after_seconds: float) -> None:
        """``after_seconds`` is for how long they must have been seen where they stand, at every look."""
        self._after_seconds = after_seconds
        self._since: dict[tuple[object, ...], float] = {}

    async def end(self, connection: Connection) -> int:
        """Look once, and end those that have stood for so long; how many that were."""
        now = time.monotonic()
        rows = await connection.fetch(_QUERIES.waiting_for_clients, APPLICATION_NAME)
        # Where it stands is part of the key: a long COPY that moves is no other than a short one.
        self._since = {key: self._since.get(key, now) for key in map(tuple, rows)}
        over = [key for key, since in self._since.items() if now - since >= self._after_seconds]
        if not over:
            return 0
        pids, starts, *_ = zip(*over, strict=True)
        return int(await connection.fetchval(_QUERIES.end_sessions, pids, starts))


def _hosts(dsn: str) -> list[tuple[str, int] | None]:
    """The hosts that a URL names where they are several; else None alone, which leaves it to asyncpg."""
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
