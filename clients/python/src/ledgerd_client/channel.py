"""The channel: its options, and the interceptors that give deadlines and raise our errors."""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Generator, Iterable, Sequence
from importlib import resources
from typing import Any, TypeVar

import grpc
from grpc import aio

from ledgerd_client.errors import from_rpc_error

MESSAGE_BYTES_MAX = 16 * 1024 * 1024
"""The service's limit for one message, both ways."""
KEEPALIVE_MS = 30_000
KEEPALIVE_TIMEOUT_MS = 20_000
RECONNECT_MS_MIN = 200
RECONNECT_MS_MAX = 5_000
TRAILER_BYTES_MAX = 64 * 1024

Option = tuple[str, Any]

_Request = TypeVar("_Request")
_Response = TypeVar("_Response")


def channel_options(extra: Sequence[Option] = ()) -> list[Option]:
    """The channel arguments of a client. Those in `extra` replace the defaults of the same name."""
    retries = resources.files("ledgerapi.v1").joinpath("service_config.json").read_text()
    defaults: dict[str, Any] = {
        "grpc.service_config": retries,
        "grpc.keepalive_time_ms": KEEPALIVE_MS,
        "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
        # A quiet watch sends nothing for hours; its pings must continue.
        "grpc.http2.max_pings_without_data": 0,
        # The receiver's window bounds what a slow reader buffers. With probing it grows to megabytes.
        "grpc.http2.bdp_probe": 0,
        "grpc.max_receive_message_length": MESSAGE_BYTES_MAX,
        "grpc.max_send_message_length": MESSAGE_BYTES_MAX,
        # Error details travel in trailers, and the client's limit decides whether they arrive.
        "grpc.max_metadata_size": TRAILER_BYTES_MAX,
        "grpc.absolute_max_metadata_size": TRAILER_BYTES_MAX,
        # Otherwise the transport's pauses between connection attempts grow to two minutes.
        "grpc.initial_reconnect_backoff_ms": RECONNECT_MS_MIN,
        "grpc.max_reconnect_backoff_ms": RECONNECT_MS_MAX,
    }
    return list((defaults | dict(extra)).items())


def open_channel(
    target: str, credentials: grpc.ChannelCredentials | None, deadline_seconds: float, options: Sequence[Option]
) -> aio.Channel:
    """A channel whose calls raise LedgerError and whose unary calls have a deadline. Connects on first use."""
    interceptors = [_Unary(deadline_seconds), _ResponseStream(), _BidiStream()]
    arguments = channel_options(options)
    if credentials is None:
        return aio.insecure_channel(target, arguments, interceptors=interceptors)
    return aio.secure_channel(target, credentials, arguments, interceptors=interceptors)


class _Unary(aio.UnaryUnaryClientInterceptor):
    def __init__(self, deadline_seconds: float) -> None:
        self._deadline_seconds = deadline_seconds

    async def intercept_unary_unary(
        self,
        continuation: Callable[[aio.ClientCallDetails, _Request], Awaitable[aio.UnaryUnaryCall[_Request, _Response]]],
        client_call_details: aio.ClientCallDetails,
        request: _Request,
    ) -> aio.UnaryUnaryCall[_Request, _Response]:
        return _UnaryCall(await continuation(self._with_deadline(client_call_details), request))

    def _with_deadline(self, details: aio.ClientCallDetails) -> aio.ClientCallDetails:
        if details.timeout is not None:
            return details
        return aio.ClientCallDetails(
            details.method, self._deadline_seconds, details.metadata, details.credentials, details.wait_for_ready
        )


class _UnaryCall(aio.UnaryUnaryCall[_Request, _Response]):
    """The call itself, except that awaiting it raises our errors.

    To raise them in the interceptor would be shorter. But when a call is garbage-collected, older versions of grpc.aio
    look for their own errors there, and log any other error.
    """

    def __init__(self, call: aio.UnaryUnaryCall[_Request, _Response]) -> None:
        self._call = call

    def __await__(self) -> Generator[None, None, _Response]:
        try:
            return (yield from self._call.__await__())
        except aio.AioRpcError as error:
            raise from_rpc_error(error) from error

    def cancelled(self) -> bool:
        return self._call.cancelled()

    def done(self) -> bool:
        return self._call.done()

    def time_remaining(self) -> float | None:
        return self._call.time_remaining()

    def cancel(self) -> bool:
        return self._call.cancel()

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        self._call.add_done_callback(callback)

    async def initial_metadata(self) -> aio.Metadata:
        return await self._call.initial_metadata()

    async def trailing_metadata(self) -> aio.Metadata:
        return await self._call.trailing_metadata()

    async def code(self) -> grpc.StatusCode:
        return await self._call.code()

    async def details(self) -> str:
        return await self._call.details()

    async def wait_for_connection(self) -> None:
        await self._call.wait_for_connection()


class _ResponseStream(aio.UnaryStreamClientInterceptor):
    async def intercept_unary_stream(
        self,
        continuation: Callable[[aio.ClientCallDetails, _Request], Awaitable[aio.UnaryStreamCall[_Request, _Response]]],
        client_call_details: aio.ClientCallDetails,
        request: _Request,
    ) -> AsyncIterator[_Response]:
        return _raising_ours(await continuation(client_call_details, request))


class _BidiStream(aio.StreamStreamClientInterceptor):
    async def intercept_stream_stream(
        self,
        continuation: Callable[
            [aio.ClientCallDetails, AsyncIterable[_Request] | Iterable[_Request]],
            Awaitable[aio.StreamStreamCall[_Request, _Response]],
        ],
        client_call_details: aio.ClientCallDetails,
        request_iterator: AsyncIterable[_Request] | Iterable[_Request],
    ) -> AsyncIterator[_Response]:
        return _raising_ours(await continuation(client_call_details, request_iterator))


async def _raising_ours(
    call: aio.UnaryStreamCall[_Request, _Response] | aio.StreamStreamCall[_Request, _Response],
) -> AsyncIterator[_Response]:
    try:
        async for response in call:
            yield response
    except aio.AioRpcError as error:
        raise from_rpc_error(error) from error
    finally:
        # A call that is no longer read is not cancelled when it is garbage-collected.
        call.cancel()
