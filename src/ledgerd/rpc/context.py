"""What is known of a call: gRPC's context, and who makes it."""

from contextvars import ContextVar
from typing import Any, TypeAlias

import grpc

from ledgerd.access.caller import ANONYMOUS, Caller

Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]
"""The second argument of every handler, for those who read types."""

_caller: ContextVar[Caller] = ContextVar("caller", default=ANONYMOUS)


def current_caller() -> Caller:
    """Who makes the call that is being served; handlers tell every operation."""
    return _caller.get()


def set_caller(caller: Caller) -> None:
    """Note who makes the call that this task serves."""
    _caller.set(caller)
