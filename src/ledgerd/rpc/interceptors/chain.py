"""Runs the concerns around every call. They are composed once for each method, at its first call."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import grpc
import structlog

from ledgerd import metrics
from ledgerd.rpc.interceptors import messages
from ledgerd.rpc.interceptors.concern import Concern, Rpc

log = structlog.get_logger()

_UNSERVED = "/unknown/unknown"
"""The name for a method that is not served. A caller chose its real name, so no label and no log line has it."""

MethodHandler: TypeAlias = "grpc.RpcMethodHandler[Any, Any] | None"


class Chain(grpc.aio.ServerInterceptor):
    """The one interceptor that gRPC knows. The first concern is the outermost."""

    def __init__(self, concerns: Sequence[Concern]) -> None:
        self._concerns = tuple(concerns)
        self._composed: dict[str, MethodHandler] = {}
        self._unserved = metrics.Rpcs(_UNSERVED, request_streaming=False, response_streaming=False)

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[MethodHandler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> MethodHandler:
        method = handler_call_details.method
        composed = self._composed.get(method)
        if composed is None:
            handler = await continuation(handler_call_details)
            if handler is None:
                self._note_unserved()
                return None
            composed = self._composed[method] = self._compose(handler, method)
        return composed

    def _note_unserved(self) -> None:
        self._unserved.started.inc()
        self._unserved.ended("UNIMPLEMENTED").inc()
        log.info("rejected", method=_UNSERVED, code="UNIMPLEMENTED")

    def _compose(self, handler: Any, method: str) -> MethodHandler:
        streaming = {"request_streaming": handler.request_streaming, "response_streaming": handler.response_streaming}
        rpc = Rpc(method, **streaming, counts=metrics.Rpcs(method, **streaming))
        codec = {
            "request_deserializer": messages.forgiving(handler.request_deserializer),
            "response_serializer": handler.response_serializer,
        }
        if rpc.request_streaming and rpc.response_streaming:
            return grpc.stream_stream_rpc_method_handler(self._around(rpc, handler.stream_stream), **codec)
        if rpc.response_streaming:
            return grpc.unary_stream_rpc_method_handler(self._around(rpc, handler.unary_stream), **codec)
        return grpc.unary_unary_rpc_method_handler(self._around(rpc, handler.unary_unary), **codec)

    def _around(self, rpc: Rpc, serve: Any) -> Any:
        for concern in reversed(self._concerns):
            serve = concern(rpc, serve)
        return serve
