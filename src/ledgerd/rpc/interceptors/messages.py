"""Messages in and out: they are counted, and bytes that are no message are rejected with a reason.

gRPC itself would answer such bytes with INTERNAL, or not at all. So the deserializer returns a marker instead.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from google.protobuf.message import DecodeError

from ledgerd.core.model.rejection import Reason, Rejected, Rejection, Violation
from ledgerd.rpc.context import Context
from ledgerd.rpc.interceptors.concern import Handler, Rpc

_UNREADABLE = object()
_NOT_A_MESSAGE = Rejection(Reason.FIELD_INVALID, violations=(Violation("", "the bytes are not such a message"),))


def forgiving(deserialize: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """The deserializer, which raises nothing: `read` rejects what it cannot read."""

    def parse(data: bytes) -> Any:
        try:
            return deserialize(data)
        except DecodeError:
            return _UNREADABLE

    return parse


def read(rpc: Rpc, handle: Handler) -> Handler:
    """Count the requests, and reject those that cannot be read."""
    received = rpc.counts.received

    def readable(message: Any) -> Any:
        if message is _UNREADABLE:
            raise Rejected(_NOT_A_MESSAGE)
        received.inc()
        return message

    async def all_readable(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for message in requests:
            yield readable(message)

    async def serve(request: Any, context: Context) -> Any:
        return await handle(readable(request), context)

    async def serve_stream(requests: AsyncIterator[Any], context: Context) -> Any:
        return await handle(all_readable(requests), context)

    return serve_stream if rpc.request_streaming else serve


def write(rpc: Rpc, handle: Handler) -> Handler:
    """Count the responses. The responses of a stream are written here, so that no other concern runs between them."""
    sent = rpc.counts.sent
    yields: Any = handle
    """A servicer's method for a stream of responses is a generator."""

    async def serve(request: Any, context: Context) -> Any:
        response = await handle(request, context)
        sent.inc()
        return response

    async def serve_stream(request: Any, context: Context) -> None:
        async with aclosing(yields(request, context)) as responses:
            async for response in responses:
                sent.inc()
                await context.write(response)

    return serve_stream if rpc.response_streaming else serve
