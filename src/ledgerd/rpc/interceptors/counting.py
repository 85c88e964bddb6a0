"""Metrics of calls: how many begin, how they end, and how long they take."""

import time
from typing import Any

from ledgerd.rpc.context import Context
from ledgerd.rpc.interceptors.concern import Handler, Rpc
from ledgerd.rpc.interceptors.statuses import code_of


def count_calls(rpc: Rpc, handle: Handler) -> Handler:
    """Count and time the calls of a method."""
    counts = rpc.counts

    async def serve(request: Any, context: Context) -> Any:
        counts.started.inc()
        begun = time.perf_counter()
        try:
            response = await handle(request, context)
        except BaseException as error:
            counts.ended(code_of(error, context)).inc()
            raise
        else:
            counts.succeeded.inc()
            return response
        finally:
            counts.seconds.observe(time.perf_counter() - begun)

    return serve
