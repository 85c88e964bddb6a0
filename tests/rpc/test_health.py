"""Health and reflection: what balancers and tools ask."""

import asyncio

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from ledgerd.app import App
from ledgerd.config import Config
from ledgerd.rpc.server import SERVICES
from tests.conftest import Server, start_server, stop_server
from tests.rpc import wire
from tests.rpc.postgres import own_postgres

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def health(channel: grpc.aio.Channel, service: str = "") -> int:
    stub = health_pb2_grpc.HealthStub(channel)
    return (await stub.Check(health_pb2.HealthCheckRequest(service=service))).status


async def becomes(server: Server, wanted: int) -> None:
    """Waits until the health is as wanted."""
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while await health(server.channel) != wanted:
            await asyncio.sleep(0.05)


async def services(channel: grpc.aio.Channel) -> set[str]:
    call = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo()
    await call.write(reflection_pb2.ServerReflectionRequest(list_services=""))
    answer = await call.read()
    call.cancel()
    return {one.name for one in answer.list_services_response.service}


async def test_the_server_and_each_of_its_services_serve(server: Server) -> None:
    for name in ("", *(service.full_name for service in SERVICES)):
        assert await health(server.channel, name) == SERVING, name


async def test_an_unknown_service_is_not_found(server: Server) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await health(server.channel, "ledgerapi.v1.NoSuchService")
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def test_a_server_that_stops_says_so_before_it_is_gone(dsn: str) -> None:
    server = await start_server(dsn)
    watching = health_pb2_grpc.HealthStub(server.channel).Watch(health_pb2.HealthCheckRequest())
    assert (await watching.read()).status == SERVING
    stopping = asyncio.create_task(server.app.stop())
    assert (await watching.read()).status == NOT_SERVING
    watching.cancel()
    await stopping
    await server.channel.close()


@pytest.mark.slow
async def test_the_server_serves_only_while_its_database_answers() -> None:
    async with own_postgres() as postgres:
        server = await start_server(postgres.dsn)
        await postgres.stop_immediate()
        await becomes(server, NOT_SERVING)
        await postgres.ensure_running()
        await becomes(server, SERVING)
        await wire.record(server, wire.from_world("r", "@Sales", 1))
        await stop_server(server)


async def test_reflection_lists_the_services(server: Server) -> None:
    assert {service.full_name for service in SERVICES} < await services(server.channel)


async def test_reflection_can_be_switched_off(dsn: str) -> None:
    app = App(Config(database_url=dsn, listen="127.0.0.1:0", migrate=False, reflection=False, pool_size=2))
    await app.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{app.port}") as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await services(channel)
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
    await app.stop()
