"""Whether a server serves, asked in the way that load balancers ask. Run by the container's health check."""

import asyncio
import os
import sys

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from ledgerd import config

_SECONDS = 3.0
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]", "": "127.0.0.1"}  # noqa: S104  (told apart, not bound)


async def check(target: str) -> int:
    """0 when the server at `target` ("host:port") says that it serves, else 1."""
    async with grpc.aio.insecure_channel(target) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=_SECONDS, wait_for_ready=True)
        except grpc.aio.AioRpcError:
            return 1
    return 0 if answer.status == health_pb2.HealthCheckResponse.SERVING else 1


def own_target(listen: str) -> str:
    """Where a server that listens on this address is reached from the same machine."""
    host, _, port = listen.rpartition(":")
    return f"{_EVERY_ADDRESS.get(host, host)}:{port}"


if __name__ == "__main__":
    sys.exit(asyncio.run(check(own_target(config.read(os.environ).listen))))
