"""Single transactions as recorded, with their present status."""

import uuid

from ledgerd.access.caller import Caller
from ledgerd.core.model.ids import TRANSACTION, decode, encode
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.core.model.transaction import Transaction
from ledgerd.operations.engine import Engine
from ledgerd.store import transactions


async def get(engine: Engine, caller: Caller, key: uuid.UUID | str) -> Transaction:
    """A transaction by its id or its reference. Raises Rejected: TRANSACTION_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        if isinstance(key, str):
            found = await transactions.by_reference(connection, key)
        else:
            found = await transactions.by_id(connection, key.int)
    if found is None:
        name = {"reference": key} if isinstance(key, str) else {"transaction": encode(TRANSACTION, key.int)}
        raise reject(Reason.TRANSACTION_NOT_FOUND, **name)
    return found


async def amended_count(engine: Engine, caller: Caller, amendment_id: str) -> int:
    """The number of transactions that an amendment changed, by the TypeID of the amendment."""
    number = decode(TRANSACTION, amendment_id)
    assert number is not None, f"not the id of a transaction: {amendment_id}"
    async with engine.pool.acquire() as connection:
        return await transactions.amended_count(connection, uuid.UUID(int=number))


async def get_changed(engine: Engine, caller: Caller, transaction_id: str) -> Transaction:
    """A transaction that an operation has just changed, after the change, by its TypeID."""
    number = decode(TRANSACTION, transaction_id)
    assert number is not None, f"not the id of a transaction: {transaction_id}"
    return await get(engine, caller, uuid.UUID(int=number))
