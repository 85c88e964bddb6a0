"""The moment at which a server begins to stop."""

import asyncio
from typing import Any

from ledgerd import metrics
from ledgerd.core.model.rejection import Rejected
from ledgerd.rpc.interceptors.concern import Rpc
from ledgerd.rpc.interceptors.drain import Drain


async def test_calls_that_nobody_has_picked_up_yet_are_held_before_grpc_stops() -> None:
    """When gRPC is told to stop, it would end them without a reason."""
    begun = asyncio.Event()
    drain = Drain(begun)
    name, shape = "/ledgerapi.v1.LedgerService/GetLedger", {"request_streaming": False, "response_streaming": False}
    rpc = Rpc(name, **shape, counts=metrics.Rpcs(name, **shape))
    serve = drain.end_calls(rpc, drain.hold_calls(rpc, _never))
    begun.set()
    received = [asyncio.create_task(serve(None, None)) for _ in range(3)]  # type: ignore[arg-type]
    await drain.quiet(within_seconds=60)
    assert drain.holds_calls
    drain.dismiss()
    ended = await asyncio.gather(*received, return_exceptions=True)
    assert [end.rejection.reason for end in ended if isinstance(end, Rejected)] == ["SHUTTING_DOWN"] * 3


async def _never(request: Any, context: Any) -> None:
    raise AssertionError("a call that arrives while the server stops is not served")
