"""The generated stubs for synchronous code: the same methods, on the same asynchronous channel."""

from collections.abc import Callable
from typing import Any

from grpc import aio

from ledgerd_client.sync.background import BackgroundLoop
from ledgerd_client.sync.streams import Responses


class Stub:
    """Methods of an asynchronous stub that wait for their answers. Methods that send a stream are not among them.

    A method takes `timeout`, `metadata` and `wait_for_ready` as the generated ones do. A method that answers with a
    stream returns an iterator.
    """

    def __init__(self, loop: BackgroundLoop, stub: object) -> None:
        self._loop = loop
        self._stub = stub

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._stub, name)
        if isinstance(method, aio.UnaryUnaryMultiCallable):
            return self._waits(method)
        if isinstance(method, aio.UnaryStreamMultiCallable):
            return self._iterates(method)
        raise AttributeError(f"{name} sends a stream: use `bulk`, `bulk_results` or `upload_records`")

    def _waits(self, method: Callable[..., Any]) -> Callable[..., Any]:
        async def call(*arguments: Any, **options: Any) -> Any:
            return await method(*arguments, **options)

        return lambda *arguments, **options: self._loop.run(call(*arguments, **options))

    def _iterates(self, method: Callable[..., Any]) -> Callable[..., Any]:
        async def begin(*arguments: Any, **options: Any) -> Responses[Any]:
            return Responses(self._loop, method(*arguments, **options))

        return lambda *arguments, **options: self._loop.run(begin(*arguments, **options))
