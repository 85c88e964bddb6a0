"""The context of a call: gRPC's context, and the caller."""

from contextvars import ContextVar
from typing import Any, TypeAlias

import grpc

from ledgerd.access.caller import ANONYMOUS, Caller

Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]
"""The type of every handler's second argument."""

_caller: ContextVar[Caller] = ContextVar("caller", default=ANONYMOUS)


def current_caller() -> Caller:
    """The caller of the call that this task serves. Handlers pass it to every operation."""
    return _caller.get()


def set_caller(caller: Caller) -> None:
    """Set the caller of the call that this task serves."""
    _caller.set(caller)
