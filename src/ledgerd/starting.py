"""Why a command cannot start, as a sentence that names the setting to check. Imports nothing of ours."""

import asyncio
import contextlib
import errno
import os
import socket
import ssl
import stat
from collections.abc import Iterator

import asyncpg


class CannotStart(Exception):
    """A command cannot start. The message is a sentence for its user: which setting, what is wrong, what to do."""


class Unfit(ConnectionError):
    """The database cannot be used. The message is a sentence of ours without its full stop."""


_MISSING = frozenset({"3F000", "42P01", "42703", "42883"})
"""No such schema, table, column, function."""
_SCHEMA_MISSING = (
    "the database has no schema of this ledgerd's version. "
    "Run `ledgerd migrate`, or set LEDGERD_MIGRATE=true, or look at the search_path"
)

_SENTENCES: dict[str, str] = {
    "28P01": "PostgreSQL rejects the password",
    "28000": "PostgreSQL rejects the user from here; see its pg_hba.conf",
    "3D000": "the database does not exist. Create it, or name another one",
    "42501": "the user lacks a right that ledgerd needs",
    "53300": "PostgreSQL has no connection left. Raise its max_connections, or lower LEDGERD_POOL_SIZE",
    "57P03": "PostgreSQL is starting up or shutting down. Try again",
    **dict.fromkeys(_MISSING, _SCHEMA_MISSING),
}


@contextlib.contextmanager
def using_database(setting: str = "DATABASE_URL") -> Iterator[None]:
    """Say why the database cannot be used. The database's own message is not shown: it may quote the DSN or a row."""
    try:
        yield
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        raise CannotStart(f"The database of {setting} cannot be used: {_why(error)}.") from error


def _why(error: Exception) -> str:
    if isinstance(error, asyncpg.PostgresError):
        return _SENTENCES.get(error.sqlstate or "", f"PostgreSQL rejects with SQLSTATE {error.sqlstate}")
    if isinstance(error, Unfit):
        return str(error)
    if isinstance(error, asyncpg.TargetServerAttributeNotMatched):
        return "what answers takes no writes: it is a standby, or default_transaction_read_only is on"
    if isinstance(error, asyncpg.ClientConfigurationError):
        return "an option in it is not one that asyncpg knows, or has a wrong value"
    if isinstance(error, socket.gaierror):
        return "its host is not known"
    if isinstance(error, ssl.SSLError) or "SSL" in str(error):
        return "TLS was rejected or failed; see its sslmode"
    if isinstance(error, asyncio.TimeoutError):
        return "no answer in time from its host"
    if isinstance(error, FileNotFoundError):
        return "there is no socket of a PostgreSQL, or no file of certificates, where it says"
    if isinstance(error, OSError) and error.errno:
        return f"nothing answers at its host and port ({os.strerror(error.errno)})"
    return "no connection to any of its hosts, or it was lost"


def check_listening(setting: str, *, host: str, port: int, path: str = "") -> None:
    """Check that the server can listen at an address. Raises CannotStart.

    gRPC would give no reason, after a hundred log lines; and it takes over the socket file of a running server.
    """
    with listening(setting, path or f"{host} port {port}"):
        _try_path(path) if path else _try_port(host, port)


@contextlib.contextmanager
def listening(setting: str, where: str) -> Iterator[None]:
    """Say why the server cannot listen."""
    try:
        yield
    except OSError as error:
        raise CannotStart(f"{setting}: cannot listen on {where}: {_why_not(error)}.") from error


def _try_port(host: str, port: int) -> None:
    rejected: list[OSError] = []
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, kind, _, _, address in found:
        try:
            with socket.socket(family, kind) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
                probe.listen(1)
        except OSError as error:
            rejected.append(error)
    # A name may have an address of a family that is switched off on this machine; its other addresses are enough.
    if any(error.errno == errno.EADDRINUSE for error in rejected) or len(rejected) == len(found):
        raise rejected[0]


def _try_path(path: str) -> None:
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            raise OSError(errno.EEXIST, "not a socket")
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(path)
        raise OSError(errno.EADDRINUSE, "taken")
    except (FileNotFoundError, ConnectionRefusedError):
        pass  # No server listens there; the file of a server that ended is replaced.
    directory = os.path.dirname(path)
    if not os.path.isdir(directory):
        raise FileNotFoundError(errno.ENOENT, "no directory")
    if not os.access(directory, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "closed")


def _why_not(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return "the host is not known"
    return {
        errno.EADDRINUSE: "another process listens there. Stop that one, or choose another address",
        errno.EADDRNOTAVAIL: "this machine does not have that address",
        errno.EACCES: "this user may not",
        errno.EEXIST: "there is a file that is no socket",
        errno.ENOENT: "its directory does not exist",
    }.get(error.errno or 0, os.strerror(error.errno) if error.errno else "gRPC says why in the line above")
