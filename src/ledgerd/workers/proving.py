"""The process that draws up the statements of a source: ``python -m ledgerd.workers.proving``.

A statement looks at every row of both sides. In a process of its own it does not hold up the event loop of a server.
"""

import uuid

from ledgerd.reconciliation import proving
from ledgerd.store import arrival_payloads, pool
from ledgerd.store.connecting import Connector
from ledgerd.workers import child

DONE = "DONE"


async def _work(order: dict[str, str]) -> child.Told:
    role = await pool.service_settings(order["dsn"])
    connection = await Connector(order["dsn"], {**child.SETTINGS, **role})()
    try:
        proofs = await proving.proofs(connection, uuid.UUID(order["source_id"]), uuid.UUID(order["run_id"]))
    finally:
        connection.terminate()
    return {"ended": DONE, "proofs": [arrival_payloads.stored(proof) for proof in proofs]}


def main() -> None:
    """Do the work of the order that comes in."""
    child.main(_work)


if __name__ == "__main__":
    main()
