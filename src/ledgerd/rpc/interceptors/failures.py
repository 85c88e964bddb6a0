"""Every failure as a rejection. An outage or a bug is logged with its cause, and the caller learns only the id of
the call."""

import asyncio
from typing import Any

import grpc
import structlog

from ledgerd import logs
from ledgerd.core.model.rejection import Reason, Rejected, Rejection
from ledgerd.outage import Outage
from ledgerd.rpc.context import Context
from ledgerd.rpc.interceptors.concern import Handler, Rpc
from ledgerd.store import errors

log = structlog.get_logger()

_ENDED = (asyncio.CancelledError, GeneratorExit, grpc.aio.BaseError)
"""The call has ended already: its client cancelled it or is gone, or a library's servicer ended it."""
_outage = Outage("calls that need the database")
"""One per process, as the metrics are."""


def reject_failures(rpc: Rpc, handle: Handler) -> Handler:
    """Raise nothing but Rejected, for calls that can still be answered."""
    needs_database = rpc.is_ours and not rpc.response_streaming

    async def serve(request: Any, context: Context) -> Any:
        try:
            response = await handle(request, context)
        except Rejected as rejected:
            if rejected.rejection.reason is Reason.DATABASE_UNAVAILABLE:
                _outage.failed(rejected.__cause__ or rejected)
            raise
        except _ENDED:
            raise
        except BaseException as error:
            raise Rejected(_rejection(error, rpc.name)) from error
        if needs_database:
            _outage.passed()
        return response

    return serve


def _rejection(error: BaseException, method: str) -> Rejection:
    if errors.is_away(error):
        _outage.failed(error)
        return Rejection(Reason.DATABASE_UNAVAILABLE)
    if errors.is_transient(error) or errors.is_overdue(error):
        return Rejection(Reason.TOO_BUSY)
    log.error("unexpected failure", method=method, exc_info=error)
    return Rejection(Reason.INTERNAL, {"call_id": logs.call_id.get() or ""})
