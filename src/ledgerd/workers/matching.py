"""The process that works on one run: ``python -m ledgerd.workers.matching``.

Matching is plain Python and numpy over millions of rows. In a process of its own it neither holds up the event loop of
the server nor keeps its memory.
"""

import uuid

import asyncpg

from ledgerd.reconciliation import job
from ledgerd.reconciliation.finding import TooManyLeft
from ledgerd.store import pool
from ledgerd.store.connecting import Connector
from ledgerd.store.reconciliations import Cancelled, Lost, RunLease
from ledgerd.workers import child

DONE, LOST, CANCELLED, TOO_MANY = "DONE", "LOST", "CANCELLED", "TOO_MANY"


async def _work(order: dict[str, str]) -> child.Told:
    role = await pool.service_settings(order["dsn"])
    connect = Connector(order["dsn"], {**child.SETTINGS, **role})
    lease = RunLease(uuid.UUID(order["id"]), uuid.UUID(order["token"]))
    reader, writer = await connect(), await connect()
    try:
        await job.run(reader, writer, lease)
    except Lost:
        return {"ended": LOST}
    except Cancelled:
        return {"ended": CANCELLED}
    except TooManyLeft as too_many:
        return {"ended": TOO_MANY, "rows": too_many.requested, "most": too_many.most}
    finally:
        await _close(reader, writer)
    return {"ended": DONE}


async def _close(*connections: asyncpg.Connection) -> None:
    for connection in connections:
        connection.terminate()


def main() -> None:
    """Do the work of the order that comes in."""
    child.main(_work)


if __name__ == "__main__":
    main()
