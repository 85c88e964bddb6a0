"""Checks whether a server serves, in the way of load balancers. The container's health check runs it."""

import asyncio
import os
import sys

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from ledgerd import config

_SECONDS = 3.0


async def trouble(target: str) -> str | None:
    """None when the server at `target` ("host:port" or "unix:/path") says that it serves; otherwise what is wrong."""
    async with grpc.aio.insecure_channel(target) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=_SECONDS, wait_for_ready=True)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                return f"No server answers at {target} within {_SECONDS:.0f} seconds. Is LEDGERD_LISTEN the server's?"
            return f"What answers at {target} has no health to tell: {error.code().name}."
    if answer.status == health_pb2.HealthCheckResponse.SERVING:
        return None
    return f"The server at {target} does not serve: its database does not answer, or it is stopping."


def main() -> None:
    """Check the server that has the same environment."""
    try:
        target = config.read(os.environ).listen.from_here
    except config.ConfigError as error:
        sys.exit(str(error))
    sys.exit(asyncio.run(trouble(target)))


if __name__ == "__main__":
    main()
