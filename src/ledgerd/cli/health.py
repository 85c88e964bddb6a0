"""Whether a server serves, asked in the way that load balancers ask. Run by the container's health check."""

import asyncio
import os
import sys

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from ledgerd import config

_SECONDS = 3.0


async def check(target: str) -> int:
    """0 when the server at `target` ("host:port") says that it serves, else 1."""
    async with grpc.aio.insecure_channel(target) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=_SECONDS, wait_for_ready=True)
        except grpc.aio.AioRpcError:
            return 1
    return 0 if answer.status == health_pb2.HealthCheckResponse.SERVING else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(check(config.read(os.environ).listen.from_here)))
