"""The outermost interceptor: request id, metrics, one log line, and every failure as a status.

Handlers raise Rejected or let errors through; only here are they turned into statuses. What is not
a rejection is a bug or an outage: it is logged whole and the caller learns only its id.
"""

import asyncio
import inspect
import re
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import grpc
import structlog
from google.protobuf.message import DecodeError

from ledgerd import logs, metrics
from ledgerd.access.caller import ANONYMOUS, Caller
from ledgerd.core.model.rejection import Reason, Rejected, Rejection, Violation
from ledgerd.outage import Outage
from ledgerd.rpc.context import Context, set_caller
from ledgerd.store import errors as store_errors
from ledgerd.wire.errors import STATUSES, to_status

log = structlog.get_logger()

_DETAILS_KEY = "grpc-status-details-bin"
_REQUEST_ID_KEY = "x-request-id"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_CANCELLED = "CANCELLED"
_OURS = "/ledgerapi."
_outage = Outage("calls that need the database")
"""Of the process, as its metrics are."""
Handler = Callable[[Any, Any], Any]
MethodHandler: TypeAlias = "grpc.RpcMethodHandler[Any, Any] | None"


class Outermost(grpc.aio.ServerInterceptor):
    """Wraps every handler once; the wrapped ones are kept by method."""

    def __init__(self) -> None:
        self._wrapped: dict[str, MethodHandler] = {}
        self._unserved = metrics.Rpcs("/unknown/unknown", request_streaming=False, response_streaming=False)

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[MethodHandler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> MethodHandler:
        method = handler_call_details.method
        wrapped = self._wrapped.get(method)
        if wrapped is None:
            handler = await continuation(handler_call_details)
            if handler is None:
                # Whoever calls what is not here chooses its name, which becomes no label and no word of a line.
                self._unserved.started.inc()
                self._unserved.ended("UNIMPLEMENTED").inc()
                log.info("rejected", method=self._unserved.method, code="UNIMPLEMENTED")
                return None
            wrapped = self._wrapped[method] = _wrap(handler, method)
        return wrapped


class _Unreadable:
    """Stands for a message whose bytes are not one; grpc itself would answer INTERNAL, or nothing."""


_UNREADABLE = _Unreadable()
_NOT_A_MESSAGE = Rejection(Reason.FIELD_INVALID, violations=(Violation("", "the bytes are not such a message"),))


def _forgiving(deserialize: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    def read(data: bytes) -> Any:
        try:
            return deserialize(data)
        except DecodeError:
            return _UNREADABLE

    return read


def _readable(message: Any, rpcs: metrics.Rpcs) -> Any:
    if message is _UNREADABLE:
        raise Rejected(_NOT_A_MESSAGE)
    rpcs.received.inc()
    return message


async def _all_readable(messages: AsyncIterator[Any], rpcs: metrics.Rpcs) -> AsyncIterator[Any]:
    async for message in messages:
        yield _readable(message, rpcs)


def _wrap(handler: Any, method: str) -> MethodHandler:
    rpcs = metrics.Rpcs(
        method, request_streaming=handler.request_streaming, response_streaming=handler.response_streaming
    )
    codec = {
        "request_deserializer": _forgiving(handler.request_deserializer),
        "response_serializer": handler.response_serializer,
    }
    if handler.request_streaming and handler.response_streaming:
        return grpc.stream_stream_rpc_method_handler(
            _streaming(lambda requests, context: handler.stream_stream(_all_readable(requests, rpcs), context), rpcs),
            **codec,
        )
    if handler.response_streaming:
        # A handler that is no generator writes its responses itself, as that of Health.Watch does.
        writes = inspect.iscoroutinefunction(handler.unary_stream)
        wrapped = (_unary if writes else _streaming)(handler.unary_stream, rpcs)
        return grpc.unary_stream_rpc_method_handler(wrapped, **codec)
    return grpc.unary_unary_rpc_method_handler(_unary(handler.unary_unary, rpcs), **codec)


def _unary(handle: Handler, rpcs: metrics.Rpcs) -> Handler:
    async def serve(request: Any, context: Context) -> Any:
        rpcs.started.inc()
        begun = time.perf_counter()
        _identify(context)
        try:
            response = await handle(_readable(request, rpcs), context)
        except BaseException as error:  # noqa: BLE001  (the one place where everything ends)
            await _fail(error, rpcs, context)
        else:
            rpcs.sent.inc()
            rpcs.succeeded.inc()
            log.debug("served", method=rpcs.method)
            if rpcs.method.startswith(_OURS):
                _outage.passed()
            return response
        finally:
            rpcs.seconds.observe(time.perf_counter() - begun)

    return serve


def _streaming(handle: Handler, rpcs: metrics.Rpcs) -> Handler:
    async def serve(request: Any, context: Context) -> AsyncIterator[Any]:
        rpcs.started.inc()
        begun = time.perf_counter()
        _identify(context)
        responses = handle(request, context)
        try:
            if not rpcs.request_streaming:
                _readable(request, rpcs)
            async for response in responses:
                rpcs.sent.inc()
                yield response
        except BaseException as error:  # noqa: BLE001  (the one place where everything ends)
            await _fail(error, rpcs, context)
        else:
            rpcs.succeeded.inc()
            log.info("stream ended", method=rpcs.method)
        finally:
            rpcs.seconds.observe(time.perf_counter() - begun)
            await responses.aclose()

    return serve


async def _fail(error: BaseException, rpcs: metrics.Rpcs, context: Context) -> None:
    """End the call with the status that the failure means. Never returns normally."""
    if isinstance(error, (asyncio.CancelledError, GeneratorExit)):
        rpcs.ended(_CANCELLED).inc()
        raise error
    if isinstance(error, grpc.aio.AbortError):
        # A library's servicer has ended the call by itself, as the one for health does for an unknown service.
        name = context.code().name
        rpcs.ended(name).inc()
        log.info("rejected", method=rpcs.method, code=name)
        raise error
    rejection = _rejection(error, rpcs.method)
    status = to_status(rejection)
    code = STATUSES[rejection.reason][0]
    rpcs.ended(code.name).inc()
    log.info("rejected", method=rpcs.method, code=code.name, reason=rejection.reason.value)
    await context.abort(code, status.message, ((_DETAILS_KEY, status.SerializeToString()),))


def _rejection(error: BaseException, method: str) -> Rejection:
    if isinstance(error, Rejected):
        if error.rejection.reason is Reason.DATABASE_UNAVAILABLE:
            _outage.failed(error.__cause__ or error)
        return error.rejection
    if store_errors.is_away(error):
        _outage.failed(error)
        return Rejection(Reason.DATABASE_UNAVAILABLE)
    if store_errors.is_transient(error) or store_errors.is_overdue(error):
        return Rejection(Reason.TOO_BUSY)
    log.error("unexpected failure", method=method, exc_info=error)
    return Rejection(Reason.INTERNAL, {"request_id": logs.request_id.get() or ""})


def _identify(context: Context) -> None:
    """Note who makes the call, for operations and for log lines. Nobody is known yet, so callers differ in the
    request id only."""
    request_id = _request_id(context)
    logs.request_id.set(request_id)
    set_caller(Caller(ANONYMOUS.principal, request_id))


def _request_id(context: Context) -> str:
    for key, value in context.invocation_metadata() or ():
        if key == _REQUEST_ID_KEY and isinstance(value, str) and _REQUEST_ID.fullmatch(value):
            return value
    return secrets.token_hex(8)
