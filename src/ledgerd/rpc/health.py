"""The health service for load balancers and orchestrators (grpc.health.v1)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from grpc_health.v1 import health, health_pb2


class Health(health.aio.HealthServicer):  # type: ignore[misc]  # the library ships no types
    """The library's servicer for any number of watchers. In the library, the first watcher that ends its call ends the
    updates of all."""

    def __init__(self, services: Sequence[str]) -> None:
        """Every service is NOT_SERVING until `set_serving`."""
        super().__init__()
        self._names = ["", *services]
        self._changed = asyncio.Event()
        self._server_status = dict.fromkeys(self._names, health_pb2.HealthCheckResponse.NOT_SERVING)

    async def set_serving(self, serving: bool) -> None:
        """Tell balancers, for the server as a whole and for each service."""
        for name in self._names:
            await self.set(
                name, health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
            )
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def Watch(
        self, request: health_pb2.HealthCheckRequest, context: Any
    ) -> AsyncIterator[health_pb2.HealthCheckResponse]:
        """The status now, and each time that it changes."""
        sent = None
        while True:
            changed = self._changed
            status = self._server_status.get(request.service, health_pb2.HealthCheckResponse.SERVICE_UNKNOWN)
            if status != sent:
                yield health_pb2.HealthCheckResponse(status=status)
                sent = status
            await changed.wait()
