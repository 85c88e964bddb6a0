"""Older transactions, to which something is done, as recorded."""

from ledgerd.access.caller import Caller
from ledgerd.core.model.ids import TRANSACTION, decode
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.core.model.transaction import Transaction
from ledgerd.operations.engine import Engine
from ledgerd.store import transactions


async def get(engine: Engine, caller: Caller, transaction_id: str) -> Transaction:
    """A transaction by id, as it is now. Raises Rejected with TRANSACTION_NOT_FOUND."""
    number = decode(TRANSACTION, transaction_id)
    async with engine.pool.acquire() as connection:
        found = None if number is None else await transactions.by_id(connection, number)
    if found is None:
        raise reject(Reason.TRANSACTION_NOT_FOUND, transaction=transaction_id)
    return found
