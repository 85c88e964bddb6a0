"""Health and reflection: what balancers and tools ask."""

import asyncio
from collections.abc import Callable

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from prometheus_client import REGISTRY

from ledgerd.app import App
from ledgerd.config import Config
from ledgerd.rpc.server import SERVICES
from tests.conftest import Server, start_server, stop_server
from tests.logged import logged
from tests.rpc import wire
from tests.rpc.postgres import own_postgres

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def health(channel: grpc.aio.Channel, service: str = "") -> int:
    stub = health_pb2_grpc.HealthStub(channel)
    return (await stub.Check(health_pb2.HealthCheckRequest(service=service))).status


def handled(**labels: str) -> float:
    return REGISTRY.get_sample_value("grpc_server_handled_total", labels) or 0


async def until(is_so: Callable[[], bool]) -> None:
    """The answer may be here before it is counted and logged."""
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while not is_so():
            await asyncio.sleep(0.01)


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
    return {service.name for service in answer.list_services_response.service}


async def test_the_server_and_each_of_its_services_serve(server: Server) -> None:
    for name in ("", *(service.full_name for service in SERVICES)):
        assert await health(server.channel, name) == SERVING, name


async def test_an_unknown_service_is_not_found(server: Server) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as rejected:
        await health(server.channel, "ledgerapi.v1.NoSuchService")
    assert rejected.value.code() is grpc.StatusCode.NOT_FOUND


async def test_a_question_about_an_unknown_service_is_no_fault_of_ours(server: Server) -> None:
    labels = {"grpc_type": "unary", "grpc_service": "grpc.health.v1.Health", "grpc_method": "Check"}
    before = {code: handled(**labels, grpc_code=code) for code in ("NotFound", "Internal")}
    with logged() as lines:
        with pytest.raises(grpc.aio.AioRpcError):
            await health(server.channel, "ledgerapi.v1.NoSuchService")
        await until(lambda: bool(lines))
    assert handled(**labels, grpc_code="NotFound") == before["NotFound"] + 1
    assert handled(**labels, grpc_code="Internal") == before["Internal"]
    assert [(line["event"], line["log_level"], line["code"]) for line in lines] == [("rejected", "info", "NOT_FOUND")]


async def test_an_unknown_method_is_counted_under_no_name_of_its_callers(server: Server) -> None:
    labels = {"grpc_type": "unary", "grpc_service": "unknown", "grpc_method": "unknown", "grpc_code": "Unimplemented"}
    before = handled(**labels)
    with logged() as lines:
        with pytest.raises(grpc.aio.AioRpcError) as rejected:
            await server.channel.unary_unary("/ledgerapi.v1.LedgerService/Invented")(b"")
        await until(lambda: bool(lines))
    assert rejected.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert handled(**labels) == before + 1
    assert [(line["event"], line["log_level"]) for line in lines] == [("rejected", "info")]
    assert "Invented" not in str(lines)


async def test_a_watch_of_an_unknown_service_says_so_and_goes_on(server: Server) -> None:
    watching = health_pb2_grpc.HealthStub(server.channel).Watch(health_pb2.HealthCheckRequest(service="none"))
    assert (await watching.read()).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    with logged() as lines:
        watching.cancel()
        assert await health(server.channel) == SERVING
    assert [line for line in lines if line["log_level"] in ("warning", "error")] == []


async def test_one_that_stops_watching_leaves_the_others_watching(dsn: str) -> None:
    server = await start_server(dsn)
    stub = health_pb2_grpc.HealthStub(server.channel)
    first, second = (stub.Watch(health_pb2.HealthCheckRequest()) for _ in range(2))
    assert (await first.read()).status == (await second.read()).status == SERVING
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first.read()
    assert await health(server.channel) == SERVING
    stopping = asyncio.create_task(server.app.stop())
    assert (await second.read()).status == NOT_SERVING
    second.cancel()
    await stopping
    await server.channel.close()


async def test_workers_tell_their_health_where_they_are_given_an_address(dsn: str) -> None:
    app = App(Config(database_url=dsn, listen="127.0.0.1:0", migrate=False, pool_size=2), serves=False)
    await app.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{app.port}") as channel:
        assert await health(channel) == SERVING
        with pytest.raises(grpc.aio.AioRpcError) as rejected:
            await health(channel, SERVICES[0].full_name)
        assert rejected.value.code() is grpc.StatusCode.NOT_FOUND
    await app.stop()


async def test_workers_without_an_address_listen_nowhere_and_stand_beside_a_server(dsn: str) -> None:
    server = App(Config(database_url=dsn, migrate=False, pool_size=2, listen="127.0.0.1:0"))
    await server.start()
    workers = App(Config(database_url=dsn, migrate=False, pool_size=2), serves=False)
    await workers.start()
    assert workers.port == 0
    await workers.stop()
    await server.stop()


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
        # Nothing is written: a write that meets the end of its call would hide the server's status behind INTERNAL.
        call = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo()
        assert await call.code() is grpc.StatusCode.UNIMPLEMENTED
    await app.stop()
