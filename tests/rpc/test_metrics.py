"""Metrics as Prometheus reads them: over HTTP, parsed, after a story."""

import asyncio
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health
from grpc_reflection.v1alpha import reflection
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.parser import text_string_to_metric_families

from ledgerd import metrics
from ledgerd.app import App
from ledgerd.config import Address, Config
from ledgerd.rpc.server import SERVICES
from tests.conftest import Server
from tests.rpc import wire

OPERATIONS = (Path(__file__).parents[2] / "docs/operations.md").read_text()
POST, STREAM = "PostTransaction", "PostStream"
DATABASE_ANSWERS = ("ledgerd_database_answer_seconds_count", frozenset[tuple[str, str]]())
KINDS = (Counter, Gauge, Histogram)
Sample = tuple[str, frozenset[tuple[str, str]]]

# Every value that a label of ours may have.
CODES = "OK Canceled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists PermissionDenied ResourceExhausted"
CODES += " FailedPrecondition Aborted OutOfRange Unimplemented Internal Unavailable DataLoss Unauthenticated"
VALUES = {
    "grpc_type": {"unary", "client_stream", "server_stream", "bidi_stream"},
    "grpc_service": {
        *(service.full_name for service in SERVICES),
        health.SERVICE_NAME,
        reflection.SERVICE_NAME,
        "grpc.reflection.v1.ServerReflection",
        "unknown",  # whatever is called and not there
    },
    "grpc_method": {
        *(method.name for service in SERVICES for method in service.methods),
        "unknown",
        "Check",
        "Watch",
        "List",
        "ServerReflectionInfo",
    },
    "grpc_code": set(CODES.split()),
    "path": {"optimistic", "pessimistic", "recovered"},
    "outcome": {"posted", "replayed", "rejected"},
    "kind": {"transactions", "monitors", "events", "batch", "reconciliation"},
    "list": {"timed", "queued"},
    "pool": {"posting", "upkeep", "journal", "calls", "costly"},
    "source": {"notify", "redis"},
    "state": {"idle", "in_use"},
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    serving = metrics.serve("127.0.0.1", 0)
    yield f"http://127.0.0.1:{serving.server_port}/metrics"
    serving.shutdown()
    serving.server_close()


def fetch(address: str) -> str:
    with urllib.request.urlopen(address, timeout=wire.PATIENCE_SECONDS) as answer:
        return answer.read().decode()


async def scrape(address: str) -> dict[Sample, float]:
    """Every time series of ours, by name and labels."""
    text = await asyncio.to_thread(fetch, address)
    families = text_string_to_metric_families(text)
    samples = [
        sample for family in families for sample in family.samples if sample.name.startswith(("grpc_", "ledgerd_"))
    ]
    series = {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}
    assert len(series) == len(samples)
    return series


async def grows(address: str, before: dict[Sample, float], wanted: dict[Sample, float]) -> None:
    """Waits until these have grown by so much: a call may be answered a moment before it is counted."""
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while (after := await scrape(address)) is not None:
            grown = {series: after.get(series, 0) - before.get(series, 0) for series in wanted}
            if grown == wanted:
                break
            assert all(grown[series] <= wanted[series] for series in wanted), grown
            await asyncio.sleep(0.05)
    assert grown == wanted


async def reaches(address: str, name: str, least: float, **labels: str) -> None:
    """Waits until a time series is at least so high."""
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while (await scrape(address)).get((name, frozenset(labels.items())), 0) < least:
            await asyncio.sleep(0.05)


def about(method: str, kind: str, **more: str) -> frozenset[tuple[str, str]]:
    labels = {"grpc_type": kind, "grpc_service": "ledgerapi.v1.TransactionService", "grpc_method": method, **more}
    return frozenset(labels.items())


async def test_calls_are_counted_with_the_usual_labels(server: Server, address: str) -> None:
    before = await scrape(address)
    await wire.record(server, wire.from_world("counted", "@Sales", 5))
    with pytest.raises(grpc.aio.AioRpcError):
        await wire.record(server, wire.draft("rejected", "@Sales", "@Other", 600))
    unary = about(POST, "unary")
    grown = {
        ("grpc_server_started_total", unary): 2,
        ("grpc_server_msg_received_total", unary): 2,
        ("grpc_server_msg_sent_total", unary): 1,
        ("grpc_server_handling_seconds_count", unary): 2,
        ("grpc_server_handled_total", about(POST, "unary", grpc_code="OK")): 1,
        ("grpc_server_handled_total", about(POST, "unary", grpc_code="FailedPrecondition")): 1,
    }
    await grows(address, before, grown)


async def test_streams_are_counted_by_their_messages(server: Server, address: str) -> None:
    before = await scrape(address)
    upload = wire.Upload(server)
    await upload.open()
    await upload.chunk(wire.drafts(3))
    await upload.chunk(wire.drafts(2, prefix="more"))
    await upload.finish(5)
    stream = about(STREAM, "bidi_stream")
    grown = {
        ("grpc_server_started_total", stream): 1,
        ("grpc_server_msg_received_total", stream): 4,
        ("grpc_server_msg_sent_total", stream): 4,
        ("grpc_server_handling_seconds_count", stream): 1,
        ("grpc_server_handled_total", about(STREAM, "bidi_stream", grpc_code="OK")): 1,
    }
    await grows(address, before, grown)


async def test_a_message_that_is_none_and_a_call_that_is_given_up_are_counted(server: Server, address: str) -> None:
    before = await scrape(address)
    with pytest.raises(grpc.aio.AioRpcError):
        await server.channel.unary_unary(f"/ledgerapi.v1.TransactionService/{POST}")(b"\xff")
    watching = await wire.watch(server)
    watching.cancel()
    grown = {
        ("grpc_server_handled_total", about(POST, "unary", grpc_code="InvalidArgument")): 1,
        ("grpc_server_handled_total", about("WatchTransactions", "server_stream", grpc_code="Canceled")): 1,
    }
    await grows(address, before, grown)


async def test_no_label_takes_what_a_caller_says(server: Server, address: str) -> None:
    balance = await wire.open_balance(server)
    hold = await wire.hold(server, "a-reference", 50)
    await wire.resolve(server, wire.commit(hold.id))
    await wire.batch(server, wire.drafts(2, destination=balance))
    (await wire.watch(server)).cancel()
    for method in ("/ledgerapi.v1.TransactionService/NoSuch", "/no.such.Service/Method", f"/{'x' * 900}/y", "/"):
        with pytest.raises(grpc.aio.AioRpcError) as rejected:
            await server.channel.unary_unary(method)(b"")
        assert rejected.value.code() is grpc.StatusCode.UNIMPLEMENTED
    for name, labels in await scrape(address):
        for label, value in labels:
            if name != "ledgerd_build_info" and label != "le":
                assert value in VALUES[label], (name, label, value)


async def test_what_the_server_is_and_how_it_fares_is_measured(server: Server, address: str) -> None:
    series = await scrape(address)
    (build,) = [dict(labels) for name, labels in series if name == "ledgerd_build_info"]
    assert all(build[part][0].isdigit() for part in ("version", "python", "grpc", "protobuf"))
    pools = {dict(labels)["pool"] for name, labels in series if name == "ledgerd_pool_connections_max"}
    assert pools == VALUES["pool"]
    for pool in pools:
        of_pool = {
            (name, dict(labels).get("state")): value
            for (name, labels), value in series.items()
            if dict(labels).get("pool") == pool
        }
        opened = of_pool["ledgerd_pool_connections", "idle"] + of_pool["ledgerd_pool_connections", "in_use"]
        assert 0 <= opened <= of_pool["ledgerd_pool_connections_max", None]
        assert of_pool["ledgerd_pool_waiting", None] >= 0


async def test_the_database_is_up_while_it_answers(server: Server, address: str) -> None:
    before = await scrape(address)
    await reaches(address, "ledgerd_database_answer_seconds_count", before.get(DATABASE_ANSWERS, 0) + 1)
    await reaches(address, "ledgerd_database_up", 1)


async def test_what_is_deferred_is_counted_and_how_late_it_is(dsn: str, connection: Any, address: str) -> None:
    """Nobody works here, so it stays."""
    app = App(Config(database_url=dsn, listen=Address.parse("127.0.0.1:0"), migrate=False, pool_size=2, workers=False))
    await app.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{app.port}") as channel:
        await wire.record(Server(app, channel), wire.from_world("queued", "@Sales", 1, queue=True))
        await connection.execute(
            "INSERT INTO due (transaction_id, what, due_at) SELECT gen_random_uuid(), 'EXPIRE', now() + away"
            " FROM unnest('{-1 h, 1 h}'::interval[]) AS away"
        )
        await reaches(address, "ledgerd_due_lateness_seconds", 3_600, list="timed")
        await reaches(address, "ledgerd_due_lateness_seconds", 0.001, list="queued")
        series = await scrape(address)
    assert series["ledgerd_deferred_transactions", frozenset()] == 1
    assert series["ledgerd_due_lateness_seconds", frozenset({("list", "timed")})] < 7_200
    await app.stop()


def test_every_metric_is_documented_with_its_labels() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (counter|gauge|histogram) \|([^|]*)\|", OPERATIONS, re.MULTILINE)
    documented = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    families = [(var.describe()[0], set(var._labelnames)) for var in vars(metrics).values() if isinstance(var, KINDS)]
    measured = {
        family.name + "_total" * (family.type == "counter"): (family.type, labels) for family, labels in families
    }
    assert documented == measured
