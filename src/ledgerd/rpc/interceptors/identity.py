"""The identity of a call: its id, for log lines, and the caller, for operations."""

import re
import secrets
from typing import Any

from ledgerd import logs
from ledgerd.access.caller import ANONYMOUS, Caller
from ledgerd.rpc.context import Context, set_caller
from ledgerd.rpc.interceptors.concern import Handler, Rpc

_KEY = "x-request-id"
_FORM = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


def identify(rpc: Rpc, handle: Handler) -> Handler:
    """Set the caller of the call. No caller is authenticated yet, so callers differ in the id of the call only."""

    async def serve(request: Any, context: Context) -> Any:
        call_id = _call_id(context)
        logs.call_id.set(call_id)
        set_caller(Caller(ANONYMOUS.principal, call_id))
        return await handle(request, context)

    return serve


def _call_id(context: Context) -> str:
    """The id that the caller gave the call, if it is well-formed, otherwise a new one."""
    for key, value in context.invocation_metadata() or ():
        if key == _KEY and isinstance(value, str) and _FORM.fullmatch(value):
            return value
    return secrets.token_hex(8)
