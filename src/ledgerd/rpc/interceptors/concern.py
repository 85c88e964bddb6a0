"""The type of a concern: a function that wraps the handler of a method, for calls of every shape."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from ledgerd import metrics
from ledgerd.rpc.context import Context

_OURS = "/ledgerapi."
_PROBE = "/grpc.health.v1.Health/Check"


@dataclass(frozen=True, slots=True)
class Rpc:
    """A method, as a concern sees it. ``name`` is ``/package.Service/Method``."""

    name: str
    request_streaming: bool
    response_streaming: bool
    counts: metrics.Rpcs

    @property
    def is_ours(self) -> bool:
        """Whether the method belongs to the contract. Health and reflection do not."""
        return self.name.startswith(_OURS)

    @property
    def is_probe(self) -> bool:
        """Whether load balancers check the server with this method, even when the server is busy."""
        return self.name == _PROBE


Handler: TypeAlias = Callable[[Any, Context], Awaitable[Any]]
"""Serves one call to its end. It takes the request, or an iterator of requests; it returns the response, or None where
it wrote its responses itself."""

Concern: TypeAlias = Callable[[Rpc, Handler], Handler]
"""Wraps the handler of a method, to act before it, after it or instead of it, for calls of every shape."""
