"""One log line for each call that ends."""

from typing import Any

import grpc
import structlog

from ledgerd.core.model.rejection import Rejected
from ledgerd.rpc.context import Context
from ledgerd.rpc.interceptors.concern import Handler, Rpc
from ledgerd.rpc.interceptors.statuses import code_of

log = structlog.get_logger()


def log_calls(rpc: Rpc, handle: Handler) -> Handler:
    """Log how a call ended. A call that its client cancelled has no line."""

    async def serve(request: Any, context: Context) -> Any:
        try:
            response = await handle(request, context)
        except Rejected as rejected:
            reason = rejected.rejection.reason.value
            log.info("rejected", method=rpc.name, code=code_of(rejected, context), reason=reason)
            raise
        except grpc.aio.AbortError as aborted:
            log.info("rejected", method=rpc.name, code=code_of(aborted, context))
            raise
        if rpc.response_streaming:
            log.info("stream ended", method=rpc.name)
        else:
            log.debug("served", method=rpc.name)
        return response

    return serve
