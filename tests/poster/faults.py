"""What can go wrong with a connection, as something that happens at a point."""

import asyncpg

from tests.poster.points import Happening, Point, Points


def raises(error: Exception) -> Happening:
    async def fail(_: asyncpg.Connection) -> None:
        raise error

    return fail


async def kill(connection: asyncpg.Connection) -> None:
    """End the connection's backend, and return when it is gone."""
    host, _, port = str(connection._addr).rpartition("/.s.PGSQL.")
    parameters = connection._params
    killer = await asyncpg.connect(host=host, port=int(port), user=parameters.user, database=parameters.database)
    try:
        await killer.execute("SELECT pg_terminate_backend($1, 5000)", connection.get_server_pid())
    finally:
        await killer.close()


def happens(points: Points, point: Point, reference: str, happening: Happening, *, times: int) -> None:
    """Let something happen each of the first so many times."""

    async def again(connection: asyncpg.Connection) -> None:
        if times > 1:
            happens(points, point, reference, happening, times=times - 1)
        await happening(connection)

    points.at(point, reference, again)


FAULTS: dict[str, Happening] = {
    "the disk is full": raises(asyncpg.DiskFullError("no space left")),
    "a deadlock": raises(asyncpg.DeadlockDetectedError("deadlock detected")),
    "the network breaks": raises(ConnectionResetError("connection reset")),
    "a bug of ours": raises(ZeroDivisionError()),
    "the backend is killed": kill,
}
