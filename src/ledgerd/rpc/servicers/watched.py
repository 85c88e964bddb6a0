"""The balances to which a watch is narrowed."""

from ledgerapi.v1 import monitor_service_pb2, transaction_service_pb2

from ledgerd.access.caller import Caller
from ledgerd.core.model import ids, limits
from ledgerd.operations import balances
from ledgerd.operations.engine import Engine
from ledgerd.wire import fields, settings

_Request = transaction_service_pb2.WatchTransactionsRequest | monitor_service_pb2.WatchMonitorsRequest


async def balance_ids(engine: Engine, caller: Caller, request: _Request) -> list[str]:
    """The ids that the request gives, and those of the indicators that it gives.

    Raises Rejected: FIELD_INVALID, TOO_MANY_ITEMS, BALANCE_NOT_FOUND.
    """
    given, limit = list(request.balance_ids), limits.WATCH_MAX_IDS
    with fields.reading() as read:
        names = settings.indicator_keys(read, request.indicator_keys, beside=len(given), at_most=limit)
    keys = await balances.keys_of(engine, caller, names)
    return [*given, *(ids.encode_hex(ids.BALANCE, key) for key in keys)]
