"""Failures as gRPC statuses. All inner code raises. Only this concern ends a call with a status."""

from typing import Any

import grpc

from ledgerd.core.model.rejection import Rejected
from ledgerd.rpc.context import Context
from ledgerd.rpc.interceptors.concern import Handler, Rpc
from ledgerd.wire.errors import STATUSES, to_status

_DETAILS_KEY = "grpc-status-details-bin"
_CANCELLED = "CANCELLED"


def end_with_status(rpc: Rpc, handle: Handler) -> Handler:
    """End a rejected call with the status of its reason."""

    async def serve(request: Any, context: Context) -> Any:
        try:
            return await handle(request, context)
        except Rejected as rejected:
            status = to_status(rejected.rejection)
            code = STATUSES[rejected.rejection.reason][0]
            await context.abort(code, status.message, ((_DETAILS_KEY, status.SerializeToString()),))

    return serve


def code_of(error: BaseException, context: Context) -> str:
    """The name of the status that a call ends with because of this error."""
    if isinstance(error, Rejected):
        return STATUSES[error.rejection.reason][0].name
    if isinstance(error, grpc.aio.AbortError):
        # A library's servicer has ended the call, as that of health does for an unknown service.
        return context.code().name
    return _CANCELLED
